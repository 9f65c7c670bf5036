import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseDocument, stringify } from 'yaml'
import type { Finding } from '../../../src/failure.ts'
import { buildPlan, defaultEnvironment, type Environment } from '../../../src/model/index.ts'
import { ownChart, renderCases, splitRender } from '../../../src/render/index.ts'
import { assumeMissing, parseManifests, type Resources } from '../../../src/resources/index.ts'
import { checkValues, edgesOf, mergeValues, readSchema, type Values, ValuesFiles } from '../../../src/values/index.ts'
import { spoiltOf, valuesOf } from './schema-values.ts'

/** How many values are made: enough for a look here, 10,000 once a night. */
const count = Number(process.env.ISTIO_ALB_GENERATED ?? 120)
const seed = Number(process.env.ISTIO_ALB_SEED ?? Date.now() % 1_000_000)

const defaults = ValuesFiles.read([join(ownChart, 'values.yaml')]).merged()
const fitting = valuesOf(readSchema('values.schema.json'))

/** An account that has everything that an edge names. */
function accountOf(values: Values): Environment {
  const names = (key: 'subnets' | 'securityGroups'): string[] =>
    edgesOf(values).flatMap(edge => (edge.values as { ingress: Record<typeof key, string[]> }).ingress[key])
  return {
    ...defaultEnvironment,
    subnets: [
      ...defaultEnvironment.subnets,
      ...names('subnets').map((name, index) => ({
        ...defaultEnvironment.subnets[0]!,
        id: name.startsWith('subnet-') ? name : `subnet-${index}`,
        zone: `zone-${index}`,
        tags: { Name: name }
      }))
    ],
    securityGroups: names('securityGroups').map((name, index) => ({
      id: name.startsWith('sg-') ? name : `sg-${index}`,
      name
    }))
  }
}

/** The classes that Ingresses name, where the chart makes none. */
const withClasses = (resources: Resources): Resources =>
  resources.with(
    [...new Set(resources.list('Ingress').map(({ spec }) => spec!.ingressClassName!))]
      .filter(name => !resources.find('IngressClass', name))
      .map(name => ({
        apiVersion: 'networking.k8s.io/v1',
        kind: 'IngressClass',
        metadata: { name },
        spec: { controller: 'ingress.k8s.aws/alb' }
      }))
  )

const codes = (findings: Finding[]): string[] => [...new Set(findings.map(({ code }) => code))].toSorted()

/** Codes that a guard says in more detail than Ajv's one for whatever values.schema.json refuses. */
const ofShape = /^(VALUE|LIST|ENTRY|KEY|MAPPING)_/

test(
  'generated values are refused by every engine, with a code, or rendered into objects of which the plan builds',
  async () => {
    const overlays = fc.sample(
      fc.oneof({ weight: 3, arbitrary: fitting }, { weight: 1, arbitrary: spoiltOf(fitting) }),
      {
        numRuns: count,
        seed
      }
    )
    const values = overlays.map(overlay => mergeValues(defaults, overlay))
    const renders = await renderCases(values)
    let rendered = 0
    for (const [index, { schema, guard, manifests }] of renders.entries()) {
      const ajv = checkValues(values[index]!)
      const context = { seed, index, values: stringify(overlays[index]) }
      const verdicts = { ...context, guard: guard.length > 0, ajv: ajv.length > 0 }
      expect(verdicts).toEqual({ ...verdicts, guard: verdicts.ajv })
      // Of named edges the schema sees the parts alone: what they say together is for the other two.
      if (schema.length > 0) expect(verdicts).toMatchObject({ guard: true, ajv: true })
      for (const { code, path, hint } of guard)
        expect({ ...context, code, path, hint }).toMatchObject({
          code: expect.stringMatching(/^[A-Z]+(_[A-Z]+)+$/),
          path: expect.stringMatching(/./),
          hint: expect.stringMatching(/^set ./)
        })
      const rules = (findings: Finding[]) =>
        codes(findings).filter(code => code !== 'VALUES_REFUSED' && !ofShape.test(code))
      if (guard.length > 0) expect({ ...context, rules: rules(guard) }).toEqual({ ...context, rules: rules(ajv) })
      else {
        rendered++
        for (const { text } of splitRender(manifests))
          expect({ ...context, errors: parseDocument(text).errors }).toEqual({ ...context, errors: [] })
        let resources: Resources
        try {
          resources = assumeMissing(parseManifests(splitRender(manifests))).resources
        } catch (error) {
          throw new Error(`${(error as Error).message}\n${JSON.stringify(context)}`)
        }
        const { groups, unloadable } = buildPlan(withClasses(resources), accountOf(values[index]!))
        expect({ ...context, unloadable, errors: groups.flatMap(({ error }) => error ?? []) }).toEqual({
          ...context,
          unloadable: [],
          errors: []
        })
      }
    }
    expect(rendered).toBeGreaterThan(count / 10)
  },
  Math.max(60_000, count * 500)
)
