import { join } from 'node:path'
import { expect } from '@jest/globals'
import fc from 'fast-check'
import { parseDocument, stringify } from 'yaml'
import type { Finding } from '../../src/failure.ts'
import { buildPlan, defaultEnvironment, type Environment } from '../../src/model/index.ts'
import { ownChart, splitRender } from '../../src/render/index.ts'
import { assumeMissing, type KubernetesObject, parseManifests, type Resources } from '../../src/resources/index.ts'
import { mergeValues, type Values, ValuesFiles } from '../../src/values/index.ts'
import { type CaseRender, renderCases } from '../chart/cases.ts'
import { checkValues, readSchema } from '../chart/consistency.ts'
import { edgesOf } from '../chart/edges.ts'
import { spoiltOf, valuesOf } from './schema-values.ts'

/** Repeats a run. */
export const seed = Number(process.env.ISTIO_ALB_SEED ?? Date.now() % 1_000_000)

/** Values that were made from the schema, some of them spoilt, and what an error says of where they come from. */
export interface GeneratedValues {
  values: Values
  context: { seed: number; index: number; values: string }
}

const defaults = ValuesFiles.read([join(ownChart, 'values.yaml')]).merged()
const fitting = valuesOf(readSchema('values.schema.json'))

/** An account that has everything that an edge names. */
function accountOf(values: Values): Environment {
  function names(key: 'subnets' | 'securityGroups'): string[] {
    return edgesOf(values).flatMap(edge => (edge.values as { ingress: Record<typeof key, string[]> }).ingress[key])
  }
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
function withClasses(resources: Resources): Resources {
  return resources.with(
    [...new Set(resources.list('Ingress').map(({ spec }) => spec!.ingressClassName!))]
      .filter(name => !resources.find('IngressClass', name))
      .map(name => ({
        apiVersion: 'networking.k8s.io/v1',
        kind: 'IngressClass',
        metadata: { name },
        spec: { controller: 'ingress.k8s.aws/alb' }
      }))
  )
}

function codes(findings: Finding[]): string[] {
  return [...new Set(findings.map(({ code }) => code))].toSorted()
}

/** Codes that a guard says in more detail than Ajv's one for whatever values.schema.json refuses. */
const ofShape = /^(VALUE|LIST|ENTRY|KEY|MAPPING)_/

/** Makes so many values, the same ones for the same seed. */
export function generateValues(count: number): GeneratedValues[] {
  return fc
    .sample(fc.oneof({ weight: 3, arbitrary: fitting }, { weight: 1, arbitrary: spoiltOf(fitting) }), {
      numRuns: count,
      seed
    })
    .map((overlay, index) => ({
      values: mergeValues(defaults, overlay),
      context: { seed, index, values: stringify(overlay) }
    }))
}

/** Expects the verdict of one engine to be that of the others, with a rule's code. */
function expectOneVerdict({ values, context }: GeneratedValues, { schema, guard }: CaseRender): void {
  const ajv = checkValues(values)
  const verdicts = { ...context, guard: guard.length > 0, ajv: ajv.length > 0 }
  expect(verdicts).toEqual({ ...verdicts, guard: verdicts.ajv })
  // Of named edges the schema sees the parts alone: what they say together is for the other two.
  if (schema.length > 0) {
    expect(verdicts).toMatchObject({ guard: true, ajv: true })
  }
  for (const { code, path, hint } of guard) {
    expect({ ...context, code, path, hint }).toMatchObject({
      code: expect.stringMatching(/^[A-Z]+(_[A-Z]+)+$/),
      path: expect.stringMatching(/./),
      hint: expect.stringMatching(/^(set|did you mean) ./)
    })
  }
  function rules(findings: Finding[]) {
    return codes(findings).filter(code => code !== 'VALUES_REFUSED' && !ofShape.test(code))
  }
  if (guard.length > 0) {
    expect({ ...context, rules: rules(guard) }).toEqual({ ...context, rules: rules(ajv) })
  }
}

/** Expects manifests to be YAML of which the plan builds; returns their objects. */
function expectPlan({ values, context }: GeneratedValues, manifests: string): KubernetesObject[] {
  const parts = splitRender(manifests)
  for (const { text } of parts) {
    expect({ ...context, errors: parseDocument(text).errors }).toEqual({ ...context, errors: [] })
  }
  let rendered: Resources
  try {
    rendered = parseManifests(parts)
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${JSON.stringify(context)}`)
  }
  const { resources } = assumeMissing(rendered)
  const { groups, gateways, unloadable } = buildPlan(withClasses(resources), accountOf(values))
  expect({ ...context, unloadable, errors: [...groups, ...gateways].flatMap(({ error }) => error ?? []) }).toEqual({
    ...context,
    unloadable: [],
    errors: []
  })
  return rendered.all()
}

/**
 * Expects each of the values to be refused by every engine, with a code, or to be rendered into objects of which the plan
 * builds. Returns the objects of those that were rendered.
 */
export async function expectVerdicts(
  generated: readonly GeneratedValues[]
): Promise<{ objects: KubernetesObject[]; context: object }[]> {
  const renders = await renderCases(generated.map(({ values }) => values))
  return renders.flatMap((render, index) => {
    const each = generated[index]!
    expectOneVerdict(each, render)
    return render.guard.length > 0 ? [] : [{ objects: expectPlan(each, render.manifests), context: each.context }]
  })
}
