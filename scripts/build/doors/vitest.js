// Adds the matchers to Vitest's `expect`.
import { expect } from 'vitest'
import { matchers } from './matchers.cjs'

expect.extend(matchers)
