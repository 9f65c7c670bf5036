/** Why the controller would make no plan of a group, in the controller's own words. */
export class ModelError extends Error {
  override readonly name: string = 'ModelError'
}

/**
 * An Ingress whose own class or group name is broken: it is left out, other members of the group are not affected
 * (LBC: ErrInvalidIngressClass, errInvalidIngressGroup).
 */
export class InvalidIngress extends ModelError {
  override readonly name = 'InvalidIngress'
}

/**
 * Runs `build` and puts `prefix: ` before the text of a model error, as `errors.Wrap` of github.com/pkg/errors does.
 * Anything else that is thrown is a mistake of this program and passes through.
 */
export function withErrorPrefix<Result>(prefix: string, build: () => Result, ErrorType = ModelError): Result {
  try {
    return build()
  } catch (error) {
    if (error instanceof ModelError) throw new ErrorType(`${prefix}: ${error.message}`)
    throw error
  }
}
