/** AWS's own SDK for JavaScript against the endpoint: its serializer, its parser, its errors and its waiters. */
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateRuleCommand,
  CreateTargetGroupCommand,
  DeleteTargetGroupCommand,
  DescribeRulesCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  paginateDescribeRules,
  RegisterTargetsCommand,
  ResourceInUseException,
  waitUntilLoadBalancerAvailable
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { AWSEndpoint } from '../../../src/aws/index.ts'
import { parseEnvironment } from '../../../src/model/index.ts'

let endpoint: AWSEndpoint
let client: ElasticLoadBalancingV2Client

beforeAll(async () => {
  const instances = 'vpcID: vpc-0a1b2c3d\ninstances: [{ id: i-0a1, address: 127.0.0.1 }]'
  endpoint = await AWSEndpoint.start({ anyPort: true, environment: parseEnvironment(instances, 'aws.yaml') })
  client = new ElasticLoadBalancingV2Client({
    endpoint: endpoint.url,
    region: 'us-west-2',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' }
  })
})

afterAll(async () => {
  client.destroy()
  await endpoint.close()
})

test('a load balancer is made, waited for and asked about', async () => {
  const { LoadBalancers } = await client.send(
    new CreateLoadBalancerCommand({ Name: 'edge', Subnets: ['subnet-a', 'subnet-b'], Tags: [{ Key: 'a', Value: 'b' }] })
  )
  const { LoadBalancerArn } = LoadBalancers![0]!
  expect(LoadBalancers![0]!.CreatedTime).toBeInstanceOf(Date)
  const waited = await waitUntilLoadBalancerAvailable(
    { client, maxWaitTime: 20 },
    { LoadBalancerArns: [LoadBalancerArn!] }
  )
  expect(waited.state).toBe('SUCCESS')
  const group = { Name: 'web', Protocol: 'HTTP', Port: 1, VpcId: 'vpc-0a1b2c3d' } as const
  const { TargetGroups } = await client.send(new CreateTargetGroupCommand(group))
  const { TargetGroupArn } = TargetGroups![0]!
  await client.send(new RegisterTargetsCommand({ TargetGroupArn, Targets: [{ Id: 'i-0a1' }] }))
  const { Listeners } = await client.send(
    new CreateListenerCommand({
      LoadBalancerArn,
      Protocol: 'HTTPS',
      Port: 443,
      Certificates: [{ CertificateArn: 'arn:aws:acm:us-west-2:111122223333:certificate/1' }],
      DefaultActions: [
        {
          Type: 'authenticate-oidc',
          Order: 1,
          AuthenticateOidcConfig: {
            Issuer: 'https://idp.example',
            AuthorizationEndpoint: 'https://idp.example/a',
            TokenEndpoint: 'https://idp.example/t',
            UserInfoEndpoint: 'https://idp.example/u',
            ClientId: 'id',
            ClientSecret: 'secret',
            AuthenticationRequestExtraParams: { display: 'page', 'a b': '<&>' }
          }
        },
        { Type: 'forward', Order: 2, ForwardConfig: { TargetGroups: [{ TargetGroupArn, Weight: 3 }] } }
      ]
    })
  )
  const { ListenerArn, DefaultActions } = Listeners![0]!
  expect(DefaultActions![0]!.AuthenticateOidcConfig!.AuthenticationRequestExtraParams).toEqual({
    display: 'page',
    'a b': '<&>'
  })
  for (const [index, Value] of ['a', 'b', 'c'].entries()) {
    await client.send(
      new CreateRuleCommand({
        ListenerArn,
        Priority: index + 1,
        Conditions: [
          { Field: 'query-string', QueryStringConfig: { Values: [{ Key: 'k', Value }, { Value: '*"x"*' }] } }
        ],
        Actions: [
          { Type: 'fixed-response', FixedResponseConfig: { StatusCode: '200', MessageBody: '<p>\n&amp;</p>' } }
        ],
        Transforms: [{ Type: 'url-rewrite', UrlRewriteConfig: { Rewrites: [{ Regex: '^/a(.*)$', Replace: '/$1' }] } }]
      })
    )
  }
  const priorities: (string | undefined)[] = []
  for await (const page of paginateDescribeRules({ client, pageSize: 2 }, { ListenerArn })) {
    priorities.push(...page.Rules!.map(({ Priority }) => Priority))
  }
  expect(priorities).toEqual(['1', '2', '3', 'default'])
  const { Rules } = await client.send(new DescribeRulesCommand({ ListenerArn, PageSize: 1 }))
  expect(Rules![0]).toMatchObject({
    Conditions: [{ QueryStringConfig: { Values: [{ Key: 'k', Value: 'a' }, { Value: '*"x"*' }] } }],
    Actions: [{ FixedResponseConfig: { MessageBody: '<p>\n&amp;</p>' } }],
    Transforms: [{ UrlRewriteConfig: { Rewrites: [{ Regex: '^/a(.*)$', Replace: '/$1' }] } }]
  })
  const { TargetHealthDescriptions } = await client.send(new DescribeTargetHealthCommand({ TargetGroupArn }))
  expect(TargetHealthDescriptions).toMatchObject([{ Target: { Id: 'i-0a1', Port: 1 }, HealthCheckPort: '1' }])
  const refused = client.send(new DeleteTargetGroupCommand({ TargetGroupArn }))
  await expect(refused).rejects.toBeInstanceOf(ResourceInUseException)
  await expect(refused).rejects.toThrow(`Target group '${TargetGroupArn}' is currently in use by a listener or a rule`)
})
