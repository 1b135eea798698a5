import type { Column, TextRow } from './read.ts'

/** Names of columns, as a line. */
export const csvHeader = (columns: readonly Column[]): string => `${columns.map(({ name }) => csvValue(name)).join(',')}\n`

/** Rows as lines of CSV, as COPY writes them: null is nothing, an empty text is `""`. */
export function csvLines(rows: readonly TextRow[]): string {
  let lines = ''
  for (const row of rows) {
    // A line with nothing but this is the end for a COPY that reads it.
    if (row.length === 1 && row[0]?.toString() === '\\.') lines += '"\\."'
    else for (const [i, value] of row.entries()) lines += `${i > 0 ? ',' : ''}${value === null ? '' : csvValue(value.toString())}`
    lines += '\n'
  }
  return lines
}

const csvValue = (text: string): string => (text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
