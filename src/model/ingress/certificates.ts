import type { Ingress } from '../../resources/index.ts'
import { certificatesForHost } from '../build/certificates.ts'
import { nameOf } from '../build/cluster-objects.ts'
import type { Setting } from '../build/setting.ts'
import { warn } from '../build/task.ts'
import { sortedStrings } from '../go/format.ts'
import { ModelError } from '../model-error.ts'
import type { BuildTask } from './task.ts'

/**
 * Finds certificates by the hosts of an Ingress's rules and its `tls` section (LBC: computeIngressInferredTLSCertARNs): all
 * that match any host, sorted.
 *
 * @throws ModelError for a host without one.
 */
export function certificatesOf(task: BuildTask, ingress: Ingress): Setting<string>[] {
  const { region, accountID } = task.environment
  const { rules = [], tls = [] } = ingress.spec ?? {}
  const hosts = sortedStrings([
    ...rules.flatMap(({ host }) => (host ? [host] : [])),
    ...tls.flatMap(entry => entry.hosts ?? [])
  ])
  const found = new Map<string, string>()
  for (const host of hosts) {
    const arns = certificatesForHost(task, host) ?? [
      `arn:aws:acm:${region}:${accountID}:certificate/${host.replace(/^\*\./, 'wildcard.')}`
    ]
    if (!task.environment.certificates) {
      warn(task, {
        code: 'CERTIFICATE_ASSUMED',
        message: `a certificate for ${host} is assumed to be in the account`,
        object: nameOf(ingress),
        hint: 'list certificates in aws.yaml, or name one in the annotation certificate-arn'
      })
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
    source: { object: nameOf(ingress), key: `found for host ${found.get(value)}` }
  }))
}
