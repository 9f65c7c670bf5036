import type { HeaderList } from '../elbv2/index.ts'
import type { Trace } from './contract.ts'

function locationOf(headers: HeaderList = []): string | undefined {
  return headers.find(([name]) => name.toLowerCase() === 'location')?.[1]
}

/** An answer that came, or the error in its place. */
export interface ReceivedAnswer {
  status?: number
  headers?: HeaderList
  error?: string
}

/** Where an answer is not one of those that a trace tells: a sentence each. */
export function differencesOf(
  { answer, destinations, passes }: Trace,
  { status, headers, error }: ReceivedAnswer
): string[] {
  // What comes of authentication depends on others.
  if (passes !== undefined) {
    return []
  }
  const told = destinations.length > 0 ? destinations.map(one => one.answer) : [answer]
  if (error !== undefined) {
    return told.some(({ from }) => from === 'nobody') ? [] : [`there was no answer: ${error}`]
  }
  const fits = told.some(
    one =>
      one.from !== 'nobody' &&
      // What only the application knows, it may answer as it likes.
      (one.status === undefined || (one.status === status && locationOf(one.headers) === locationOf(headers)))
  )
  return fits ? [] : [`the answer was ${status}, told was ${told.map(one => one.status ?? one.from).join(' or ')}`]
}
