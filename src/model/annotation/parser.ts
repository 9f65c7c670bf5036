/**
 * Annotations by the controller's own parsing (LBC: pkg/annotations/parser.go): strings are never trimmed, a present but
 * empty one counts as present, and parse errors name the annotation and its whole value.
 *
 * @module
 */
import { annotationLevels, annotationPrefix, type KubernetesObject } from '../../resources/index.ts'
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

/** A list: split at commas, trimmed, empty items dropped. */
export function parseStringList(text: string): string[] {
  return text
    .split(',')
    .map(trimSpace)
    .filter(item => item !== '')
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

/** LBC: ParseStringMapAnnotation. Of a key that occurs twice the last value counts. @throws ModelError */
function parseStringMap(annotation: Annotation<string>): Annotation<Map<string, string>> {
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

type Read<Value> = (suffix: string, ...objects: KubernetesObject[]) => Annotation<Value> | undefined

/**
 * Reads annotations by their names without the prefix, on several objects; the first that has one wins. What cannot be parsed is
 * thrown as a {@link ModelError}.
 */
export interface AnnotationReader {
  readString: Read<string>
  /** A boolean by `strconv.ParseBool`. */
  readBool: Read<boolean>
  /** A decimal integer of 32 bits. */
  readInt32: Read<number>
  /** A decimal integer of 64 bits. */
  readInt64: Read<number>
  /** A list, see {@link parseStringList}. */
  readStringList: Read<string[]>
  /** A map of strings, see {@link splitKeyValuePairs}. */
  readStringMap: Read<Map<string, string>>
  /** JSON decoded into a Go type. */
  readJSON<Result>(type: GoType, suffix: string, ...objects: KubernetesObject[]): Annotation<Result> | undefined
}

/** A reader of the annotations that one prefix has; `suffixes` are those whose names are joined once for all plans. */
export function createAnnotationReader(prefix: string, suffixes: Iterable<string>): AnnotationReader {
  const fullNames = new Map([...suffixes].map(suffix => [suffix, prefix + suffix]))
  const readString: Read<string> = (suffix, ...objects) => {
    const name = fullNames.get(suffix) ?? prefix + suffix
    for (const object of objects) {
      const value = object.metadata.annotations?.[name]
      if (value !== undefined) {
        return { value, object, name }
      }
    }
    return undefined
  }
  return {
    readString,
    readBool: (...where) => parsed('bool', readString(...where), parseBool),
    readInt32: (...where) => parsed('int32', readString(...where), text => parseInteger(text, 32)),
    readInt64: (...where) => parsed('int64', readString(...where), text => parseInteger(text, 64)),
    readStringList: (...where) => {
      const annotation = readString(...where)
      return annotation && { ...annotation, value: parseStringList(annotation.value) }
    },
    readStringMap: (...where) => {
      const annotation = readString(...where)
      return annotation && parseStringMap(annotation)
    },
    readJSON: (type, ...where) => parsed('json', readString(...where), text => decodeJSON(type, text))
  }
}

/** The annotations of Ingresses, and of the Services behind them. */
export const { readString, readBool, readInt32, readInt64, readStringList, readStringMap, readJSON } =
  createAnnotationReader(annotationPrefix, annotationLevels.keys())
