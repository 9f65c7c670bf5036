import { encodeJSON } from './json.ts'
import { unknownService } from './request.ts'
import type { ServiceError } from './service-error.ts'
import type { ServiceTable } from './table.ts'
import { encodeXML, encodeXMLError } from './xml.ts'

/** What goes back to the client. */
export interface WireResponse {
  status: number
  headers: Record<string, string>
  body: string
}

const json = 'application/x-amz-json-1.1'

function response(status: number, contentType: string, body: string, requestID: string): WireResponse {
  return { status, headers: { 'content-type': contentType, 'x-amzn-requestid': requestID }, body }
}

/** The answer of an action. */
export function encodeOutput(table: ServiceTable, operation: string, output: object, requestID: string): WireResponse {
  return table.protocol === 'json'
    ? response(200, json, encodeJSON(output), requestID)
    : response(200, 'text/xml;charset=UTF-8', encodeXML(table, operation, output, requestID), requestID)
}

/** What was refused, in the shape of the service; `isJSON` where the service is not known. */
export function encodeError(
  table: ServiceTable | undefined,
  error: ServiceError,
  requestID: string,
  isJSON = table?.protocol === 'json'
): WireResponse {
  const status = error.status ?? table?.errors[error.code] ?? 400
  if (isJSON) {
    const body = encodeJSON({ __type: error.code, message: error.message, ...error.details })
    const answer = response(status, json, body, requestID)
    return { ...answer, headers: { ...answer.headers, 'x-amzn-errortype': error.code } }
  }
  return response(
    status,
    'text/xml;charset=UTF-8',
    encodeXMLError(table ?? unknownService, error, status, requestID),
    requestID
  )
}
