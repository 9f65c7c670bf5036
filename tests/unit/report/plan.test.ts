import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { buildPlan, parseEnvironment } from '../../../src/model/index.ts'
import { describePlan, explainPlan } from '../../../src/report/index.ts'
import { Resources, readManifests } from '../../../src/resources/index.ts'

const environment = parseEnvironment(readFileSync('tests/cases/lbc/aws.yaml', 'utf8'), 'aws.yaml')
function planOf(name: string) {
  return buildPlan(readManifests([`tests/cases/lbc/${name}/input.yaml`]), environment)
}

describe('a plan for people', () => {
  test('load balancer, listeners, rules in order, target groups with their health checks', () => {
    expect(
      describePlan(planOf('02-istio-internal-status-port-by-name'))
    ).toBe(`IngressGroup istio-system/common-internal-ingress
  LoadBalancer k8s-istiosys-commonin-fb88187536: internal, ipv4
    subnets                 subnet-a, subnet-b
    security groups         ManagedLBSecurityGroup, sg-auto
    ManagedLBSecurityGroup  k8s-istiosys-commonin-2259ce7cda: lets in 80 from 0.0.0.0/0
    tags                    env=dev, team=platform
  listener HTTP:80
    1  host is grafana.int.example.org and path is /*
       → forward to istio-system/common-internal-ingress-istio-ingressgateway:http2
    2  host is *.int.example.org and path is /api or /api/*
       → forward to istio-system/common-internal-ingress-istio-ingressgateway:http2
    3  host is *.int.example.org and path is /*
       → forward to istio-system/common-internal-ingress-istio-ingressgateway:80
    otherwise → answer 404 text/plain
  target group istio-system/common-internal-ingress-istio-ingressgateway:http2 k8s-istiosys-istioing-8063c89b8f
    targets       instance, HTTP (HTTP2), port 31565
    health check  HTTP /healthz/ready on port 30621 expects 200, every 15 s, fails after 5 s; healthy after 2, unhealthy after 2
  target group istio-system/common-internal-ingress-istio-ingressgateway:80 k8s-istiosys-istioing-80d140da21
    targets       instance, HTTP (HTTP2), port 31565
    health check  HTTP /healthz/ready on port 30621 expects 200, every 15 s, fails after 5 s; healthy after 2, unhealthy after 2
`)
  })

  test('conditions of all six fields, and several actions', () => {
    expect(describePlan(planOf('06-conditions-all-six-fields'))).toBe(`IngressGroup apps/api
  LoadBalancer k8s-apps-api-75482774ba: internal, ipv4
    subnets                 subnet-a, subnet-b
    security groups         ManagedLBSecurityGroup, sg-auto
    ManagedLBSecurityGroup  k8s-apps-api-01d43b9b5b: lets in 80 from 0.0.0.0/0
  listener HTTP:80
    1  header X-Tenant is acme or acme-* and method is GET or HEAD and query has beta=1 or preview and client is in 192.0.2.0/24 and host is api.example.org or api2.example.org and path is /v1 or /v1/* or /alias/*
       → forward to apps/api-api:http
    otherwise → answer 404 text/plain
  target group apps/api-api:http k8s-apps-api-404121a3b2
    targets       instance, HTTP (HTTP1), port 31111
    health check  HTTP / on the traffic port expects 200, every 15 s, fails after 5 s; healthy after 2, unhealthy after 2
`)
  })

  test('what was dropped and why', () => {
    expect(describePlan(planOf('21-legacy-ssl-redirect-action'))).toBe(`IngressGroup web/legacy
  LoadBalancer k8s-web-legacy-8ffb18dcb6: internal, ipv4
    subnets                 subnet-a, subnet-b
    security groups         ManagedLBSecurityGroup, sg-auto
    ManagedLBSecurityGroup  k8s-web-legacy-37976d4341: lets in 80 from 0.0.0.0/0; 443 from 0.0.0.0/0
  listener HTTP:80
    1  path is /cart or /cart/*
       → forward to web/legacy-shop:http
    2  path is /*
       → redirect to HTTPS://#{host}:443/#{path}?#{query} (HTTP_301)
    otherwise → answer 404 text/plain
  listener HTTPS:443, ELBSecurityPolicy-2016-08
    certificates  arn:aws:acm:us-west-2:111122223333:certificate/00000010-1a2b-4c3d-9e8f-000000079190 (default)
    1  path is /cart or /cart/*
       → forward to web/legacy-shop:http
    2  path is /*
       → forward to web/legacy-shop:http
    otherwise → answer 404 text/plain
  target group web/legacy-shop:http k8s-web-shop-3682bca8b9
    targets       instance, HTTP (HTTP1), port 31261
    health check  HTTP / on the traffic port expects 200, every 15 s, fails after 5 s; healthy after 2, unhealthy after 2
  dropped from listener 80, of web/legacy: an earlier redirect takes all its requests (rule 2)
    path is /*
    → forward to web/legacy-shop:http
  dropped from listener 443, of web/legacy: redirects to itself
    path is /*
    → redirect to HTTPS://#{host}:443/#{path}?#{query} (HTTP_301)
`)
  })

  test('a frontend NLB', () => {
    expect(describePlan(planOf('22-frontend-nlb'))).toBe(`IngressGroup nlb/app
  LoadBalancer k8s-nlb-app-f1fbfb7a19: internal, ipv4
    subnets                 subnet-a, subnet-b
    security groups         ManagedLBSecurityGroup, sg-auto
    ManagedLBSecurityGroup  k8s-nlb-app-c0e6ca2485: lets in 80 from 0.0.0.0/0; 8080 from 0.0.0.0/0
    tags                    layer=alb
  listener HTTP:80
    1  path is /*
       → forward to nlb/app-app:http
    otherwise → answer 404 text/plain
  listener HTTP:8080
    1  path is /*
       → forward to nlb/app-app:http
    otherwise → answer 404 text/plain
  FrontendNlb k8s-nlb-app-f1fbfb7a19-nlb: network, internet-facing, ipv4
    subnets          subnet-0p (eipalloc-0a), subnet-0q (eipalloc-0b)
    security groups  sg-0n
    attributes       load_balancing.cross_zone.enabled=true
    tags             layer=nlb
  listener TCP:443
    → forward to FrontendNlb-tg-TCP-443
  target group nlb/app-app:http k8s-nlb-app-24463f2eb7
    targets       instance, HTTP (HTTP1), port 31271
    health check  HTTP / on the traffic port expects 200, every 15 s, fails after 5 s; healthy after 2, unhealthy after 2
  target group FrontendNlb-tg-TCP-443 k8s-nlb-app-5d70bf709a
    targets       alb, TCP, port 443
    health check  HTTP /up on port 8080 expects 200, every 15 s, fails after 5 s; healthy after 2, unhealthy after 2
`)
  })

  test('authentication, transforms, mutual TLS, web ACLs', () => {
    const text = [
      '07-transforms-and-regex-paths',
      '12-waf-and-shield',
      '13-auth-oidc-both-listeners',
      '15-mtls-verify-and-passthrough'
    ]
      .map(name => describePlan(planOf(name)))
      .join('')
    for (const line of [
      '→ rewrite the URL ^/f/(.+)$ to /$1, rewrite the host ^(.+)\\.example\\.org$ to $1.internal, forward to apps/rewrite-files:http',
      '3  header Accept matches ^image/(png|webp)$ and host matches ^img[0-9]+\\.example\\.org$ and path is /img or /img/*',
      'Shield Advanced         protected',
      'web ACL (classic)       0f0e0d0c-1111-4222-8333-444444444444',
      '→ authenticate with OIDC at https://idp.example.org, then forward to tools/wiki-wiki:http',
      'mutual TLS    verify with trust store arn:aws:elasticloadbalancing:us-west-2:111122223333:truststore/partners/fedcba9876543210',
      'mutual TLS    passthrough'
    ]) {
      expect(text).toContain(line)
    }
  })

  test('the error of a group, and Ingresses that take no part', () => {
    const { groups } = planOf('26-err-group-conflicting-scheme')
    const plan = {
      groups,
      unloadable: [{ ingress: 'ns/lost', error: 'invalid ingress group: bad' }],
      services: [],
      gateways: []
    }
    expect(describePlan(plan)).toBe(`IngressGroup both
  members  one/in, one/out
  no plan: Failed build model due to conflicting scheme: map[internal:{} internet-facing:{}]

Ingress ns/lost takes no part: failed load groupID due to invalid ingress group: bad
`)
  })

  test('a group that cannot be loaded has no event', () => {
    const group = { ...planOf('26-err-group-conflicting-scheme').groups[0]!, errorHasEvent: false }
    expect(describePlan({ groups: [group], unloadable: [], services: [], gateways: [] })).toContain(
      'the controller only logs this and writes no event'
    )
  })

  test('a group whose last member is leaving', () => {
    const [group] = planOf('01-istio-external-https').groups
    const leaving = { ...group!, members: [], inactiveMembers: ['ns/old'] }
    expect(describePlan({ groups: [leaving], unloadable: [], services: [], gateways: [] })).toBe(
      `IngressGroup ${group!.id}\n  members  none\n  leaving  ns/old\n  no members are left: everything of the group is deleted\n`
    )
  })

  test('nothing to plan', () => {
    expect(describePlan(buildPlan(new Resources(), environment))).toBe(
      'No Ingress, Service or Gateway asks for a load balancer: there is nothing to plan.\n'
    )
  })
})

