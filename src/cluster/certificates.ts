import type { Certificate } from '../elbv2/index.ts'
import type { DevelopmentAuthority } from '../load-balancer/index.ts'
import type { Environment } from '../model/index.ts'

export interface CertificateMade {
  type: 'certificate-made'
  loadBalancer: string
  arn: string
  domains: string[]
}

/**
 * Certificates of a development CA for the ARNs of listeners, each made once for the same domains. One that `aws.yaml` lists
 * is for its domains there, so that a host it does not cover is noticed as on AWS; of any other the domains are given, and it
 * is told.
 */
export class Certificates {
  readonly #authority: DevelopmentAuthority
  readonly #environment: Pick<Environment, 'certificates'>
  readonly #onMade: (made: CertificateMade) => void
  readonly #made = new Map<string, Promise<Certificate>>()

  constructor(
    authority: DevelopmentAuthority,
    environment: Pick<Environment, 'certificates'>,
    onMade: (made: CertificateMade) => void
  ) {
    this.#authority = authority
    this.#environment = environment
    this.#onMade = onMade
  }

  /** @param hosts what a certificate is for that nobody knows. */
  for(loadBalancer: string, arn: string, hosts: string[]): Promise<Certificate> {
    const listed = this.#environment.certificates?.find(certificate => certificate.arn === arn)
    const domains = listed?.domains ?? hosts
    const key = JSON.stringify([arn, domains])
    const known = this.#made.get(key)
    if (known !== undefined) {
      return known
    }
    const making = this.#authority.issue(arn, domains)
    this.#made.set(key, making)
    if (!listed) {
      this.#onMade({ type: 'certificate-made', loadBalancer, arn, domains })
    }
    return making
  }
}
