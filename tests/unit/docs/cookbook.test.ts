import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { check, render } from '../../../src/index.ts'

const folder = fileURLToPath(new URL('../../../docs/examples/cookbook/', import.meta.url))
const page = readFileSync(new URL('../../../docs/cookbook.md', import.meta.url), 'utf8')
const recipes = readdirSync(folder).map(file => file.replace('.yaml', ''))

test.each(recipes)('%s renders, and check finds nothing in it', async recipe => {
  const edge = await render({ values: [`${folder}${recipe}.yaml`] })
  expect(check(edge)).toEqual([])
})

test('the page has all sixteen, and no other', () => {
  const linked = [...page.matchAll(/\(examples\/cookbook\/([\w-]+)\.yaml\)/g)].map(([, name]) => name)
  expect(linked.toSorted()).toEqual(recipes.toSorted())
  expect(recipes).toHaveLength(16)
})
