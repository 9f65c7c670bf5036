import type { KubernetesObject } from '../../resources/index.ts'
import { sortedStrings } from '../go/format.ts'
import { ModelError } from '../model-error.ts'
import { nameOf } from './cluster-objects.ts'
import type { Setting } from './setting.ts'
import type { StackTask } from './task.ts'

/** A leading `*.` stands for exactly one label (LBC: domainMatchesHost). */
function domainMatchesHost(domain: string, host: string): boolean {
  if (!domain.startsWith('*.')) {
    return domain === host
  }
  const labels = host.split('.')
  return domain.split('.').length === labels.length && labels.slice(1).join('.') === domain.slice(2)
}

/** All issued certificates that cover a host; undefined where the environment does not list certificates. */
function certificatesForHost({ environment }: StackTask, host: string): string[] | undefined {
  const { allowedCertificateAuthorityARNs: allowed } = environment.controller
  return environment.certificates
    ?.filter(({ status, certificateAuthorityARN = '' }) => {
      return status === 'ISSUED' && (allowed.length === 0 || allowed.includes(certificateAuthorityARN))
    })
    .filter(({ domains }) => domains.some(domain => domainMatchesHost(domain, host)))
    .map(({ arn }) => arn)
}

/**
 * Finds the certificates of an object's hosts (LBC: acmCertDiscovery.Discover): all that match any host, sorted. Where the
 * environment does not list certificates, each host is taken to have one, which is told as an assumption, with a hint.
 *
 * @throws ModelError for a host without one.
 */
export function findCertificates(
  task: StackTask,
  hosts: string[],
  object: KubernetesObject,
  hint: string
): Setting<string>[] {
  const { region, accountID } = task.environment
  const found = new Map<string, string>()
  for (const host of hosts) {
    const arns = certificatesForHost(task, host) ?? [
      `arn:aws:acm:${region}:${accountID}:certificate/${host.replace(/^\*\./, 'wildcard.')}`
    ]
    if (!task.environment.certificates) {
      task.assumptions.add(`a certificate for ${host} is in the account: ${hint}`)
    }
    if (arns.length === 0) {
      throw new ModelError(`no certificate found for host: ${host}`)
    }
    for (const arn of arns) {
      found.set(arn, found.get(arn) ?? host)
    }
  }
  return sortedStrings(found.keys()).map(value => ({
    value,
    source: { object: nameOf(object), key: `found for host ${found.get(value)}` }
  }))
}
