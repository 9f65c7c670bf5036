import type { Path } from '../../resources/index.ts'
import type { Fault } from '../istio.ts'
import { refuseDuration } from './name.ts'
import { type Refusal, refuseIf } from './refusal.ts'

/** gRPC's status codes by name. */
export const grpcCodes = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED'
]

function refusePercentage(value: number | undefined, path: Path): Refusal[] {
  return refuseIf(value !== undefined && (value < 0 || value > 100 || (value > 0 && value < 0.0001)), {
    path,
    message: `the percentage ${value} is not from 0.0001 to 100, nor 0`,
    hint: 'name a share of 100'
  })
}

export function refuseStatus(status: number | undefined, path: Path): Refusal[] {
  return refuseIf(status !== undefined && (status < 200 || status > 600), {
    path,
    message: `the status ${status} is not from 200 to 599`,
    actual: String(status),
    hint: 'name one of HTTP'
  })
}

export function refuseFault(fault: Fault | undefined, path: Path): Refusal[] {
  if (!fault) {
    return []
  }
  const { abort, delay } = fault
  const at = [...path, 'fault']
  return [
    ...refuseIf(!abort && !delay, {
      path: at,
      message: 'the fault has neither abort nor delay',
      hint: 'add one of them'
    }),
    ...refusePercentage(abort?.percentage?.value, [...at, 'abort', 'percentage', 'value']),
    ...refusePercentage(delay?.percentage?.value, [...at, 'delay', 'percentage', 'value']),
    ...refuseDuration(delay?.fixedDelay, [...at, 'delay', 'fixedDelay']),
    ...refuseStatus(abort?.httpStatus, [...at, 'abort', 'httpStatus']),
    ...refuseIf(abort?.httpStatus !== undefined && abort.grpcStatus !== undefined, {
      path: [...at, 'abort'],
      message: 'the fault has both httpStatus and grpcStatus',
      expected: 'one of them',
      hint: 'leave one of them out'
    }),
    ...refuseIf(abort?.grpcStatus !== undefined && !grpcCodes.includes(abort.grpcStatus), {
      path: [...at, 'abort', 'grpcStatus'],
      message: `${abort?.grpcStatus} is no status of gRPC`,
      expected: grpcCodes.join(', '),
      hint: 'write it in capitals, such as UNAVAILABLE'
    })
  ]
}
