import { PayloadError } from '../../core/errors.ts'
import { type Column, contentOf } from './columns.ts'
import type { CsvRecord } from './csv-scanner.ts'

/** A record that cannot be a row. */
export interface BadRow {
  line: number
  /** Its key, as far as it can be read; else its line. */
  item: string
  reason: string
  /** As it was sent. */
  raw: Uint8Array
}

/** Bad rows beyond those that are kept. */
export interface MoreBadRows {
  count: number
  /** The first of them. */
  line: number
  reason: string
}

/** So many bad rows are kept, and so many bytes of them: one in a hundred of a file may be any number. */
const [maxKept, maxKeptBytes] = [1_000, 8 * 1024 * 1024]

/** So many rows of a file may be bad, or one in a hundred; with more, the file is. */
const allowed = 20
const allowedShare = 0.01
/** With so many, the rest of it need not be read. */
const stopReadingAt = 50 * allowed

/** A key that is longer names nothing, and does not fit into an index. */
const maxNameLength = 200

const limitOf = (records: number): number => Math.max(allowed, records * allowedShare)

export type ErrorBudget = ReturnType<typeof createErrorBudget>

/** What is wrong with a file so far, and whether that is too much. */
export function createErrorBudget(what: string) {
  const bad: BadRow[] = []
  let badBytes = 0
  let more: MoreBadRows | undefined
  /** Columns with values that are not of their kind, and are stored in `extra`. */
  const invalid = new Map<string, Pick<Column, 'kind' | 'code' | 'required'> & { count: number; example: string }>()
  /** Computed columns that do not follow from the others in some rows, and the line of one of them. */
  const underived = new Map<string, { count: number; line: number }>()

  /** The file is over. @throws PayloadError where too much of it was not what it should be */
  function judge(records: number): void {
    for (const [column, { required, count, example, ...content }] of invalid) {
      if (!required || count <= limitOf(records)) continue
      throw new PayloadError(
        `The column ${column} of ${what} is not ${contentOf(content)} any more: ${count} of ${records} rows have something else, e.g. ${quoted(example)}.`,
      )
    }
    const [first] = bad
    const count = badCount()
    if (first && (count > limitOf(records) || count === records))
      throw new PayloadError(
        `${count} of ${records} rows of ${what} cannot be read; the first, in line ${first.line}, ${first.reason}.`,
      )
  }

  const badCount = (): number => bad.length + (more?.count ?? 0)

  return {
    /** The first of them. */
    bad: bad as readonly BadRow[],
    get moreBad(): MoreBadRows | undefined {
      return more
    },
    badCount,
    invalid: invalid as ReadonlyMap<string, { count: number; example: string }>,
    underived: underived as ReadonlyMap<string, { count: number; line: number }>,
    judge,
    /** @param key empty where it cannot be read; a long one is left out. @throws PayloadError where there are too many */
    addBad(
      { line, data, from, to }: Pick<CsvRecord, 'line' | 'data' | 'from' | 'to'>,
      key: string,
      reason: string,
      records: number,
    ): void {
      // In the order of the file: behind the first that is not kept, none is.
      if (more || bad.length === maxKept || (bad.length > 0 && badBytes + to - from > maxKeptBytes)) {
        more ??= { count: 0, line, reason }
        more.count++
      } else {
        const isName = key !== '' && key.length <= maxNameLength
        bad.push({ line, item: isName ? key : `line ${line}`, reason, raw: Uint8Array.prototype.slice.call(data, from, to) })
        badBytes += to - from
      }
      if (badCount() > stopReadingAt) judge(records)
    },
    /** @throws PayloadError where there are too many in a column that must be right */
    addInvalid({ name, kind, code, required }: Column, text: string, records: number): void {
      const known = invalid.get(name) ?? { kind, code, required, count: 0, example: text.slice(0, 60) }
      known.count++
      invalid.set(name, known)
      if (required && known.count > stopReadingAt) judge(records)
    },
    addUnderived(column: string, line: number): void {
      const known = underived.get(column) ?? { count: 0, line }
      known.count++
      underived.set(column, known)
    },
  }
}

/** A value as a message shows it. */
export const quoted = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text)
