import type { Tags } from '../../model/index.ts'
import { type Limit, lengthOf, refuse, type Violation } from './violation.ts'

const limit: Limit = 'tag'
const longestKey = 128
const longestText = 256
const mostTags = 50

/** What AWS refuses in the tags of a resource. (API: AddTags; user guide: "Tag restrictions".) */
export function tagViolations(tags: Tags | undefined): Violation[] {
  const entries = Object.entries(tags ?? {})
  return [
    ...refuse(entries.length > mostTags, {
      limit,
      path: ['tags'],
      message: `A resource can have at most ${mostTags} tags, not ${entries.length}`,
      expected: `at most ${mostTags} tags`,
      actual: String(entries.length)
    }),
    ...entries.flatMap(([key, value]) => [
      ...refuse(/^aws:/i.test(key), {
        limit,
        path: ['tags', key],
        message: `The tag key '${key}' cannot begin with 'aws:'`,
        expected: 'a key that does not begin with aws:',
        actual: key
      }),
      ...refuse(lengthOf(key) < 1 || lengthOf(key) > longestKey, {
        limit,
        path: ['tags', key],
        message: `The tag key '${key}' must have 1 to ${longestKey} characters`,
        expected: `a key of 1 to ${longestKey} characters`,
        actual: key
      }),
      ...refuse(lengthOf(value) > longestText, {
        limit,
        path: ['tags', key],
        message: `The value of the tag '${key}' must have at most ${longestText} characters`,
        expected: `a value of at most ${longestText} characters`,
        actual: value
      })
    ])
  ]
}
