import type { Schema } from './schema-fit.ts'

export const string = { type: 'string' }
export const boolean = { type: 'boolean' }
export const strings = { type: 'object', additionalProperties: string }

export function list(items: Schema) {
  return { type: 'array', items }
}

export function object(properties: Record<string, Schema>, required: string[] = []) {
  return { type: 'object', properties, required }
}
