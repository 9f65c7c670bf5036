/** What is not among the objects and was taken to be there, a line each; every command ends with it. */
export function describeAssumptions(assumptions: readonly string[]): string {
  return assumptions.map(assumption => `assumed: ${assumption}\n`).join('')
}
