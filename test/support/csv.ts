type Value = string | number | undefined

/** A record by its columns. */
export type CsvRow = Readonly<Record<string, Value>>

const quoted = (value: Value): string => {
  const written = String(value ?? '')
  return /[",\r\n]/.test(written) ? `"${written.replaceAll('"', '""')}"` : written
}

/** The file that has these records; its columns are those that any of them has, where they are not named. */
export function csv(records: readonly CsvRow[], columns = [...new Set(records.flatMap(record => Object.keys(record)))]): string {
  const lines = [columns, ...records.map(record => columns.map(name => record[name]))]
  return lines.map(values => `${values.map(quoted).join(',')}\n`).join('')
}
