import type { Ingress } from '../../resources/index.ts'
import { findCertificates } from '../build/certificates.ts'
import type { Setting } from '../build/setting.ts'
import { sortedStrings } from '../go/format.ts'
import type { BuildTask } from './task.ts'

/**
 * Finds certificates by the hosts of an Ingress's rules and its `tls` section (LBC: computeIngressInferredTLSCertARNs): all
 * that match any host, sorted.
 *
 * @throws ModelError for a host without one.
 */
export function certificatesOf(task: BuildTask, ingress: Ingress): Setting<string>[] {
  const { rules = [], tls = [] } = ingress.spec ?? {}
  const hosts = sortedStrings([
    ...rules.flatMap(({ host }) => (host ? [host] : [])),
    ...tls.flatMap(entry => entry.hosts ?? [])
  ])
  const hint = 'list certificates in aws.yaml, or name one in the annotation certificate-arn'
  return findCertificates(task, hosts, ingress, hint)
}
