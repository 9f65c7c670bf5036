import { describe } from '@jest/globals'
import { annotation, conflict, mistakeOn, testMistakes } from '../mistakes.ts'

describe('mistakes', () => {
  testMistakes([
    mistakeOn('tags without a value', { tags: 'a' }, `failed to parse stringMap annotation, ${annotation('tags')}: a`),
    conflict({ tags: 'A=1' }, { tags: 'A=2' }, 'conflicting tag A: 1 | 2')
  ])
})
