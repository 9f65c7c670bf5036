import { describe, expect, test } from '@jest/globals'
import { defaultsOfBinding, refusalOfBinding } from '../../../src/controller/binding-admission.ts'
import { defaultEnvironment, type Environment } from '../../../src/model/index.ts'
import { Resources, type TargetGroupBinding } from '../../../src/resources/index.ts'

type Spec = NonNullable<TargetGroupBinding['spec']>

function arn(name: string): string {
  return `arn:aws:elasticloadbalancing:us-west-2:111122223333:targetgroup/${name}/0123456789abcdef`
}

function binding(spec: Spec, name = 'mine', labels?: Record<string, string>): TargetGroupBinding {
  return {
    apiVersion: 'elbv2.k8s.aws/v1beta1',
    kind: 'TargetGroupBinding',
    metadata: { name, namespace: 'shop', ...(labels && { labels }) },
    spec: { serviceRef: { name: 'web', port: 80 }, ...spec }
  }
}

const vpcID = 'vpc-0a1b2c3d'
/** Everything exists. */
const open: Environment = { ...defaultEnvironment, vpcID }
const listed: Environment = {
  ...open,
  targetGroups: [{ name: 'legacy', arn: arn('legacy'), targetType: 'ip', protocol: 'HTTPS', ipAddressType: 'ipv6' }]
}
const stack = { 'ingress.k8s.aws/stack-namespace': 'shop', 'ingress.k8s.aws/stack-name': 'web' }

const missing = 'operation error Elastic Load Balancing v2: DescribeTargetGroups, TargetGroupNotFoundException: '

describe('what a new TargetGroupBinding leaves out', () => {
  const cases: { name: string; spec: Spec; environment?: Environment; defaults: object }[] = [
    {
      name: 'is AWS’s default where nobody says more',
      spec: { targetGroupARN: arn('legacy') },
      defaults: { targetType: 'instance', ipAddressType: 'ipv4', vpcID, targetGroupProtocol: 'HTTP' }
    },
    {
      name: 'is what aws.yaml says of its target group',
      spec: { targetGroupARN: arn('legacy') },
      environment: listed,
      defaults: { targetType: 'ip', ipAddressType: 'ipv6', vpcID, targetGroupProtocol: 'HTTPS' }
    },
    {
      name: 'is found by the name of the target group',
      spec: { targetGroupName: 'legacy', targetType: 'ip' },
      environment: listed,
      defaults: { targetGroupARN: arn('legacy'), ipAddressType: 'ipv6', vpcID, targetGroupProtocol: 'HTTPS' }
    },
    {
      name: 'is found by a name that stands for many',
      spec: { targetGroupARN: arn('team-a') },
      environment: { ...listed, targetGroups: [...listed.targetGroups!, { name: '*', arn: arn('*') }] },
      defaults: { targetType: 'instance', ipAddressType: 'ipv4', vpcID, targetGroupProtocol: 'HTTP' }
    },
    {
      name: 'is nothing',
      spec: {
        targetGroupARN: arn('gone'),
        targetType: 'ip',
        ipAddressType: 'ipv4',
        vpcID,
        targetGroupProtocol: 'HTTP'
      },
      environment: listed,
      defaults: {}
    }
  ]
  test.each(cases)('$name', ({ spec, environment = open, defaults }) => {
    expect(defaultsOfBinding({ object: binding(spec), resources: new Resources(), environment })).toEqual({
      patch: Object.entries(defaults).map(([field, value]) => ({ op: 'add', path: `/spec/${field}`, value }))
    })
  })

  test('stays as it is in an update', () => {
    const object = binding({ targetGroupARN: arn('legacy') })
    expect(defaultsOfBinding({ object, oldObject: object, resources: new Resources(), environment: open })).toEqual({
      patch: []
    })
  })

  const refusals: { name: string; spec: Spec; refusal: string }[] = [
    { name: 'neither ARN nor name', spec: {}, refusal: 'must provide either TargetGroupARN or TargetGroupName' },
    {
      name: 'a name that the account has not',
      spec: { targetGroupName: 'gone' },
      refusal: `${missing}One or more target groups not found`
    },
    {
      name: 'an ARN that the account has not',
      spec: { targetGroupARN: arn('gone') },
      refusal: `couldn't determine TargetType: ${missing}Target groups '${arn('gone')}' not found`
    },
    {
      name: 'an ARN that the account has not, with its type given',
      spec: { targetGroupARN: arn('gone'), targetType: 'ip' },
      refusal: `unable to get target group IP address type: ${missing}Target groups '${arn('gone')}' not found`
    }
  ]
  test.each(refusals)('is refused: $name', ({ spec, refusal }) => {
    expect(defaultsOfBinding({ object: binding(spec), resources: new Resources(), environment: listed })).toEqual({
      refusal
    })
  })
})

