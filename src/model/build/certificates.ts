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
export function certificatesForHost({ environment }: StackTask, host: string): string[] | undefined {
  const { allowedCertificateAuthorityARNs: allowed } = environment.controller
  return environment.certificates
    ?.filter(({ status, certificateAuthorityARN = '' }) => {
      return status === 'ISSUED' && (allowed.length === 0 || allowed.includes(certificateAuthorityARN))
    })
    .filter(({ domains }) => domains.some(domain => domainMatchesHost(domain, host)))
    .map(({ arn }) => arn)
}
