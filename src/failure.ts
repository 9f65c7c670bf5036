/**
 * What every stage reports problems with: findings, and the one error type that carries them.
 *
 * @module
 */

/** How bad a finding is: an error will not work on AWS, a warning probably not as meant, info is worth knowing. */
export type Severity = 'error' | 'warning' | 'info'

/**
 * One change of a key: a value in its place, another name for it, or nothing any more. What a path asks for above its key is
 * made; it may lead into a text that is YAML itself, such as that of `proxy.istio.io/config`.
 */
export type Change = {
  path: readonly (string | number)[]
} & ({ value: unknown } | { rename: string } | { remove: true })

/** What mends a finding, for programs: the changes of one document of a file. */
export interface Edit {
  /** The file as the user named it. */
  file: string
  /** The document in it, from 0, as `---` divides them. */
  document: number
  /** Paths are the document's: of an item of a List they begin with `items`. */
  changes: Change[]
}

/** One problem, in the shape that `istio-alb check -o json` prints. */
export interface Finding {
  /** What kind of problem, in capitals: `HEALTH_CHECK_PORT_UNREACHABLE`. */
  code: string
  severity: Severity
  /** One sentence with the values in it; names both owners where two things disagree. */
  message: string
  /** The object as `Kind namespace/name`, where the problem belongs to one. */
  object?: string
  /** The key as the user typed it: a values key or a path inside the object. */
  path?: string
  /** The file that the key stands in, as the user named it. */
  file?: string
  /** Line in `file`, from 1. */
  line?: number
  expected?: string
  actual?: string
  /** One thing to do about it. */
  hint?: string
  /** The hint as changes of a manifest, or of the values that it was rendered with, where one thing surely mends it. */
  edit?: Edit
}

/** 1 findings or a failed plan, 2 wrong usage, 3 a tool or the cluster is missing. */
export type ExitCode = 1 | 2 | 3

/** The error that ends a command: everything that is wrong, collected, and the exit code it means. */
export class Failure extends Error {
  readonly exitCode: ExitCode
  readonly findings: Finding[]

  constructor(exitCode: ExitCode, findings: Finding[] | Finding, options?: ErrorOptions) {
    const all = Array.isArray(findings) ? findings : [findings]
    super(all.map(finding => finding.message).join('\n'), options)
    this.name = 'Failure'
    this.exitCode = exitCode
    this.findings = all
  }

  /** The first finding's code: what a caller branches on. */
  get code(): string {
    return this.findings[0]?.code ?? 'UNKNOWN'
  }
}

/** A failure of wrong usage: an option, a file name, a malformed file. */
export function usageFailure(finding: Omit<Finding, 'severity'>, options?: ErrorOptions): Failure {
  return new Failure(2, { severity: 'error', ...finding }, options)
}

/** A failure because a tool, the container engine or the cluster is not there. */
export function missingFailure(finding: Omit<Finding, 'severity'>, options?: ErrorOptions): Failure {
  return new Failure(3, { severity: 'error', ...finding }, options)
}
