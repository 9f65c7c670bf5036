import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { sortPaths } from '../../../../src/model/ingress/rules.ts'
import type { Ingress, IngressPath } from '../../../../src/resources/index.ts'
import { backendOf, ingress, path, rulesOf } from '../objects.ts'

describe('the order of paths', () => {
  const anyPath = fc.record({
    path: fc.string({ maxLength: 6 }).map(text => `/${text}`),
    pathType: fc.constantFrom('Exact' as const, 'Prefix' as const, 'ImplementationSpecific' as const, undefined)
  })
  function kindOf({ pathType }: IngressPath): number {
    return pathType === 'Exact' ? 0 : pathType === 'Prefix' ? 1 : 2
  }

  test('exact ones, prefixes from long to short, all others; stable', () => {
    fc.assert(
      fc.property(fc.array(anyPath), drawn => {
        const paths = drawn.map(
          ({ path: text, pathType }, index): IngressPath => ({
            path: text,
            ...(pathType && { pathType }),
            backend: backendOf(`service-${index}`)
          })
        )
        function length(entry: IngressPath): number {
          return kindOf(entry) === 1 ? Buffer.byteLength(entry.path!) : 0
        }
        const expected = paths
          .map((entry, index) => ({ entry, index }))
          .sort(
            (left, right) =>
              kindOf(left.entry) - kindOf(right.entry) ||
              length(right.entry) - length(left.entry) ||
              left.index - right.index
          )
          .map(({ entry }) => entry)
        expect(sortPaths(paths)).toEqual(expected)
      })
    )
  })

  test('holds inside one rule; rules and members keep their own', () => {
    function spec(...paths: string[]): Ingress['spec'] {
      return {
        rules: paths.map(text => ({ http: { paths: [path(text)] } }))
      }
    }
    const objects = [
      ingress({ 'group.name': 'g', 'group.order': '2' }, spec('/late'), 'a'),
      ingress({ 'group.name': 'g', 'group.order': '1' }, spec('/a', '/longer', '/a'), 'b')
    ]
    expect(
      rulesOf(objects).map(({ priority, conditions }) => [priority, conditions[0]!.pathPatternConfig!.values![0]])
    ).toEqual([
      [1, '/a'],
      [2, '/longer'],
      [3, '/a'],
      [4, '/late']
    ])
  })

  test('a rule without paths is passed over', () => {
    expect(rulesOf([ingress({}, { rules: [{ host: 'a.com' }, { http: { paths: [path('/')] } }] })])).toHaveLength(1)
  })
})