describe('a TargetGroupBinding that is created', () => {
  const whole: Spec = { targetGroupARN: arn('legacy'), targetType: 'ip', ipAddressType: 'ipv6' }
  const cases: { name: string; spec: Spec; others?: TargetGroupBinding[]; refusal: string | undefined }[] = [
    { name: 'fits', spec: { ...whole, vpcID, targetGroupProtocol: 'HTTPS' }, refusal: undefined },
    {
      name: 'names its target group',
      spec: { ...whole, targetGroupARN: '', targetGroupName: 'legacy' },
      refusal: undefined
    },
    {
      name: 'names nothing',
      spec: {},
      refusal: 'TargetGroupBinding must specify these fields: either TargetGroupARN or TargetGroupName,spec.targetType'
    },
    {
      name: 'names what is not there',
      spec: { targetGroupName: 'gone', targetType: 'ip' },
      refusal: `searching TargetGroup with name gone: ${missing}One or more target groups not found`
    },
    {
      name: 'selects nodes for pods',
      spec: { ...whole, nodeSelector: {} },
      refusal: 'TargetGroupBinding cannot set NodeSelector when TargetType is ip'
    },
    {
      name: 'binds what another binds',
      spec: whole,
      others: [binding(whole, 'first'), binding(whole, 'second')],
      refusal: `TargetGroup ${arn('legacy')} is already bound to following TargetGroupBindings [shop/first shop/second]. Please enable MultiCluster mode on all TargetGroupBindings referencing ${arn('legacy')} or choose a different Target Group ARN.`
    },
    {
      name: 'shares it with those that share it too',
      spec: { ...whole, multiClusterTargetGroup: true },
      others: [binding({ ...whole, multiClusterTargetGroup: true }, 'first')],
      refusal: undefined
    },
    {
      name: 'shares it with one that does not',
      spec: { ...whole, multiClusterTargetGroup: true },
      others: [binding(whole, 'first')],
      refusal: expect.stringMatching(/^TargetGroup \S+ is already bound to/) as unknown as string
    },
    {
      name: 'takes the target group for one of IPv4',
      spec: { targetGroupARN: arn('legacy'), targetType: 'ip' },
      refusal: `invalid IP address type ipv6 for TargetGroup ${arn('legacy')}`
    },
    {
      name: 'has an impossible VPC',
      spec: { ...whole, vpcID: 'vpc-1' },
      refusal:
        "ValidationError: vpcID vpc-1 failed to satisfy constraint: VPC Id must begin with 'vpc-' followed by 8, 17 or 32 lowercase letters (a-f) or numbers."
    },
    {
      name: 'has another VPC',
      spec: { ...whole, vpcID: 'vpc-00000000' },
      refusal: `invalid VpcID vpc-00000000 doesnt match VpcID from TargetGroup ${arn('legacy')}`
    },
    {
      name: 'assumes a role for instances',
      spec: { ...whole, targetType: 'instance', iamRoleArnToAssume: 'arn:aws:iam::111122223333:role/other' },
      refusal: 'Unable to use instance target type while using assume role'
    },
    {
      name: 'speaks another protocol',
      spec: { ...whole, targetGroupProtocol: 'HTTP' },
      refusal: `TargetGroup ${arn('legacy')} protocol differs (got HTTP, expected HTTPS)`
    }
  ]
  test.each(cases)('$name', ({ spec, others = [], refusal }) => {
    expect(refusalOfBinding({ object: binding(spec), resources: new Resources(others), environment: listed })).toEqual(
      refusal
    )
  })

  test('of the controller is taken at its word: its target group is not in aws.yaml', () => {
    const spec: Spec = { targetGroupARN: arn('k8s-shop-web-1'), targetType: 'ip', vpcID, targetGroupProtocol: 'HTTPS' }
    const object = binding(spec, 'k8s-shop-web-1', stack)
    const request = { object, resources: new Resources(), environment: listed }
    expect(refusalOfBinding(request)).toBeUndefined()
    // In a cluster that has it, others may name it, and learn that it is bound.
    const other = binding({ targetGroupName: 'k8s-shop-web-1', targetType: 'ip' })
    expect(refusalOfBinding({ ...request, object: other, resources: new Resources([object]) })).toContain(
      'already bound to following TargetGroupBindings [shop/k8s-shop-web-1]'
    )
  })
})

describe('a TargetGroupBinding that is changed', () => {
  const old: Spec = { targetGroupARN: arn('legacy'), targetType: 'instance' }
  const immutable = 'TargetGroupBinding update may not change these immutable fields: '
  const cases: { name: string; before?: Spec; after: Spec; refusal: string | undefined }[] = [
    { name: 'in its Service', after: { ...old, serviceRef: { name: 'other', port: 80 } }, refusal: undefined },
    { name: 'by the defaults that it lacked', after: { ...old, ipAddressType: 'ipv4', vpcID }, refusal: undefined },
    {
      name: 'in all that must stay',
      before: { ...old, ipAddressType: 'ipv4', vpcID },
      after: { targetGroupARN: arn('other'), targetType: 'ip', ipAddressType: 'ipv6', vpcID: 'vpc-00000000' },
      refusal: `${immutable}spec.targetGroupARN,spec.targetType,spec.ipAddressType,spec.vpcID`
    },
    {
      name: 'to less than it had',
      before: { ...old, ipAddressType: 'ipv4', vpcID },
      after: old,
      refusal: `${immutable}spec.ipAddressType,spec.vpcID`
    },
    {
      name: 'to another address family',
      after: { ...old, ipAddressType: 'ipv6' },
      refusal: `${immutable}spec.ipAddressType`
    },
    {
      name: 'to the same target group by its name',
      after: { targetGroupName: 'legacy', targetType: 'instance' },
      refusal: undefined
    },
    {
      name: 'so that it assumes a role',
      after: { ...old, iamRoleArnToAssume: 'arn:aws:iam::111122223333:role/other' },
      refusal: 'Unable to use instance target type while using assume role'
    }
  ]
  test.each(cases)('$name', ({ before = old, after, refusal }) => {
    expect(
      refusalOfBinding({
        object: binding(after),
        oldObject: binding(before),
        resources: new Resources([binding(before)]),
        environment: listed
      })
    ).toBe(refusal)
  })
})
