/** What an AWS service refuses: its code and its text. */
export class ServiceError extends Error {
  override name = 'ServiceError'
  readonly code: string
  /** HTTP status; the service's table knows it where it is not given. */
  readonly status: number | undefined
  /** Members beside the message, for services whose errors have some. */
  readonly details: Record<string, unknown>

  constructor(
    code: string,
    message: string,
    { status, details = {} }: { status?: number; details?: Record<string, unknown> } = {}
  ) {
    super(message)
    this.code = code
    this.status = status
    this.details = details
  }
}
