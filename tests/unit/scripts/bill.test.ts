import { expect, test } from '@jest/globals'
import { type Bill, billOf } from '../../../scripts/build/bill.ts'

function component(reference: string, more: object = {}): Bill['components'][number] {
  const [name, version] = reference.split('@') as [string, string]
  return { name, version, type: 'library', 'bom-ref': reference, ...more }
}

const ofNpm: Bill = {
  metadata: { component: component('istio-alb@1.0.0', { name: 'checkout' }) },
  components: [
    component('yaml@2.0.0', { properties: [{ name: 'cdx:npm:package:development', value: 'true' }] }),
    component('jest@30.0.0'),
    component('supports-color@7.0.0', { scope: 'optional', properties: [{ name: 'cdx:npm:package:path', value: 'a' }] })
  ],
  dependencies: [
    { ref: 'istio-alb@1.0.0', dependsOn: ['yaml@2.0.0', 'jest@30.0.0'] },
    { ref: 'jest@30.0.0', dependsOn: ['supports-color@7.0.0'] },
    { ref: 'supports-color@7.0.0', dependsOn: [] },
    { ref: 'yaml@2.0.0', dependsOn: [] }
  ]
}

test('what is built in is part of what is published, by the name of the package', () => {
  expect(billOf(ofNpm, 'istio-alb', new Set(['yaml@2.0.0', 'supports-color@7.0.0']))).toEqual({
    metadata: { component: component('istio-alb@1.0.0', { type: 'application' }) },
    components: [
      component('yaml@2.0.0', { scope: 'required', properties: [] }),
      component('supports-color@7.0.0', {
        scope: 'required',
        properties: [{ name: 'cdx:npm:package:path', value: 'a' }]
      })
    ],
    dependencies: [
      { ref: 'istio-alb@1.0.0', dependsOn: ['yaml@2.0.0'] },
      { ref: 'supports-color@7.0.0', dependsOn: [] },
      { ref: 'yaml@2.0.0', dependsOn: [] }
    ]
  })
})

test('a package that the lock file does not have is no bill', () => {
  expect(() => billOf(ofNpm, 'istio-alb', new Set(['yaml@2.0.1']))).toThrow('yaml@2.0.1')
})
