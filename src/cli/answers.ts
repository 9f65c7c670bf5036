/** What may be said of an edge that is to be, by a flag or as the answer to a question. */

/** A name of an HTTP host as an Ingress has it: its first label may be `*`. */
export function isHost(value: string): boolean {
  const labels = value.split('.')
  return (
    value.length <= 253 &&
    labels.length > 1 &&
    labels.every((label, index) => /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(label) || (index === 0 && label === '*'))
  )
}

const certificateARN = /^arn:aws[a-z-]*:(?:acm|iam):([a-z0-9-]*):\d{12}:(?:server-)?certificate\/[\w/+=,.@-]+$/

/** An ARN of ACM or IAM, which are what a listener takes. */
export function isCertificate(value: string): boolean {
  return certificateARN.test(value)
}

/** The region in an ARN; undefined for IAM's, which has none. */
export function regionOf(arn: string): string | undefined {
  return certificateARN.exec(arn)?.[1] || undefined
}
