/** A value of a column; nothing is written for undefined, never `NA`. */
export type Value = string | number | undefined

/** A column's name and what stands in it. */
export type Column<T> = readonly [name: string, read: (row: T) => Value]

const written = (value: Value): Value =>
  typeof value === 'string' && /[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value

/** One line without its end. */
export const csvLine = (values: readonly Value[]): string => values.map(written).join(',')

export const headerOf = <T>(columns: readonly Column<T>[]): string => csvLine(columns.map(([name]) => name))

export function rowOf<T>(columns: readonly Column<T>[], row: T): string {
  // By index, and joined at the end, which leaves a place empty for undefined: a season has two million of these values.
  const cells = new Array<Value>(columns.length)
  for (let at = 0; at < columns.length; at++) cells[at] = written((columns[at] as Column<T>)[1](row))
  return cells.join(',')
}
