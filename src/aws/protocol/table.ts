/**
 * The tables of schema/aws-api: actions, shapes and constraints of AWS's services, made of the public service models.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import { ownFile } from '../../own-file.ts'

/** A member of a structure, or the member, key or value of a list or map. */
export interface MemberTable {
  shape: string
  /** On the wire, where it differs from the member's name. */
  name?: string
  /** In requests of EC2, where it differs from `name`. */
  queryName?: string
}

export interface ShapeTable {
  type:
    | 'structure'
    | 'list'
    | 'map'
    | 'string'
    | 'integer'
    | 'long'
    | 'float'
    | 'double'
    | 'boolean'
    | 'timestamp'
    | 'blob'
  required?: string[]
  members?: Record<string, MemberTable>
  member?: MemberTable
  key?: MemberTable
  value?: MemberTable
  enum?: string[]
  min?: number
  max?: number
  pattern?: string
  flattened?: boolean
}

export interface OperationTable {
  input?: string
  output?: string
  resultWrapper?: string
}

export interface ServiceTable {
  /** As on the aws command line: `elbv2`. */
  name: string
  apiVersion: string
  protocol: 'query' | 'ec2' | 'json'
  /** In the credential scope of a signature. */
  signingName: string
  xmlNamespace?: string
  /** Before the action in `X-Amz-Target`. */
  targetPrefix?: string
  operations: Record<string, OperationTable>
  /** Status of each error code; 400 for all others. */
  errors: Record<string, number>
  shapes: Record<string, ShapeTable>
}

export const serviceNames = ['elbv2', 'ec2', 'sts', 'acm', 'wafv2', 'waf-regional', 'shield', 'tagging'] as const

export type ServiceName = (typeof serviceNames)[number]

const read = new Map<ServiceName, ServiceTable>()

/** A service's table, read when it is first asked for. */
export function serviceTable(name: ServiceName): ServiceTable {
  const known = read.get(name)
  if (known) {
    return known
  }
  const file = ownFile(`schema/aws-api/${name}.json`)
  const table = JSON.parse(readFileSync(file, 'utf8')) as ServiceTable
  read.set(name, table)
  return table
}

/** Whether an action changes nothing. */
export function isRead(operation: string): boolean {
  return /^(Describe|List|Get)/.test(operation)
}
