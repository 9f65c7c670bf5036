import { type AddressInfo, createServer } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { Simulation, type SimulationOptions, sendTo } from '../../../../src/cluster/index.ts'
import { defaultEnvironment } from '../../../../src/model/index.ts'
import { assumeMissing, parseManifests, type Resources } from '../../../../src/resources/index.ts'

const portOffset = 10_000 + (process.pid % 10_000)

/** Ingresses that each have a load balancer of their own, before one Service. */
function edgeOf(...names: string[]): Resources {
  return assumeMissing(
    parseManifests([
      {
        file: 'edge.yaml',
        text: `${names
          .map(
            name => `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: ${name}, namespace: shop }
spec:
  ingressClassName: alb
  defaultBackend: { service: { name: web, port: { number: 80 } } }
---`
          )
          .join('')}
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { type: NodePort, ports: [{ port: 80, nodePort: 30080 }] }
`
      }
    ])
  ).resources
}

describe('a simulation', () => {
  let simulation: Simulation | undefined
  async function open(options: Partial<SimulationOptions> = {}): Promise<Simulation> {
    simulation = await Simulation.create({ environment: defaultEnvironment, portOffset, ...options })
    return simulation
  }
  afterEach(() => simulation?.close())

  function get(address: string) {
    return sendTo(
      address,
      { method: 'GET', target: '/', scheme: 'http', host: 'a.test', headers: [['Host', 'a.test']] },
      ''
    )
  }
  function addressesOf({ describe }: { describe: Simulation['describe'] }) {
    return describe().flatMap(({ listeners }) => listeners.map(({ address }) => address))
  }

  test('has load balancers make room for each other, and lets them go one by one', async () => {
    const running = await open()
    await running.apply(edgeOf('one', 'two'))
    const addresses = addressesOf({ describe: () => running.describe() })
    expect(addresses).toEqual([`127.0.0.1:${80 + portOffset}`, `127.0.0.1:${1080 + portOffset}`])
    await running.whenChecked()
    for (const address of addresses) {
      expect((await get(address)).status).toBe(200)
    }
    await running.apply(edgeOf('two'))
    await expect(get(addresses[0]!)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    expect((await get(addresses[1]!)).status).toBe(200)
  })

  test('fails where another program has the port, and keeps what ran', async () => {
    const running = await open()
    await running.apply(edgeOf('one'))
    const [address] = addressesOf({ describe: () => running.describe() })
    const other = createServer()
    await new Promise<void>(resolve => other.listen(1080 + portOffset, '127.0.0.1', resolve))
    try {
      await expect(running.apply(edgeOf('one', 'two'))).rejects.toMatchObject({ exitCode: 2, code: 'PORT_BUSY' })
      await running.whenChecked()
      expect((await get(address!)).status).toBe(200)
    } finally {
      other.close()
    }
  })

  test('takes nodes that really answer', async () => {
    const node = createServer(socket => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nreal'))
    await new Promise<void>(resolve => node.listen(0, '127.0.0.1', resolve))
    try {
      const running = await open({ nodes: ['127.0.0.1'], anyPort: true })
      const edge = edgeOf('one')
      edge.find('Service', 'web', 'shop')!.spec!.ports![0]!.nodePort = (node.address() as AddressInfo).port
      await running.apply(edge)
      await running.whenChecked()
      const [address] = addressesOf({ describe: () => running.describe() })
      expect((await get(address!)).body).toBe('real')
    } finally {
      node.close()
    }
  })
})
