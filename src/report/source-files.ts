import type { Edit } from '../failure.ts'
import { EditableText } from '../resources/index.ts'

/** The text of a file by the name that findings carry; undefined where it cannot be shown. */
export type SourceText = (file: string) => string | undefined

/** A file that findings stand in. */
export interface SourceFile {
  lines: readonly string[]
  /** Its lines with an edit; undefined where that changes nothing. */
  linesWith(edit: Edit): readonly string[] | undefined
}

function sourceFile(text: string): SourceFile {
  const lines = text.split('\n')
  const editable = new EditableText(text)
  return {
    lines,
    linesWith(edit) {
      const edited = editable.with([edit])
      return edited === text ? undefined : edited.split('\n')
    }
  }
}

/** The files of one report: each is read once, however many findings stand in it. */
export class SourceFiles {
  readonly #sourceText: SourceText
  readonly #files = new Map<string, SourceFile | undefined>()

  constructor(sourceText: SourceText) {
    this.#sourceText = sourceText
  }

  find(file: string): SourceFile | undefined {
    if (!this.#files.has(file)) {
      const text = this.#sourceText(file)
      this.#files.set(file, text === undefined ? undefined : sourceFile(text))
    }
    return this.#files.get(file)
  }
}
