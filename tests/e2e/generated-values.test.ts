/**
 * Values made from the schema, before every engine that judges them: Helm's validator, the chart's guard, Ajv, the plan, and
 * the API server with the definitions of Istio, the Gateway API and the AWS Load Balancer Controller.
 */

import { afterAll, beforeAll, expect } from '@jest/globals'
import { expectVerdicts, generateValues, seed } from '../cases/generated-values.ts'
import { AdmissionRig, type Refusal } from './admission-rig.ts'
import { missingDefinitions } from './definitions.ts'
import { describeWithTools, testUnless } from './tools.ts'

const minute = 60_000
/** `.ci/run` makes 5,000. */
const count = Number(process.env.ISTIO_ALB_GENERATED ?? 1_000)
/** Renders that are kept in memory together. */
const batch = 500

await describeWithTools('generated values and the API server', () => {
  const rig = new AdmissionRig()
  beforeAll(() => rig.start(), 5 * minute)
  afterAll(() => rig.stop(), 2 * minute)

  testUnless(
    missingDefinitions('controller', 'gatewayAPI'),
    `${count} values are refused with a rule’s code, or rendered into what the API server takes, strictly validated`,
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
