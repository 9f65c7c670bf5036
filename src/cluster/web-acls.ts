import { compileWebACL, RefusedError, type WebACL } from '../elbv2/index.ts'
import { usageFailure } from '../failure.ts'
import type { Environment } from '../model/index.ts'

/**
 * The web ACLs of `aws.yaml` by ARN; undefined for one that it does not list.
 *
 * @throws {Failure} for a web ACL that AWS WAF would refuse.
 */
export function webACLFinder({ webACLs = [] }: Pick<Environment, 'webACLs'>): (arn: string) => WebACL | undefined {
  return arn => {
    const definition = webACLs.find(candidate => candidate.arn === arn)
    try {
      return definition && compileWebACL(definition)
    } catch (error) {
      if (!(error instanceof RefusedError)) {
        throw error
      }
      throw usageFailure({
        code: 'WEB_ACL_INVALID',
        message: `the web ACL ${definition!.name} of aws.yaml cannot be used: ${error.message}`,
        path: 'webACLs',
        hint: 'docs/load-balancer.md lists the statements'
      })
    }
  }
}
