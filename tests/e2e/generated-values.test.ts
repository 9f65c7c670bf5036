/**
 * Values made from the schema, before every engine that judges them: Helm's validator, the chart's guard, Ajv, the plan, and
 * the API server with the definitions of Istio, the Gateway API and the AWS Load Balancer Controller.
 */

import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { expectVerdicts, generateValues, seed } from '../cases/generated-values.ts'
import { AdmissionRig, type Refusal } from './admission-rig.ts'
import { definitions } from './chart-rig.ts'
import { describeWithTools } from './tools.ts'

const minute = 60_000
/** `.ci/run` makes 10,000. */
const count = Number(process.env.ISTIO_ALB_GENERATED ?? 1_000)
/** Renders that are kept in memory together. */
const batch = 500

const missing =
  definitions.controller && definitions.gatewayAPI
    ? ''
    : ' (skipped: set AWS_LBC_CRDS and GATEWAY_API_CRDS to folders with the definitions of the AWS Load Balancer Controller and the Gateway API)'

await describeWithTools('generated values and the API server', () => {
  const rig = new AdmissionRig()
  beforeAll(() => rig.start(), 5 * minute)
  afterAll(() => rig.stop(), 2 * minute)

  ;(missing ? test.skip : test)(
    `${count} values are refused with a rule’s code, or rendered into what the API server takes, strictly validated${missing}`,
    async () => {
      const generated = generateValues(count)
      let rendered = 0
      const refused: Refusal[] = []
      for (let start = 0; start < count; start += batch) {
        const renders = await expectVerdicts(generated.slice(start, start + batch))
        rendered += renders.length
        refused.push(...(await rig.refusals(renders)))
      }
      expect({ seed, refused: refused.slice(0, 30) }).toEqual({ seed, refused: [] })
      expect(rendered).toBeGreaterThan(count / 10)
      // Most renders share objects, which are asked about once.
      expect(rig.admitted).toBeGreaterThan(rendered / 2)
    },
    Math.max(minute, count * 200)
  )
})
