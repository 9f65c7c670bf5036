import type { EdgeMatchers } from './types/jest/index.js'

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: declarations of one interface have the same parameters, and Vitest's has any.
  interface Matchers<T = any> extends EdgeMatchers<void> {}
}
