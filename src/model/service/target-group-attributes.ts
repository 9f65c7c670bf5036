import type { ServicePort } from '../../resources/index.ts'
import type { Setting } from '../build/setting.ts'
import { byDefault, fromAnnotation } from '../build/task.ts'
import { trimSpace } from '../go/format.ts'
import { parseBool, parseInteger } from '../go/strconv.ts'
import { ModelError, withErrorPrefix } from '../model-error.ts'
import { readString, readStringMap } from './annotations.ts'
import type { ServiceTask } from './task.ts'

const proxyProtocolKey = 'proxy_protocol_v2.enabled'
const preserveClientIPKey = 'preserve_client_ip.enabled'
const suffix = 'aws-load-balancer-target-group-attributes'

type Attributes = Map<string, Setting<string>>

/** LBC: validateAndParseAttributes. @throws ModelError */
function readAttributes({ service }: ServiceTask, name: string): Attributes {
  const annotation = readStringMap(name, service)
  const preserve = annotation?.value.get(preserveClientIPKey)
  if (preserve !== undefined) {
    withErrorPrefix(`failed to parse attribute ${preserveClientIPKey}=${preserve}`, () => parseBool(preserve))
  }
  return new Map(
    [...(annotation?.value ?? [])].map(([key, value]) => [key, { value, source: fromAnnotation(annotation!) }])
  )
}

/** Whether a text is what `strconv.Atoi` takes. */
function isNumber(text: string): boolean {
  try {
    parseInteger(text, 64)
    return true
  } catch (error) {
    if (error instanceof ModelError) {
      return false
    }
    throw error
  }
}

/** Whether PROXY protocol is on for a port, by the annotation that lists ports; undefined without it. @throws ModelError */
function proxyProtocolOfPort({ service }: ServiceTask, port: number): Setting<string> | undefined {
  const annotation = readString('aws-load-balancer-proxy-protocol-per-target-group', service)
  if (!annotation) {
    return undefined
  }
  // An item is trimmed, an empty one passed over; a number that is written otherwise, such as 080, is no port of the Service.
  const ports = annotation.value
    .split(',')
    .map(trimSpace)
    .filter(item => item !== '')
  const wrong = ports.find(item => !isNumber(item))
  if (wrong !== undefined) {
    throw new ModelError(`invalid port number in proxy-protocol-per-target-group: ${wrong}`)
  }
  return { value: String(ports.includes(String(port))), source: fromAnnotation(annotation) }
}

/** LBC: buildTargetGroupAttributes. @throws ModelError */
export function buildTargetGroupAttributes(task: ServiceTask, { port }: ServicePort): Attributes {
  const attributes: Attributes = new Map([[proxyProtocolKey, { value: 'false', source: byDefault }]])
  for (const [key, setting] of readAttributes(task, suffix)) {
    attributes.set(key, setting)
  }
  for (const [key, setting] of readAttributes(task, `${suffix}.${port}`)) {
    if (setting.value !== '') {
      attributes.set(key, setting)
    }
  }
  const ofPort = proxyProtocolOfPort(task, port)
  if (ofPort) {
    attributes.set(proxyProtocolKey, ofPort)
  }
  const everywhere = readString('aws-load-balancer-proxy-protocol', task.service)
  if (everywhere) {
    if (everywhere.value !== '*') {
      throw new ModelError(
        `invalid value ${everywhere.value} for Load Balancer proxy protocol v2 annotation, only value currently supported is *`
      )
    }
    attributes.set(proxyProtocolKey, { value: 'true', source: fromAnnotation(everywhere) })
  }
  if (attributes.get(proxyProtocolKey)!.value === '') {
    attributes.delete(proxyProtocolKey)
  }
  return attributes
}

/** Whether targets see the client's address, as the controller takes it (LBC: buildPreserveClientIPFlag). @throws ModelError */
export function preservesClientIP(attributes: Attributes, targetType: string): boolean {
  const attribute = attributes.get(preserveClientIPKey)
  return attribute
    ? withErrorPrefix(`failed to parse attribute ${preserveClientIPKey}=${attribute.value}`, () =>
        parseBool(attribute.value)
      )
    : targetType === 'instance'
}
