import { describe, expect, test } from '@jest/globals'
import { annotation, conflict, mistakeOn, testMistakes } from '../mistakes.ts'
import { ingress, ingressClass, member, specOf, withParams } from '../objects.ts'

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
    { name: 'of the class', objects: withParams({ wafv2AclName: 'edge-acl' }), want: edge },
    {
      name: 'a name of the class takes the place of the annotation',
      objects: withParams({ wafv2AclName: 'edge-acl' }, ingress({ 'wafv2-acl-name': 'nosuch' })),
      want: edge
    },
    {
      name: 'an ARN of the class takes the place of the annotation',
      objects: withParams({ wafv2AclArn: 'arn:class' }, ingress({ 'wafv2-acl-arn': 'arn:own' })),
      want: 'arn:class'
    },
    {
      name: 'an ARN of the class is no name: that of the annotation beats it',
      objects: withParams({ wafv2AclArn: 'arn:class' }, ingress({ 'wafv2-acl-name': 'edge-acl' })),
      want: edge
    },
    {
      name: 'empty fields of the class leave the annotations',
      objects: withParams({ wafv2AclArn: '', wafv2AclName: '' }, ingress({ 'wafv2-acl-arn': 'arn:own' })),
      want: 'arn:own'
    },
    {
      name: 'members of one class agree, whatever their annotations',
      objects: withParams(
        { wafv2AclArn: 'arn:class' },
        member('a', { 'wafv2-acl-arn': 'arn:a' }),
        member('b', { 'wafv2-acl-arn': 'arn:b' }),
        member('c', {})
      ),
      want: 'arn:class'
    },
    { name: 'an empty ARN takes away', objects: [ingress({ 'wafv2-acl-arn': '' })], want: '' },
    {
      name: 'an empty ARN beside members that say nothing',
      objects: [member('a', {}), member('b', { 'wafv2-acl-arn': '' })],
      want: ''
    },
    {
      name: 'an empty ARN yields to the class',
      objects: withParams({ wafv2AclArn: 'arn:class' }, ingress({ 'wafv2-acl-arn': '' })),
      want: 'arn:class'
    },
    { name: 'an empty name is none', objects: [ingress({ 'wafv2-acl-name': '' })], want: undefined },
    {
      name: 'an empty name leaves the ARN',
      objects: [ingress({ 'wafv2-acl-name': '', 'wafv2-acl-arn': 'arn:own' })],
      want: 'arn:own'
    },
    {
      name: 'the name none takes away, whatever ARN there is',
      objects: [ingress({ 'wafv2-acl-name': 'none', 'wafv2-acl-arn': 'arn:own' })],
      want: ''
    }
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
    conflict({ 'wafv2-acl-arn': 'x' }, { 'wafv2-acl-arn': '' }, 'conflicting WAFv2 WebACL ARNs: [ x]'),
    conflict({ 'wafv2-acl-arn': 'none' }, { 'wafv2-acl-arn': '' }, 'conflicting WAFv2 WebACL ARNs: [ none]'),
    {
      mistake: 'a class and a member of another class that name different web ACLs',
      objects: [
        ...withParams({ wafv2AclName: 'edge-acl' }, member('a', { 'wafv2-acl-name': 'office-acl' })),
        { ...ingressClass(), metadata: { name: 'plain' } },
        ingress({ 'group.name': 'g', 'wafv2-acl-name': 'office-acl' }, { ingressClassName: 'plain' }, 'b')
      ],
      error: 'conflicting WAFv2 WebACL names: [edge-acl office-acl]'
    },
    conflict({ 'wafv2-acl-name': 'y' }, { 'wafv2-acl-name': 'x' }, 'conflicting WAFv2 WebACL names: [x y]'),
    conflict({ 'waf-acl-id': 'y' }, { 'web-acl-id': 'x' }, 'conflicting WAFClassic WebACL IDs: [x y]'),
    conflict(
      { 'shield-advanced-protection': 'true' },
      { 'shield-advanced-protection': 'false' },
      'conflicting enable shield advanced protection'
    )
  ])
})
