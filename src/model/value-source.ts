/** Where a value of the stack came from. */
export interface ValueSource {
  /** `Kind namespace/name`; absent for the controller's own defaults and flags. */
  object?: string
  /** The annotation or the field of that object, or in words what else the value comes from. */
  key: string
}