test('where each value came from', () => {
  expect(explainPlan(planOf('09-ingress-class-params-override'))).toBe(`
Values of IngressGroup platform
  ManagedLBSecurityGroup
    ingress.443 = ["203.0.113.0/24","198.51.100.0/24"]  ← spec.inboundCIDRs of IngressClassParams platform
  LoadBalancer
    name = k8s-platform-edc4bd3484                             ← made of cluster name, group and scheme
    scheme = internet-facing                                   ← spec.scheme of IngressClassParams platform
    ipAddressType = ipv4                                       ← spec.ipAddressType of IngressClassParams platform
    subnetMapping = ["subnet-a","subnet-b"]                    ← discovered by the tag kubernetes.io/role/elb
    securityGroups = ["ManagedLBSecurityGroup","sg-auto"]      ← managed by the controller, as no annotation security-groups is set
    loadBalancerAttributes.idle_timeout.timeout_seconds = 120  ← spec.loadBalancerAttributes of IngressClassParams platform
    loadBalancerAttributes.routing.http2.enabled = true        ← alb.ingress.kubernetes.io/load-balancer-attributes of Ingress portal/portal
    tags.app = portal                                          ← alb.ingress.kubernetes.io/tags of Ingress portal/portal
    tags.managed-by = platform                                 ← spec.tags of IngressClassParams platform
    webACLARN = arn:aws:wafv2:us-west-2:111122223333:regional/webacl/edge-acl/5d1c0000-0000-4000-8000-00000000ed9e  ← spec.wafv2AclName of IngressClassParams platform
  Listener 443
    protocol = HTTPS                                  ← spec.certificateArn of IngressClassParams platform
    certificate = arn:aws:acm:us-west-2:111122223333:certificate/00000005-1a2b-4c3d-9e8f-000000039595  ← spec.certificateArn of IngressClassParams platform
    sslPolicy = ELBSecurityPolicy-FS-1-2-Res-2020-10  ← spec.sslPolicy of IngressClassParams platform
    listenerAttributes.routing.http.response.server.enabled = false  ← spec.listeners of IngressClassParams platform
  TargetGroup portal/portal-portal:http
    targetType = ip                                ← spec.targetType of IngressClassParams platform
    protocol = HTTP                                ← the controller's default
    protocolVersion = HTTP1                        ← the controller's default
    healthCheckConfig.port = traffic-port          ← the controller's default
    healthCheckConfig.protocol = HTTP              ← the controller's default
    healthCheckConfig.path = /                     ← the controller's default
    healthCheckConfig.successCodes = 200           ← the controller's default
    healthCheckConfig.intervalSeconds = 15         ← the controller's default
    healthCheckConfig.timeoutSeconds = 5           ← the controller's default
    healthCheckConfig.healthyThresholdCount = 2    ← the controller's default
    healthCheckConfig.unhealthyThresholdCount = 2  ← the controller's default
  ListenerRule 443:1
    conditions = host is portal.example.org and path is /*  ← spec.rules.0.http.paths.0 of Ingress portal/portal
`)
})
