import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { ControllerRig, ingress } from '../controller/controller-rig.ts'
import { Commands, portOffset, printed, runHere } from './command.ts'

const second = 1000

describe('istio-alb controller', () => {
  const commands = new Commands()
  const rig = new ControllerRig()
  beforeAll(() => rig.start(), 30 * second)
  afterAll(async () => {
    await commands.close()
    await rig.stop()
  })

  test(
    'works until Ctrl-C, tells one JSON line an event, answers about itself, and refuses a second one',
    async () => {
      rig.server.put(ingress())
      const cluster = ['--kubeconfig', rig.server.kubeconfig]
      // Elected, as in a cluster; its operations on a port next to the listener's.
      const operations = portOffset + 1
      const election = ['--leader-election', 'shop/controller', '--operations-port', String(operations)]
      const flags = ['--port-offset', String(portOffset), '--time-scale', '50', '--output', 'json']
      const running = commands.start('controller', ...cluster, ...election, ...flags)
      const output = await printed(running, text => text.includes('"SuccessfullyReconciled"'))
      const lines = output
        .split('\n')
        .slice(0, -1)
        .map(line => JSON.parse(line) as { time: string; type: string })
      for (const { time } of lines) {
        expect(time).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
      }
      const types = lines.map(({ type }) => type)
      expect(types).toEqual(expect.arrayContaining(['elected', 'synced', 'listener-opened', 'load-balancer', 'event']))
      expect(await (await fetch(`http://127.0.0.1:${operations}/readyz`)).text()).toBe('ok\n')

      const again = await commands.run('controller', ...cluster)
      expect(again).toMatchObject({ exitCode: 2, stdout: '' })
      expect(again.stderr).toContain('runs already')
      const status = await commands.run('status', '--context', 'fake', '--output', 'json')
      expect(JSON.parse(status.stdout).controllers).toMatchObject([
        { context: 'fake', pid: running.pid, loadBalancers: [{ id: 'shop/web' }] }
      ])

      running.kill('SIGINT')
      expect(await running).toMatchObject({ exitCode: 0, stderr: '' })
      expect(rig.server.find('Lease', 'controller', 'shop')).toMatchObject({ spec: { holderIdentity: '' } })
      expect((await commands.run('status', '--context', 'fake')).exitCode).toBe(3)
    },
    60 * second
  )

  test.each([
    { what: 'ports in the wrong order', flags: ['--ports', '2-1'], text: 'expected the first and the last port' },
    { what: 'a Lease without a namespace', flags: ['--leader-election', 'name'], text: 'expected NAMESPACE/NAME' },
    { what: 'an address that is none', flags: ['--bind', 'everywhere'], text: 'is no IP address' },
    { what: 'a drain without end', flags: ['--drain', '-1'], text: 'expected an integer from 0 to 3600' }
  ])('$what is refused', async ({ flags, text }) => {
    const { exitCode, stderr } = await runHere('controller', ...flags)
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining(text) })
  })

  test('a kubeconfig that is not there is named', async () => {
    const file = join(commands.folder, 'nosuch')
    const { exitCode, stderr } = await runHere('controller', '--kubeconfig', file)
    expect(exitCode).toBe(2)
    expect(stderr).toContain(file)
  })

  test('an API server that does not answer is exit 3', async () => {
    const silent = new ControllerRig()
    await silent.start()
    const { kubeconfig } = silent.server
    await silent.server.stop()
    const { exitCode, stderr } = await runHere('controller', '--kubeconfig', kubeconfig)
    expect(exitCode).toBe(3)
    expect(stderr).toContain('does not answer')
    await silent.stop()
  })
})
