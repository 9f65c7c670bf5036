import type { MemberTable, ServiceTable, ShapeTable } from '../../src/aws/protocol/table.ts'

interface ModelMember {
  shape: string
  locationName?: string
  queryName?: string
}

interface ModelShape {
  type: string
  required?: string[]
  members?: Record<string, ModelMember>
  member?: ModelMember
  key?: ModelMember
  value?: ModelMember
  enum?: string[]
  min?: number
  max?: number
  pattern?: string
  flattened?: boolean
  error?: { code?: string; httpStatusCode?: number }
  exception?: boolean
}

/** A service model of botocore, as far as it is read. */
export interface Model {
  metadata: {
    apiVersion: string
    protocol: string
    protocols?: string[]
    xmlNamespace?: string
    targetPrefix?: string
    endpointPrefix: string
    signingName?: string
  }
  operations: Record<
    string,
    { input?: { shape: string }; output?: { shape: string; resultWrapper?: string }; errors?: { shape: string }[] }
  >
  shapes: Record<string, ModelShape>
}

/** Longer enumerations (types of instances) change every week, and nothing here depends on them. */
const mostValues = 100

function memberOf({ shape, locationName, queryName }: ModelMember): MemberTable {
  return { shape, ...(locationName && { name: locationName }), ...(queryName && { queryName }) }
}

function shapeOf(shape: ModelShape): ShapeTable {
  const { type, required, members, member, key, value, min, max, pattern, flattened } = shape
  return {
    type: type as ShapeTable['type'],
    ...(required && required.length > 0 && { required }),
    ...(members && {
      members: Object.fromEntries(Object.entries(members).map(([name, one]) => [name, memberOf(one)]))
    }),
    ...(member && { member: memberOf(member) }),
    ...(key && { key: memberOf(key) }),
    ...(value && { value: memberOf(value) }),
    ...(shape.enum && shape.enum.length <= mostValues && { enum: shape.enum }),
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(pattern !== undefined && { pattern }),
    ...(flattened && { flattened })
  }
}

/** What the actions need of a model, without its prose. */
export function tableOf(
  name: string,
  { metadata, operations, shapes }: Model,
  wanted?: readonly string[]
): ServiceTable {
  const reached = new Set<string>()
  function reach(shape: string): void {
    if (!reached.has(shape)) {
      reached.add(shape)
      const { members = {}, member, key, value } = shapes[shape]!
      for (const one of [...Object.values(members), member, key, value]) {
        if (one) {
          reach(one.shape)
        }
      }
    }
  }
  const names = (wanted ?? Object.keys(operations)).toSorted()
  const errors: Record<string, number> = {}
  const kept = names.map(operation => {
    const { input, output, errors: thrown = [] } = operations[operation]!
    for (const part of [input, output]) {
      if (part) {
        reach(part.shape)
      }
    }
    for (const { shape } of thrown) {
      const { error = {} } = shapes[shape]!
      errors[error.code ?? shape] = error.httpStatusCode ?? 400
    }
    return [
      operation,
      {
        ...(input && { input: input.shape }),
        ...(output && { output: output.shape }),
        ...(output?.resultWrapper && { resultWrapper: output.resultWrapper })
      }
    ] as const
  })
  return {
    name,
    apiVersion: metadata.apiVersion,
    protocol: ['query', 'ec2'].includes(metadata.protocol) ? (metadata.protocol as 'query' | 'ec2') : 'json',
    signingName: metadata.signingName ?? metadata.endpointPrefix,
    ...(metadata.xmlNamespace && { xmlNamespace: metadata.xmlNamespace }),
    ...(metadata.targetPrefix && { targetPrefix: metadata.targetPrefix }),
    operations: Object.fromEntries(kept),
    errors: Object.fromEntries(Object.entries(errors).toSorted()),
    shapes: Object.fromEntries([...reached].toSorted().map(shape => [shape, shapeOf(shapes[shape]!)]))
  }
}

function lines(entries: Record<string, unknown>): string {
  return Object.entries(entries)
    .map(([key, value]) => `    ${JSON.stringify(key)}: ${JSON.stringify(value)}`)
    .join(',\n')
}

/** The table as JSON with a line for each action and shape, so that a change of the model shows in a diff. */
export function formatTable({ operations, errors, shapes, ...head }: ServiceTable): string {
  const fields = Object.entries(head).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)},`)
  return [
    '{',
    ...fields,
    `  "operations": {\n${lines(operations)}\n  },`,
    `  "errors": ${JSON.stringify(errors)},`,
    `  "shapes": {\n${lines(shapes)}\n  }`,
    '}\n'
  ].join('\n')
}
