/**
 * Lists in annotations of Services whose load balancer the cloud provider makes, which reads them otherwise than the controller does.
 *
 * @module
 */
import { objectName, type ServicePort } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import { annotationOf, frontDoors, serviceAnnotation } from '../facts/front-door.ts'
import { annotationPath, type Problem } from '../rule.ts'

function isOf(item: string, { name, port }: ServicePort): boolean {
  return item === String(port) || item.toLowerCase() === name?.toLowerCase()
}

/** Items of `ssl-ports` that name no port, such as those with a space: it splits at commas alone (getPortSets). */
export function* unusedTLSPorts(context: Context): Generator<Problem> {
  const name = serviceAnnotation('ssl-ports')
  for (const { service, plan, listeners } of frontDoors(context)) {
    const text = annotationOf(service, 'ssl-ports')
    const ports = service.spec?.ports ?? []
    if (plan.by === 'controller' || text === undefined || text === '*' || listeners.length === 0) {
      continue
    }
    const items = text.split(',')
    const [unused] = items.filter(item => !ports.some(port => isOf(item, port)))
    if (unused === undefined || annotationOf(service, 'ssl-cert') === undefined) {
      continue
    }
    const trimmed = items.map(item => item.trim()).filter(item => item !== '')
    const isMeant = trimmed.length > 0 && trimmed.every(item => ports.some(port => isOf(item, port)))
    const meant = ports.find(port => isOf(unused.trim(), port))
    yield {
      object: service,
      path: annotationPath(name),
      message: `${name} of ${objectName(service)} lists ${JSON.stringify(unused)}, which is no port of it${meant ? `: the cloud provider does not take off the space, and port ${meant.port} does not end TLS` : ''}`,
      expected: ports.map(port => port.name ?? port.port).join(', '),
      actual: JSON.stringify(unused),
      hint: isMeant ? `set ${trimmed.join(',')}, without spaces` : 'list names or numbers of its ports, without spaces',
      ...(isMeant && { changes: [{ path: annotationPath(name), value: trimmed.join(',') }] })
    }
  }
}

/** Addresses of a Network Load Balancer with spaces around them: it splits at commas alone (ensureLoadBalancerv2), and AWS knows none. */
export function* untrimmedAddresses(context: Context): Generator<Problem> {
  for (const { service, plan, isClassic } of frontDoors(context)) {
    for (const suffix of ['eip-allocations', 'private-ipv4-addresses']) {
      const text = annotationOf(service, suffix)
      const items = text?.split(',') ?? []
      const spaced = items.find(item => item !== item.trim())
      if (plan.by === 'controller' || isClassic || spaced === undefined) {
        continue
      }
      const name = serviceAnnotation(suffix)
      const value = items.map(item => item.trim()).join(',')
      yield {
        object: service,
        path: annotationPath(name),
        message: `the cloud provider takes ${JSON.stringify(spaced)} in ${name} of ${objectName(service)} with its space, and AWS refuses it`,
        expected: value,
        actual: text!,
        hint: `set ${value}, without spaces`,
        changes: [{ path: annotationPath(name), value }]
      }
    }
  }
}

/** Several certificates where one is taken: their ARNs are passed on as one, which AWS refuses. */
export function* certificateLists(context: Context): Generator<Problem> {
  const name = serviceAnnotation('ssl-cert')
  for (const { service, plan, listeners } of frontDoors(context)) {
    const text = annotationOf(service, 'ssl-cert')
    if (plan.by === 'controller' || !text?.includes(',') || !listeners.some(({ decrypts }) => decrypts)) {
      continue
    }
    yield {
      object: service,
      path: annotationPath(name),
      message: `the cloud provider takes ${JSON.stringify(text)} in ${name} of ${objectName(service)} for one ARN, and AWS refuses it`,
      expected: 'the ARN of one certificate',
      actual: text,
      hint: 'name one certificate, or let the AWS Load Balancer Controller make the load balancer (spec.loadBalancerClass: service.k8s.aws/nlb on a new Service), which takes several'
    }
  }
}
