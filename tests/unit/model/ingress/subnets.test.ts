import { describe } from '@jest/globals'
import { conflict, testMistakes } from '../mistakes.ts'

describe('mistakes', () => {
  testMistakes([
    conflict(
      { subnets: 'subnet-1,subnet-2' },
      { subnets: 'subnet-3,subnet-4' },
      'conflicting subnets: [subnet-1 subnet-2] | [subnet-3 subnet-4]'
    )
  ])
})
