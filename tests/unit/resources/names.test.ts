import { expect, test } from '@jest/globals'
import { parseManifests } from '../../../src/resources/index.ts'

test.each(['e9', 'e-9', 'E5'])('%s is a name, not a number without digits', name => {
  const text = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`
  expect(parseManifests([{ file: 'a.yaml', text }]).all()[0]!.metadata.name).toBe(name)
})
