import { PayloadError } from '../../core/errors.ts'
import type { Column } from './columns.ts'

/** A record that cannot be a row. */
export interface BadRow {
  line: number
  /** Its key, as far as it can be read; else its line. */
  item: string
  reason: string
  /** As it was sent. */
  raw: Uint8Array
}

/** Values that are not of their column's kind, and are stored in `extra`. */
export interface InvalidValues {
  column: string
  count: number
  example: string
}

/** Rows for which a computed column does not follow from the others. */
export interface Underived {
  column: string
  count: number
  /** One of them. */
  line: number
}

/** What is wrong with a file so far, and whether that is too much. */
export interface ErrorBudget {
  readonly bad: readonly BadRow[]
  readonly invalid: readonly InvalidValues[]
  readonly underived: readonly Underived[]
  /** @throws PayloadError where there are too many */
  addBad(row: BadRow, records: number): void
  /** @throws PayloadError where there are too many in a column that must be right */
  addInvalid(column: Column, text: string, records: number): void
  addUnderived(column: string, line: number): void
  /** The file is over. @throws PayloadError where too much of it was not what it should be */
  judge(records: number): void
}

/** So many rows of a file may be bad, or one in a hundred; with more, the file is. */
const allowed = 20
const allowedShare = 0.01
/** With so many, the rest of it need not be read. */
const stopReadingAt = 50 * allowed

const limitOf = (records: number): number => Math.max(allowed, records * allowedShare)

export function createErrorBudget(what: string): ErrorBudget {
  const bad: BadRow[] = []
  const invalid = new Map<string, InvalidValues & Pick<Column, 'kind' | 'required'>>()
  const underived = new Map<string, Underived>()

  function judge(records: number): void {
    for (const { column, kind, required, count, example } of invalid.values()) {
      if (!required || count <= limitOf(records)) continue
      throw new PayloadError(
        `The column ${column} of ${what} is not of type ${kind} any more: ${count} of ${records} rows have something else, e.g. ${quoted(example)}.`,
      )
    }
    const [first] = bad
    if (first && (bad.length > limitOf(records) || bad.length === records))
      throw new PayloadError(
        `${bad.length} of ${records} rows of ${what} cannot be read; the first, in line ${first.line}, ${first.reason}.`,
      )
  }

  return {
    bad,
    get invalid() {
      return [...invalid.values()].map(({ column, count, example }) => ({ column, count, example }))
    },
    get underived() {
      return [...underived.values()]
    },
    addBad(row, records) {
      bad.push(row)
      if (bad.length > stopReadingAt) judge(records)
    },
    addInvalid({ name, kind, required }, text, records) {
      const known = invalid.get(name) ?? { column: name, kind, required, count: 0, example: text.slice(0, 60) }
      known.count++
      invalid.set(name, known)
      if (required && known.count > stopReadingAt) judge(records)
    },
    addUnderived(column, line) {
      const known = underived.get(column) ?? { column, count: 0, line }
      known.count++
      underived.set(column, known)
    },
    judge,
  }
}

/** A value as a message shows it. */
export const quoted = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text)
