/**
 * Names of things of other AWS services, which Elastic Load Balancing looks up. A configuration that runs takes any name for
 * which a certificate or a web ACL is given, so they are no part of what it refuses.
 *
 * @module
 */

import { refuse, type Violation } from './violation.ts'

/** What AWS refuses as the certificate of a listener. (API: Certificate.) */
export function certificateARNViolations(arn: string): Violation[] {
  const form = /^arn:aws[a-z-]*:(acm:[a-z0-9-]+:\d{12}:certificate\/\S+|iam::\d{12}:server-certificate\/\S+)$/
  return refuse(!form.test(arn), {
    limit: 'certificate',
    path: [],
    message: `Certificate ARN '${arn}' is not valid`,
    expected: 'the ARN of an ACM or IAM certificate',
    actual: arn
  })
}

/** What AWS refuses as a target group that an action names. (API: TargetGroupTuple.) */
export function targetGroupARNViolations(arn: string): Violation[] {
  const form = /^arn:aws[a-z-]*:elasticloadbalancing:[^:]*:[^:]*:targetgroup\/\S+$/
  return refuse(!form.test(arn), {
    limit: 'action',
    path: [],
    message: `'${arn}' is not a valid target group ARN`,
    expected: 'the ARN of a target group',
    actual: arn
  })
}

/** What AWS WAF refuses as the web ACL of a load balancer. (API: AssociateWebACL.) */
export function webACLARNViolations(arn: string): Violation[] {
  const form = /^arn:aws[a-z-]*:wafv2:[a-z0-9-]+:\d{12}:regional\/webacl\/[^/\s]+\/[^/\s]+$/
  return refuse(!form.test(arn), {
    limit: 'web-acl',
    path: [],
    message: `Web ACL ARN '${arn}' is not valid`,
    expected: 'the ARN of a regional WAFv2 web ACL, or none',
    actual: arn
  })
}
