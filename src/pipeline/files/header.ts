import { PayloadError } from '../../core/errors.ts'
import type { Column } from './columns.ts'
import { type CsvRecord, fieldText } from './csv-scanner.ts'

/** A column that a row's line takes from the file, or from a function. */
export interface Step {
  /** Its number in the table. */
  column: number
  /** Its field in the file; -1 where it is computed. */
  place: number
  negate: boolean
  /** What stands behind it: a tab, and the columns after it that the file does not have. */
  behind: Buffer
}

/** How the lines of a file are made, by its header. */
export interface Layout {
  names: readonly string[]
  placeOf: ReadonlyMap<string, number>
  /** The columns before the first step that the file does not have. */
  before: Buffer
  steps: readonly Step[]
  /** Fields that nobody declared. */
  unknown: readonly number[]
}

const nothing = '\\N\t'

/** @throws PayloadError where a column is lacking that must be there, or is there twice */
export function readHeader(record: CsvRecord, columns: readonly Column[], what: string): Layout {
  const names = readNames(record, what)
  const placeOf = new Map(names.map((name, i) => [name, i]))
  const found = columns.map(column => column.names.find(({ name }) => placeOf.has(name)))
  const lacking = columns.filter((column, i) => !column.isComputed && !found[i] && (column.required || column.notNull))
  if (lacking.length > 0) throw lacksColumns(what, lacking, names)
  let before = ''
  const steps: (Omit<Step, 'behind'> & { behind: string })[] = []
  columns.forEach(({ isComputed }, column) => {
    const name = found[column]
    const last = steps.at(-1)
    if (name || isComputed) {
      const place = name ? (placeOf.get(name.name) as number) : -1
      steps.push({ column, place, negate: name?.negate ?? false, behind: '\t' })
    } else if (last) last.behind += nothing
    else before += nothing
  })
  const used = new Set(steps.map(({ place }) => place))
  return {
    names,
    placeOf,
    before: Buffer.from(before),
    steps: steps.map(step => ({ ...step, behind: Buffer.from(step.behind) })),
    // Wherever they stand in the file, a row's `extra` is the same text.
    unknown: names
      .flatMap((name, i) => (used.has(i) ? [] : [{ name, i }]))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ i }) => i),
  }
}

/**
 * The names of the columns. One without a name is called by its place: `column 7`.
 * @throws PayloadError where the record is no header, or has a name twice
 */
export function readNames(record: CsvRecord, what: string): string[] {
  if (record.problem !== undefined) throw new PayloadError(`The header of the file ${what} ${record.problem}.`)
  const names = Array.from({ length: record.count }, (_, i) => fieldText(record, i).trim() || `column ${i + 1}`)
  const seen = new Set<string>()
  const twice = names.find(name => seen.size === seen.add(name).size)
  if (twice !== undefined) throw new PayloadError(`The file ${what} has two columns called ${twice}.`)
  return names
}

function lacksColumns(what: string, lacking: readonly Column[], names: readonly string[]): PayloadError {
  const [first] = lacking
  const others = lacking.length > 1 ? ` and ${lacking.length - 1} others` : ''
  return new PayloadError(`The file ${what} lacks the column ${first?.name}${others}.`, {
    hint: `Its columns may have been renamed; it begins with ${names.slice(0, 6).join(', ').slice(0, 120)}.`,
  })
}
