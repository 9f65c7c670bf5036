import type { ValueSource } from './value-source.ts'

/** Why the controller would make no plan of a group, in the controller's own words. */
export class ModelError extends Error {
  override readonly name: string = 'ModelError'
  /** The value that decides it, where one of an object does. */
  readonly source: ValueSource | undefined

  constructor(message: string, source?: ValueSource) {
    super(message)
    this.source = source
  }
}

/** The controller's build breaks off, which its process catches: the log tells it, and no event does. */
export class ControllerPanic extends ModelError {
  override readonly name = 'ControllerPanic'
}

/** What Go says where a value is missing that an API server would have filled in or asked for, or that nothing asks for. */
export function nilDereference(): ControllerPanic {
  return new ControllerPanic('panic: runtime error: invalid memory address or nil pointer dereference [recovered]')
}

/**
 * An Ingress whose class is broken: it takes no part, unless it carries a group's finalizer: then that group cannot be loaded
 * (LBC: ErrInvalidIngressClass).
 */
export class InvalidIngressClass extends ModelError {
  override readonly name = 'InvalidIngressClass'
}

/** An Ingress whose group name is broken: it takes no part, and leaves the group that it was in (LBC: errInvalidIngressGroup). */
export class InvalidIngressGroup extends ModelError {
  override readonly name = 'InvalidIngressGroup'
}

/**
 * Runs `build` and puts `prefix: ` before the text of a model error, as `errors.Wrap` of github.com/pkg/errors does.
 * Anything else that is thrown is a mistake of this program and passes through.
 */
export function withErrorPrefix<Result>(prefix: string, build: () => Result, ErrorType = ModelError): Result {
  try {
    return build()
  } catch (error) {
    if (error instanceof ModelError) {
      throw new ErrorType(`${prefix}: ${error.message}`)
    }
    throw error
  }
}
