import { boundListeners, IngressGateway, type IstioServer, leadsToServer, parentAnnotation } from '../../istio/index.ts'
import { keyOf } from '../../model/index.ts'
import type { KubernetesObject, Path, Service } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import type { Backend } from './backend.ts'

/** One server of an Istio Gateway (`networking.istio.io`), with the fields that are read. */
export interface Server {
  port?: { number?: number; name?: string; protocol?: string }
  hosts?: string[]
  tls?: {
    mode?: string
    credentialName?: string
    credentialNames?: string[]
    serverCertificate?: string
    httpsRedirect?: boolean
  }
}

interface Gateway extends KubernetesObject {
  spec?: { selector?: Record<string, string>; servers?: Server[] }
}

/** A server and where it stands. */
export interface GatewayServer {
  gateway: KubernetesObject
  index: number
  server: Server
}

/** Where a server of istiod's stands: in an Istio Gateway, or as a listener in one of the Gateway API. */
export function placeOfServer(
  { gateway, spec }: IstioServer,
  { resources }: Pick<Context, 'resources'>
): { object: KubernetesObject; path: Path } {
  const parent = gateway.metadata.annotations?.[parentAnnotation]
  const bound =
    parent === undefined
      ? undefined
      : boundListeners(resources).find(({ object }) => object.metadata.annotations?.[parentAnnotation] === parent)
  return bound
    ? { object: bound.owner, path: ['spec', 'listeners', bound.owner.spec!.listeners!.indexOf(bound.listener)] }
    : { object: gateway, path: ['spec', 'servers', gateway.spec?.servers?.indexOf(spec) ?? 0] }
}

function isIstioGateway(object: KubernetesObject): object is Gateway {
  return object.kind === 'Gateway' && object.apiVersion.startsWith('networking.istio.io/')
}

/** A Gateway applies to the pods that its selector picks; those of a Service carry at least the Service's own selector. */
function selects(selector: Record<string, string>, { spec }: Service): boolean {
  return Object.entries(selector).every(([key, value]) => spec?.selector?.[key] === value)
}

/** Every server of every Istio Gateway that applies to the pods of a Service. */
function serversOf({ resources }: Pick<Context, 'resources'>, service: Service): GatewayServer[] {
  return resources.list('Gateway').flatMap(gateway => {
    if (!isIstioGateway(gateway) || !Array.isArray(gateway.spec?.servers)) {
      return []
    }
    if (!service.spec?.selector || !selects(gateway.spec.selector ?? {}, service)) {
      return []
    }
    return gateway.spec.servers.map((server, index) => ({ gateway, index, server }))
  })
}

/** The servers that answer on the port a backend leads to, without those that istiod leaves out there. */
export function serversBehind(
  context: Pick<Context, 'resources'>,
  { service, port }: Pick<Backend, 'service' | 'port'>
): GatewayServer[] {
  const servers = serversOf(context, service).filter(({ server }) =>
    leadsToServer(port, { number: server.port?.number }, service.spec?.ports ?? [])
  )
  const { skipped } =
    servers.length > 1 ? new IngressGateway(service, context.resources).serversOn(port) : { skipped: [] }
  function isLeftOut({ gateway, index }: GatewayServer): boolean {
    return skipped.some(
      ({ server: { gateway: own, spec } }) =>
        keyOf(own) === keyOf(gateway) && own.spec?.servers?.indexOf(spec) === index
    )
  }
  return servers.filter(server => !isLeftOut(server))
}
