/**
 * Annotations by the controller's own parsing (LBC: pkg/annotations/parser.go): strings are never trimmed, a present but
 * empty one counts as present, and parse errors name the annotation and its whole value.
 *
 * @module
 */
import { annotationLevels, annotationName, type KubernetesObject } from '../../resources/index.ts'
import { trimSpace } from '../go/format.ts'
import { decodeJSON, type GoType } from '../go/json.ts'
import { parseBool, parseInteger } from '../go/strconv.ts'
import { ModelError, withErrorPrefix } from '../model-error.ts'

/** The value of an annotation, with the object it stands on. */
export interface Annotation<Value> {
  value: Value
  object: KubernetesObject
  /** Full name, with the prefix. */
  name: string
}

/** Joined once: a plan looks the same names up on every object. */
const fullNames = new Map([...annotationLevels.keys()].map(suffix => [suffix, annotationName(suffix)]))

/** Looks an annotation up on several objects; the first that has it wins. `suffix` is the name without the prefix. */
export function readString(suffix: string, ...objects: KubernetesObject[]): Annotation<string> | undefined {
  const name = fullNames.get(suffix) ?? annotationName(suffix)
  for (const object of objects) {
    const value = object.metadata.annotations?.[name]
    if (value !== undefined) {
      return { value, object, name }
    }
  }
  return undefined
}

function parsed<Value>(
  kind: string,
  annotation: Annotation<string> | undefined,
  parse: (text: string) => Value
): Annotation<Value> | undefined {
  return (
    annotation && {
      ...annotation,
      value: withErrorPrefix(`failed to parse ${kind} annotation, ${annotation.name}: ${annotation.value}`, () =>
        parse(annotation.value)
      )
    }
  )
}

/** A boolean by `strconv.ParseBool`. @throws ModelError */
export function readBool(suffix: string, ...objects: KubernetesObject[]): Annotation<boolean> | undefined {
  return parsed('bool', readString(suffix, ...objects), parseBool)
}

/** A decimal integer of 32 bits. @throws ModelError */
export function readInt32(suffix: string, ...objects: KubernetesObject[]): Annotation<number> | undefined {
  return parsed('int32', readString(suffix, ...objects), text => parseInteger(text, 32))
}

/** A decimal integer of 64 bits. @throws ModelError */
export function readInt64(suffix: string, ...objects: KubernetesObject[]): Annotation<number> | undefined {
  return parsed('int64', readString(suffix, ...objects), text => parseInteger(text, 64))
}

/** JSON decoded into a Go type. @throws ModelError */
export function readJSON<Result>(
  type: GoType,
  suffix: string,
  ...objects: KubernetesObject[]
): Annotation<Result> | undefined {
  return parsed('json', readString(suffix, ...objects), text => decodeJSON<Result>(type, text))
}

/** A list: split at commas, trimmed, empty items dropped. */
export function parseStringList(text: string): string[] {
  return text
    .split(',')
    .map(trimSpace)
    .filter(item => item !== '')
}

/** A list, see {@link parseStringList}. */
export function readStringList(suffix: string, ...objects: KubernetesObject[]): Annotation<string[]> | undefined {
  const annotation = readString(suffix, ...objects)
  return annotation && { ...annotation, value: parseStringList(annotation.value) }
}

/**
 * Splits `key=value` pairs at commas (LBC: splitKeyValuePairs). A backslash takes the next byte literally. A comma ends a
 * pair only where an equals sign follows somewhere; what follows without one is an item of its own, and a comma with
 * nothing after it belongs to the value.
 */
export function splitKeyValuePairs(text: string): string[] {
  const pairs: string[] = []
  // A comma before the last `=` has one after it: no need to search the rest again at every comma.
  const lastEquals = text.lastIndexOf('=')
  let current = ''
  for (let index = 0; index < text.length; index++) {
    const character = text[index]!
    if (character === '\\' && index + 1 < text.length) {
      current += text[++index]
    } else if (character !== ',') {
      current += character
    } else if (index < lastEquals) {
      pairs.push(trimSpace(current))
      current = ''
    } else {
      const rest = trimSpace(text.slice(index + 1))
      if (rest !== '') {
        return [...pairs, trimSpace(current), rest]
      }
      current += character
    }
  }
  return current === '' ? pairs : [...pairs, trimSpace(current)]
}

/** A map of strings; of a key that occurs twice the last value counts (LBC: ParseStringMapAnnotation). @throws ModelError */
export function readStringMap(
  suffix: string,
  ...objects: KubernetesObject[]
): Annotation<Map<string, string>> | undefined {
  const annotation = readString(suffix, ...objects)
  if (!annotation) {
    return undefined
  }
  const value = new Map<string, string>()
  for (const pair of splitKeyValuePairs(annotation.value)) {
    const equals = pair.indexOf('=')
    const key = trimSpace(pair.slice(0, Math.max(equals, 0)))
    if (key === '') {
      throw new ModelError(`failed to parse stringMap annotation, ${annotation.name}: ${annotation.value}`)
    }
    value.set(key, trimSpace(pair.slice(equals + 1)))
  }
  return { ...annotation, value }
}
