/** Whether a certificate's domain covers a host; a `*` stands for one label. */
export function coversHost(domain: string, host: string): boolean {
  if (!domain.startsWith('*.')) {
    return domain === host
  }
  const dot = host.indexOf('.')
  return dot > 0 && host.slice(dot) === domain.slice(1)
}
