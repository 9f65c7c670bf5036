import { objectName } from '../../resources/index.ts'
import type { Rule } from '../rule.ts'

/**
 * An object that a file holds twice: kubectl applies one after the other, and the last one stays. Of different files one may take the
 * other's place on purpose.
 */
export const definedTwice: Rule = {
  code: 'OBJECT_DEFINED_TWICE',
  severity: 'warning',
  *find({ resources, originOf }) {
    for (const { earlier, object } of resources.replacedInFile()) {
      const line = originOf(earlier)?.positionOf([]).line
      yield {
        object,
        path: ['metadata', 'name'],
        message: `${objectName(object)} stands in the file twice, first on line ${line}: the last one replaces it, and what only the first says is lost`,
        expected: 'one definition',
        actual: `another on line ${line}`,
        hint: 'remove the one that is not meant, or give one of them another name or namespace'
      }
    }
  }
}
