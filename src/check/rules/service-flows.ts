import { clientAtTargets, headerPlacement } from '../../elbv2/index.ts'
import { objectName, type Service, type ServicePort } from '../../resources/index.ts'
import {
  annotationOf,
  attributeOf,
  describeListener,
  type FrontListener,
  frontDoors,
  portPath,
  serviceAnnotation
} from '../facts/front-door.ts'
import { annotationPath, type Rule } from '../rule.ts'

const attributesName = 'target-group-attributes'

/** The target group attributes of a Service with one more. */
function withAttribute(service: Service, attribute: string) {
  const before = annotationOf(service, attributesName)
  return {
    path: annotationPath(serviceAnnotation(attributesName)),
    value: before ? `${before},${attribute}` : attribute
  }
}

/** Protocols whose clients wait for the server's greeting, by the ports that IANA gave them. */
const greetingPorts = new Map([
  [21, 'FTP'],
  [22, 'SSH'],
  [25, 'SMTP'],
  [110, 'POP3'],
  [143, 'IMAP'],
  [587, 'SMTP'],
  [3306, 'MySQL']
])

const greetingNames: readonly string[] = [...new Set(greetingPorts.values())].map(name => name.toLowerCase())

/** The protocol of a port whose server speaks first: by `appProtocol`, else by the beginning of its name, else by its number. */
function greetingOf({ appProtocol, name = '', port }: ServicePort): string | undefined {
  const [said = ''] = (appProtocol ?? name).toLowerCase().split('-')
  const named = greetingNames.find(one => one === said)
  return named ?? (appProtocol === undefined ? greetingPorts.get(port) : undefined)
}

function sendsWithFirstBytes({ targetGroup, protocol }: FrontListener): boolean {
  const placement = targetGroup && clientAtTargets(targetGroup).proxyProtocol
  return placement === 'on_first_ack_with_payload' && (protocol === 'TCP' || protocol === 'TLS')
}

/** AWS puts the header before the client's first bytes; a client that waits for the server sends none (go-proxyproto, README). */
export const serverSpeaksFirst: Rule = {
  code: 'SERVER_SPEAKS_FIRST',
  severity: 'warning',
  *find(context) {
    for (const door of frontDoors(context)) {
      const { service } = door
      for (const listener of door.listeners.filter(sendsWithFirstBytes)) {
        const spoken = greetingOf(listener.servicePort)
        if (spoken === undefined) {
          continue
        }
        const attribute = `${headerPlacement}=on_first_ack`
        yield {
          object: service,
          path: portPath(service, listener.servicePort),
          message: `the listener ${describeListener(door, listener)} puts a PROXY header before the client's first bytes, and a client of ${spoken} waits for the server's: neither says anything`,
          expected: attribute,
          actual: `${headerPlacement}=on_first_ack_with_payload`,
          changes: [withAttribute(service, attribute)],
          hint: `set ${serviceAnnotation(attributesName)}: ${attribute}, or leave PROXY protocol off for this port with ${serviceAnnotation('proxy-protocol-per-target-group')}`
        }
      }
    }
  }
}

/** Who comes through one NAT, content delivery network or load balancer has one address (AWS: sticky sessions of target groups). */
export const stickyByAddress: Rule = {
  code: 'STICKY_CLIENTS_SHARE_TARGET',
  severity: 'info',
  *find(context) {
    for (const { service, listeners } of frontDoors(context)) {
      const isSticky = listeners.some(
        ({ targetGroup }) => targetGroup && attributeOf(targetGroup, 'stickiness.enabled') === 'true'
      )
      if (!isSticky) {
        continue
      }
      yield {
        object: service,
        path: annotationPath(serviceAnnotation(attributesName)),
        message: `the load balancer of ${objectName(service)} keeps an address at one target: all clients behind one NAT, CDN or load balancer are one address to it, and one gateway pod takes them all`,
        expected: 'stickiness.enabled=false, unless each client has an address of its own',
        actual: 'stickiness.enabled=true',
        hint: 'remove stickiness.enabled, and keep clients at a workload by a cookie: consistentHash of a DestinationRule'
      }
    }
  }
}
