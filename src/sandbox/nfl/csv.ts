/** A value of a column; nothing is written for undefined, never `NA`. */
export type Value = string | number | undefined

/** A column's name and what stands in it. */
export type Column<T> = readonly [name: string, read: (row: T) => Value]

function written(value: Value): string {
  if (value === undefined) return ''
  if (typeof value === 'number') return String(value)
  return /[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}

/** One line without its end. */
export const csvLine = (values: readonly Value[]): string => values.map(written).join(',')

export const headerOf = <T>(columns: readonly Column<T>[]): string => csvLine(columns.map(([name]) => name))

export function rowOf<T>(columns: readonly Column<T>[], row: T): string {
  let line = ''
  for (const [, read] of columns) line += `,${written(read(row))}`
  return line.slice(1)
}
