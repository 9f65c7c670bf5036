import { expect, test } from '@jest/globals'
import { checkResources } from '../../../../src/check/index.ts'
import { defaultEnvironment } from '../../../../src/model/index.ts'
import { assumeMissing, parseManifests } from '../../../../src/resources/index.ts'

const operator = `
apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
metadata: { name: control-plane, namespace: istio-system }
spec: { profile: default }`

const namespace = `
apiVersion: v1
kind: Namespace
metadata: { name: shop }`

test.each([
  ['alone', [operator], []],
  ['beside others in its file', [`${operator}\n---${namespace}`], ['warning']],
  ['beside other files', [operator, namespace], ['info']]
])('an IstioOperator %s', (_where, texts, severities) => {
  const resources = parseManifests(texts.map((text, index) => ({ text, file: `${index}.yaml` })))
  const found = checkResources(assumeMissing(resources).resources, defaultEnvironment).filter(
    ({ code }) => code === 'ISTIO_OPERATOR_IS_A_FILE'
  )
  expect(found.map(({ severity }) => severity)).toEqual(severities)
})
