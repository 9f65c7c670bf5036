import { describe, expect, test } from '@jest/globals'
import { annotation, conflict, mistakeOn, testMistakes } from '../mistakes.ts'
import { ingress, member, specOf, withParams } from '../objects.ts'

describe('add-ons', () => {
  const webACL = 'AWS::WAFv2::WebACLAssociation'
  const edge = 'arn:aws:wafv2:us-west-2:111122223333:regional/webacl/edge-acl/5d1c0000-0000-4000-8000-00000000ed9e'
  test.each([
    { name: 'none without an annotation', objects: [ingress()], want: undefined },
    { name: 'by ARN', objects: [ingress({ 'wafv2-acl-arn': 'arn:acl' })], want: 'arn:acl' },
    { name: 'none takes away', objects: [ingress({ 'wafv2-acl-arn': 'none' })], want: '' },
    { name: 'by name', objects: [ingress({ 'wafv2-acl-name': 'edge-acl' })], want: edge },
    {
      name: 'a name beats every ARN',
      objects: [member('a', { 'wafv2-acl-arn': 'arn:acl' }), member('b', { 'wafv2-acl-name': 'edge-acl' })],
      want: edge
    },
    { name: 'of the class', objects: withParams({ wafv2AclName: 'edge-acl' }), want: edge }
  ])('web ACL: $name', ({ objects, want }) => {
    expect(specOf(objects, webACL)?.webACLARN).toBe(want)
  })

  test('a classic web ACL under its old name', () => {
    expect(specOf([ingress({ 'web-acl-id': 'acl-1' })], 'AWS::WAFRegional::WebACLAssociation').webACLID).toBe('acl-1')
  })

  test.each([
    { value: 'true', want: true },
    { value: 'F', want: false }
  ])('shield-advanced-protection $value', ({ value, want }) => {
    expect(specOf([ingress({ 'shield-advanced-protection': value })], 'AWS::Shield::Protection').enabled).toBe(want)
  })
})

describe('mistakes', () => {
  testMistakes([
    mistakeOn(
      'a boolean that is none',
      { 'shield-advanced-protection': 'yes' },
      `failed to parse bool annotation, ${annotation('shield-advanced-protection')}: yes: strconv.ParseBool: parsing "yes": invalid syntax`
    ),
    mistakeOn(
      'a web ACL that is not there',
      { 'wafv2-acl-name': 'nosuch' },
      "couldn't find WAFv2 WebACL with name: nosuch"
    ),
    conflict({ 'wafv2-acl-arn': 'y' }, { 'wafv2-acl-arn': 'x' }, 'conflicting WAFv2 WebACL ARNs: [x y]'),
    conflict({ 'wafv2-acl-name': 'y' }, { 'wafv2-acl-name': 'x' }, 'conflicting WAFv2 WebACL names: [x y]'),
    conflict({ 'waf-acl-id': 'y' }, { 'web-acl-id': 'x' }, 'conflicting WAFClassic WebACL IDs: [x y]'),
    conflict(
      { 'shield-advanced-protection': 'true' },
      { 'shield-advanced-protection': 'false' },
      'conflicting enable shield advanced protection'
    )
  ])
})
