/** The image of the command, built as a release builds it, and run without a network. */

import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { execa } from 'execa'
import { missingTools } from '../../src/cluster/index.ts'
import { ownChart } from '../../src/render/index.ts'
import { describeUnless } from './tools.ts'

const minute = 60_000
const findings = await missingTools(['docker'])
const reasons = findings.map(({ message, hint }) => `${message}: ${hint}`)

describeUnless(reasons, 'the image of the command', () => {
  const image = `istio-alb:e2e-${process.env.ISTIO_ALB_E2E_RUN ?? process.pid}`

  function run(...words: string[]) {
    const flags = ['--rm', '--network', 'none', '--read-only', '--tmpfs', '/tmp', '--volume', `${ownChart}:/chart:ro`]
    return execa('docker', ['run', ...flags, image, ...words], { reject: false })
  }

  beforeAll(() => execa('npm', ['run', 'image:command', image]), 5 * minute)
  afterAll(() => execa('docker', ['image', 'rm', '--force', image], { reject: false }), minute)

  test('runs as nobody in particular', async () => {
    const { stdout } = await execa('docker', ['image', 'inspect', '--format', '{{.Config.User}}', image])
    expect(stdout).toMatch(/^[1-9]\d*:[1-9]\d*$/)
  })

  test(
    'has helm, the chart and all that a check needs',
    async () => {
      const { exitCode, stdout } = await run('check', '--values', '/chart/ci/article-values.yaml')
      expect({ exitCode, stdout }).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('no findings') })
    },
    minute
  )

  test('tells a wrong word as the command does', async () => {
    const { exitCode, stderr } = await run('plan', '/chart/nosuch.yaml')
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('/chart/nosuch.yaml') })
  })
})
