import { UsageError } from '../core/errors.ts'
import { visible, visibleJson } from '../core/visible.ts'
import { csvHeader, csvLines } from '../store/rows/csv.ts'
import { jsonOf } from '../store/rows/json.ts'
import type { Column, ReadResult, TextRow } from '../store/rows/read.ts'
import { createRowTable } from './row-table.ts'

/** Turns rows that come in batches into a text, piece by piece. */
export interface RowWriter {
  rows(rows: readonly TextRow[], columns: readonly Column[]): string
  end(result: ReadResult): string
}

/** @param terminal the width of the terminal; undefined where the output is none */
export function tableWriter(terminal: number | undefined): RowWriter {
  let table: ReturnType<typeof createRowTable> | undefined
  const tableOf = (columns: readonly Column[]) => {
    table ??= createRowTable(columns, terminal)
    return table
  }
  return {
    rows: (given, columns) => tableOf(columns).add(given),
    end: ({ columns, command, count }) =>
      columns.length === 0
        ? `${tagOf(command, count)}\n`
        : `${tableOf(columns).end()}(${count} ${count === 1 ? 'row' : 'rows'})\n`,
  }
}

/** @param isTerminal what would drive it is escaped */
export function csvWriter(isTerminal: boolean): RowWriter {
  let begun = false
  const shown = (text: string) => (isTerminal ? text.split('\n').map(visible).join('\n') : text)
  const rows: RowWriter['rows'] = (given, columns) => {
    const header = begun ? '' : csvHeader(columns)
    begun = true
    return shown(header + csvLines(given))
  }
  return { rows, end: ({ columns }) => (begun || columns.length === 0 ? '' : rows([], columns)) }
}

/** An array of objects, laid out as JSON.stringify does; of a statement without rows, what it did. */
export function jsonWriter(): RowWriter {
  let fields: Field[] | undefined
  return {
    rows: (given, columns) => {
      let text = fields ? '' : '['
      let first = fields === undefined
      fields ??= fieldsOf(columns)
      for (const row of given) {
        text += `${first ? '' : ','}\n  {`
        first = false
        for (const [i, value] of row.entries()) {
          const { name, json } = fields[i] as Field
          text += `${i > 0 ? ',' : ''}\n    ${name}: ${value === null ? 'null' : json(value.toString())}`
        }
        text += '\n  }'
      }
      return visibleJson(text)
    },
    end: ({ columns, command, count }) => {
      if (fields) return '\n]\n'
      if (columns.length > 0) return '[]\n'
      return `${JSON.stringify({ command, count }, null, 2)}\n`
    },
  }
}

/** An object on each line. */
export function ndjsonWriter(): RowWriter {
  let fields: Field[] | undefined
  return {
    rows: (given, columns) => {
      fields ??= fieldsOf(columns)
      let text = ''
      for (const row of given) {
        for (const [i, value] of row.entries()) {
          const { name, json } = fields[i] as Field
          text += `${i > 0 ? ',' : '{'}${name}:${value === null ? 'null' : json(value.toString())}`
        }
        text += '}\n'
      }
      return visibleJson(text)
    },
    end: () => '',
  }
}

interface Field {
  /** As JSON. */
  name: string
  json(text: string): string
}

/** @throws UsageError for names that an object cannot have twice */
function fieldsOf(columns: readonly Column[]): Field[] {
  const twice = columns.find(({ name }, i) => columns.findIndex(other => other.name === name) < i)
  if (twice)
    throw new UsageError(`Two columns are called ${twice.name}, which JSON cannot have.`, {
      hint: 'Name one of them otherwise: AS, or use --csv.',
    })
  return columns.map(({ name, type }) => ({ name: JSON.stringify(name), json: jsonOf(type) }))
}

/** As psql prints it: `UPDATE 3`, `INSERT 0 3`. */
const tagOf = (command: string, count: number): string =>
  /^(INSERT|UPDATE|DELETE|MERGE|SELECT)$/.test(command) ? `${command}${command === 'INSERT' ? ' 0' : ''} ${count}` : command
