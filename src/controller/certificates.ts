import type { Certificate, DevelopmentAuthority } from '../alb/index.ts'

export interface CertificateMade {
  type: 'certificate-made'
  loadBalancer: string
  arn: string
  domains: string[]
}

/** Certificates of a development CA for the ARNs of listeners, each made once for the same domains. */
export class Certificates {
  readonly #authority: DevelopmentAuthority
  readonly #onMade: (made: CertificateMade) => void
  readonly #made = new Map<string, Promise<Certificate>>()

  constructor(authority: DevelopmentAuthority, onMade: (made: CertificateMade) => void) {
    this.#authority = authority
    this.#onMade = onMade
  }

  for(loadBalancer: string, arn: string, domains: string[]): Promise<Certificate> {
    const key = JSON.stringify([arn, domains])
    const known = this.#made.get(key)
    if (known) return known
    const making = this.#authority.issue(arn, domains)
    this.#made.set(key, making)
    this.#onMade({ type: 'certificate-made', loadBalancer, arn, domains })
    return making
  }
}
