import { describe, expect, test } from '@jest/globals'
import { withFinalizer, withoutFinalizer } from '../../../src/controller/finalizers.ts'

const ours = 'ingress.k8s.aws/resources'
const other = 'example.com/other'

describe('finalizers of a member', () => {
  const cases: { finalizers: string[] | undefined; added: string[] | undefined; removed: string[] | undefined }[] = [
    { finalizers: undefined, added: [ours], removed: undefined },
    { finalizers: [], added: [ours], removed: undefined },
    { finalizers: [ours], added: undefined, removed: [] },
    { finalizers: [other], added: [other, ours], removed: undefined },
    { finalizers: [other, ours], added: undefined, removed: [other] },
    { finalizers: [ours, other, ours], added: undefined, removed: [other] }
  ]
  test.each(cases)('$finalizers', ({ finalizers, added, removed }) => {
    const metadata = { name: 'web', ...(finalizers && { finalizers }) }
    expect(withFinalizer(metadata, ours)).toEqual(added)
    expect(withoutFinalizer(metadata, ours)).toEqual(removed)
  })
})
