import { afterAll, beforeAll, describe, test } from '@jest/globals'
import { createDevelopmentAuthority } from '../../src/load-balancer/index.ts'
import {
  echoServices,
  type GatewayCase,
  gatewayCases,
  gatewayNamespace,
  gatewayObjects
} from '../cases/gateway.cases.ts'
import { expectCase, sendCase } from '../cases/gateway-client.ts'
import { echoService } from './echo.ts'
import type { KindRig } from './kind-rig.ts'
import { RealGateway, tlsSecret } from './real-gateway.ts'

const minute = 60_000

/** Longest wait for istiod's push, in milliseconds. */
const patience = 30_000

/**
 * Holds the shared list of requests against the real gateway of a rig's cluster. The sample's Gateway, which takes every host,
 * makes room for the cases and comes back behind them.
 */
export function describeGateway(rig: Pick<KindRig, 'kubectl' | 'environment'>): void {
  describe("Istio's gateway, as the embedded cluster stands in for it", () => {
    const gateway = new RealGateway(rig)

    /** Until every server and every Service answers: istiod has pushed the routes, and the endpoints behind them. */
    async function settled(request: GatewayCase['request']): Promise<void> {
      const deadline = Date.now() + patience
      for (;;) {
        const seen = await sendCase(gateway.addressOf(request.port), { request })
        if (seen !== 'reset' && seen.status === 200) {
          return
        }
        if (Date.now() > deadline) {
          throw new Error(`the routes are not there: ${JSON.stringify(seen)}`)
        }
        await new Promise(resolve => setTimeout(resolve, 200))
      }
    }

    beforeAll(async () => {
      const pair = await (await createDevelopmentAuthority()).issue('gateway', ['gateway'])
      const secret = tlsSecret('cases-tls', gatewayNamespace, pair)
      await gateway.take(
        [...echoServices.flatMap(echoService), secret, ...gatewayObjects({ istio: 'ingressgateway' })],
        echoServices
      )
      const host = 'shop.example.com'
      await settled({ port: 'https', host, path: '/exact' })
      await settled({ port: 'http2', host, path: '/exact' })
      await settled({ port: 'http2', host, path: '/items/1' })
      await settled({ port: 'http2', host, path: '/api/orders', method: 'POST' })
    }, 3 * minute)

    afterAll(() => gateway.giveBack(), minute)

    test.each(gatewayCases)('$name', async example => {
      const seen = await sendCase(gateway.addressOf(example.request.port), example)
      expectCase(seen, example)
    })
  })
}
