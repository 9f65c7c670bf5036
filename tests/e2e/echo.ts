import { sampleName, sampleService } from '../../src/cluster/kind/sample.ts'
import type { KubernetesObject } from '../../src/resources/index.ts'

/** The sample service under another name: it answers with that name. */
export function echoService(name: string): KubernetesObject[] {
  const text = JSON.stringify(sampleService()).replaceAll(`"${sampleName}"`, JSON.stringify(name))
  return JSON.parse(text) as KubernetesObject[]
}

/** An echo service that passes upgrades on, as an application would. */
export function upgradingService(name: string): KubernetesObject[] {
  const upgrade =
    "server.on('upgrade', (_, socket) => socket.end('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n\\r\\n'))\nserver.listen(8080)"
  return echoService(name).map(object => {
    if (object.kind !== 'ConfigMap') {
      return object
    }
    const script = (object.data as { 'echo.mjs': string })['echo.mjs']
    return { ...object, data: { 'echo.mjs': script.replace('server.listen(8080)', upgrade) } }
  })
}

/** The sample service with TLS of its own, for connections that are passed on. */
export function tlsEchoService({ certificate, key }: { certificate: string; key: string }): KubernetesObject[] {
  const pair = `{ cert: ${JSON.stringify(certificate)}, key: ${JSON.stringify(key)} }, `
  return upgradingService('tlsecho').map(object => {
    if (object.kind === 'ConfigMap') {
      const script = (object.data as { 'echo.mjs': string })['echo.mjs']
      return {
        ...object,
        data: { 'echo.mjs': script.replace('node:http', 'node:https').replace('createServer(', `createServer(${pair}`) }
      }
    }
    const text = JSON.stringify(object)
      .replace('"name":"http","port":80', '"name":"tls","port":443')
      .replace('"port":8080,', '"port":8080,"scheme":"HTTPS",')
      .replace('"path":"/","port":8080', '"path":"/","port":8080,"scheme":"HTTPS"')
    return JSON.parse(text) as KubernetesObject
  })
}
