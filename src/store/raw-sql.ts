import type { ISql, Sql } from 'postgres'
import type { Database } from './database.ts'
import type { Listen } from './listen.ts'

type Rows = Record<string, unknown>[]

/** A value as the server reads its text, whatever type it finds for it: postgres.js would encode a text for a JSON parameter once more. */
class Raw {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  toString(): string {
    return this.text
  }

  toJSON(): unknown {
    return JSON.parse(this.text)
  }
}

function toParameter(value: unknown): unknown {
  if (typeof value === 'string') return new Raw(value)
  if (Array.isArray(value)) return new Raw(arrayText(value))
  if (value === undefined) return null
  return value !== null && typeof value === 'object' && !(value instanceof Date) ? new Raw(JSON.stringify(value)) : value
}

/** `{"a","b"}` */
function arrayText(values: readonly unknown[]): string {
  const elements = values.map(value =>
    value === null || value === undefined ? 'null' : `"${String(value).replaceAll(/[\\"]/g, '\\$&')}"`,
  )
  return `{${elements.join(',')}}`
}

async function execute(sql: ISql, text: string, values: readonly unknown[] = []): Promise<Rows> {
  const result: unknown[] = await (sql as Sql).unsafe(text, values.map(toParameter) as never[])
  // Of several statements, the rows of all.
  return (result.some(Array.isArray) ? result.flat() : [...result]) as Rows
}

/** Statements that a library wraps in a transaction of its own: where one of them failed, the connection would stay in it. */
const ownTransaction = /^\s*BEGIN;(.*)COMMIT;?\s*$/s

/** A statement of a library, with its `$1`, `$2`, … and its own way with errors: they stay as the server sent them. */
export function rawSql(database: Database, listen: Listen | undefined) {
  const plainly = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (error) {
      const { cause } = error as Error
      throw cause instanceof Error && 'code' in cause ? cause : error
    }
  }
  return {
    execute: (text: string, values?: readonly unknown[]): Promise<Rows> => {
      const [, within] = ownTransaction.exec(text) ?? []
      return plainly(
        within === undefined
          ? database.run(sql => execute(sql, text, values))
          : database.transaction(tx => execute(tx, within, values)),
      )
    },
    transaction: <T>(work: (run: (text: string, values?: readonly unknown[]) => Promise<Rows>) => Promise<T>): Promise<T> =>
      plainly(database.transaction(tx => work((text, values) => execute(tx, text, values)))),
    listen,
  }
}
