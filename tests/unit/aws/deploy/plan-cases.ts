/** The stacks of the recorded plans, each with an account that has what it names. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { stackViolations } from '../../../../src/elbv2/index.ts'
import {
  applicationLoadBalancer,
  buildPlan,
  type Environment,
  type Plan,
  parseEnvironment,
  type Stack,
  stackPlansOf
} from '../../../../src/model/index.ts'
import { type Resources, readManifests } from '../../../../src/resources/index.ts'

const folder = fileURLToPath(new URL('../../../cases/', import.meta.url))

export interface PlanCase {
  name: string
  environment: Environment
  /** With what one stack of it is about. */
  plan: Plan
  stack: Stack
  resources: Resources
}

/** The plan of one stack alone. */
function only(plan: Plan, stack: Stack): Plan {
  return {
    groups: plan.groups.filter(one => one.stack === stack),
    unloadable: [],
    services: plan.services.filter(one => one.stack === stack),
    gateways: plan.gateways.filter(one => one.stack === stack)
  }
}

/** The account with all that a stack names by ID or ARN: every certificate, as on no list, and the rest listed. */
function accountOf({ certificates: _listed, ...environment }: Environment, stack: Stack): Environment {
  const { subnets, securityGroups, webACLs = [], backendSecurityGroupID } = environment
  const text = JSON.stringify(stack.resources)
  function missing(pattern: RegExp, known: readonly string[]): string[] {
    return [...new Set(text.match(pattern))].filter(id => !known.includes(id))
  }
  const given = subnets.map(({ id }) => id)
  return {
    ...environment,
    subnets: [
      ...subnets,
      ...missing(/subnet-\w+/g, given).map((id, index) => ({ ...subnets[0]!, id, zone: `us-west-2${'abcdef'[index]}` }))
    ],
    securityGroups: [
      ...securityGroups,
      ...missing(/sg-\w+/g, [backendSecurityGroupID, ...securityGroups.map(({ id }) => id)]).map(id => ({ id }))
    ],
    webACLs: [
      ...webACLs,
      ...missing(
        /arn:aws:wafv2:[^"]+/g,
        webACLs.map(({ arn }) => arn)
      ).map(arn => ({ name: arn, arn }))
    ]
  }
}

function casesIn(kind: string): PlanCase[] {
  const parent = `${folder}${kind}/`
  const shared = readFileSync(`${folder}lbc/aws.yaml`, 'utf8')
  return readdirSync(parent, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .flatMap(({ name }) => {
      const environment = parseEnvironment(shared, 'aws.yaml')
      const resources = readManifests([`${parent}${name}/input.yaml`])
      const plan = buildPlan(resources, environment)
      return stackPlansOf(plan).flatMap(({ id, stack }) =>
        stack && !stack.by && applicationLoadBalancer(stack)
          ? [
              {
                name: `${kind} ${name} ${id}`,
                environment: accountOf(environment, stack),
                plan: only(plan, stack),
                stack,
                resources
              }
            ]
          : []
      )
    })
}

/** Whether AWS takes it, and the account would not have to have what others made. */
function isPossible({ stack }: PlanCase): boolean {
  return stackViolations(stack).length === 0 && !JSON.stringify(stack.resources).includes(':targetgroup/')
}

/** Stacks that AWS would take, of the recorded plans of a kind: `lbc`, `lbc-service`, `lbc-gateway`. */
export function planCases(kind: string): PlanCase[] {
  return casesIn(kind).filter(isPossible)
}
