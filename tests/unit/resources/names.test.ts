import { expect, test } from '@jest/globals'
import { parseManifests } from '../../../src/resources/index.ts'

test.each(['e9', 'e-9', 'E5'])('%s is a name, not a number without digits', name => {
  const text = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`
  expect(parseManifests([{ file: 'a.yaml', text }]).all()[0]!.metadata.name).toBe(name)
})

test.each(['.', '-.', '._'])('%s is text, not a number without digits', text => {
  const policy = `apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: a}\nspec:\n  exportTo: [${text}]\n`
  expect(parseManifests([{ file: 'a.yaml', text: policy }]).all()).toMatchObject([{ spec: { exportTo: [text] } }])
})

test.each([
  ['1.', 1],
  ['.5', 0.5],
  ['-1_0.5', -10.5]
])('%s is a number', (text, number) => {
  const object = `apiVersion: v1\nkind: Any\nmetadata: {name: a}\nvalue: ${text}\n`
  expect(parseManifests([{ file: 'a.yaml', text: object }]).all()).toMatchObject([{ value: number }])
})
