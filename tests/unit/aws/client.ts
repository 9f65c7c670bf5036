/** A client of the AWS APIs as small as its protocols: inputs and answers by the tables that the endpoint has. */
import { encodeQuery } from '../../../src/aws/client/query-fields.ts'
import { decodeXML, decodeXMLError } from '../../../src/aws/client/xml-answer.ts'
import { type ServiceName, serviceTable } from '../../../src/aws/protocol/table.ts'

/** What an API takes or answers: tests reach into it by name. */
// biome-ignore lint/suspicious/noExplicitAny: its shape is the table's, and no type of TypeScript's
export type Json = any

export interface ApiError {
  code: string
  message: string
  status: number
}

export interface Answer {
  output?: Record<string, Json>
  error?: ApiError
  requestID: string
}

/** An `Authorization` header with that scope, and no signature that anybody could check. */
export function authorization({ key = 'test', region = 'us-west-2' }: { key?: string; region?: string } = {}): string {
  return `AWS4-HMAC-SHA256 Credential=${key}/20261129/${region}/service/aws4_request, SignedHeaders=host, Signature=0`
}

/** Calls an action. */
export async function callAction(
  url: string,
  service: ServiceName,
  action: string,
  input: Record<string, Json> = {},
  headers: Record<string, string> = {}
): Promise<Answer> {
  const table = serviceTable(service)
  const { input: shape } = table.operations[action]!
  const isJSON = table.protocol === 'json'
  const fields = shape === undefined || isJSON ? [] : encodeQuery(table, shape, input)
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      ...(isJSON && {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `${table.targetPrefix}.${action}`
      }),
      ...headers
    },
    body: isJSON
      ? JSON.stringify(input)
      : new URLSearchParams([['Action', action], ['Version', table.apiVersion], ...fields])
  })
  const text = await response.text()
  const { status } = response
  const requestID = response.headers.get('x-amzn-requestid') ?? ''
  if (isJSON) {
    const body = JSON.parse(text)
    return response.ok
      ? { output: body, requestID }
      : { error: { code: body.__type, message: body.message, status }, requestID }
  }
  if (!response.ok) {
    const { code, message } = decodeXMLError(text, status)!
    return { error: { code, message, status }, requestID }
  }
  return { output: decodeXML(table, action, text)!, requestID }
}
