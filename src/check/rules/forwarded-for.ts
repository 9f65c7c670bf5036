import type { Change } from '../../failure.ts'
import { annotationName, type Ingress, objectName } from '../../resources/index.ts'
import { gatewayBackends } from '../facts/gateway-pods.ts'
import { proxiesOf, proxySetting } from '../facts/proxy-config.ts'
import { annotationPath, type Rule } from '../rule.ts'

/** Attributes of a load balancer that change X-Forwarded-For, and what a gateway that trusts it makes of that. */
const breaking: Record<string, { value: string; does: string; follows: string }> = {
  'routing.http.xff_client_port.enabled': {
    value: 'true',
    does: "writes the client's port behind its address",
    follows: "Envoy reads no address in that, and takes the load balancer's for the client's"
  },
  'routing.http.xff_header_processing.mode': {
    value: 'preserve',
    does: 'adds nothing to X-Forwarded-For',
    follows: "the client's address is whatever the client writes there"
  }
}

const removed = {
  does: 'removes X-Forwarded-For',
  follows: "the load balancer's address is taken for the client's"
}

function readAttributes(text: string): [key: string, value: string][] {
  return text.split(',').flatMap(pair => {
    const [key, value] = pair.split('=').map(part => part.trim())
    return key && value !== undefined ? [[key, value] as [string, string]] : []
  })
}

/** The annotation without an attribute, or none where it held no other. */
function withoutAttribute({ metadata }: Ingress, name: string, key: string): Change {
  const path = annotationPath(name)
  const pairs = metadata.annotations![name]!.split(',').filter(pair => pair.split('=')[0]!.trim() !== key)
  return pairs.some(pair => pair.trim() !== '') ? { path, value: pairs.join(',').trim() } : { path, remove: true }
}

/** A gateway that trusts its load balancer counts on the one address that it appends to X-Forwarded-For. */
export const forwardedFor: Rule = {
  code: 'FORWARDED_FOR_WITHOUT_CLIENT',
  severity: 'warning',
  *find(context) {
    const name = annotationName('load-balancer-attributes')
    const seen = new Set<unknown>()
    for (const { service, ingress } of gatewayBackends(context)) {
      const proxies = proxiesOf(context, service)
      const trusted = proxies && proxySetting(proxies, config => config.gatewayTopology?.numTrustedProxies)
      const members = context.membersOf(context.groupOf(ingress))
      for (const member of trusted && trusted.value > 0 ? members : []) {
        for (const [key, value] of readAttributes(member.metadata.annotations?.[name] ?? '')) {
          const known = breaking[key]
          const told =
            known?.value === value ? known : known && value === 'remove' && key.endsWith('.mode') ? removed : undefined
          if (!told || seen.has(`${objectName(member)} ${key}`)) {
            continue
          }
          seen.add(`${objectName(member)} ${key}`)
          yield {
            object: member,
            path: annotationPath(name),
            message: `the load balancer of ${objectName(member)} ${told.does} (${key}=${value}), and ${objectName(proxies!.installation)} trusts it (numTrustedProxies: ${trusted!.value}): ${told.follows}`,
            expected: key.endsWith('.mode') ? `${key}=append` : `${key}=false`,
            actual: `${key}=${value}`,
            hint: `remove ${key} from ${name}`,
            changes: [withoutAttribute(member, name, key)]
          }
        }
      }
    }
  }
}
