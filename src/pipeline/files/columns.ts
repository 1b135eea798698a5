import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core'
import { BugError } from '../../core/errors.ts'
import type { ColumnKind } from './encode-value.ts'

/** What a column is called in files of another generation. */
export type OtherName = string | { name: string; negate: true }

/** Reads fields of the record at hand by the file's names; empty where there is none. */
export type ReadField = (name: string) => string

/** How a kind of file fills a table. Columns are found by their names in the header, whatever their order. */
export interface FileShape {
  table: PgTable
  /** Columns called otherwise in some files: by their name in the table. */
  otherNames?: Readonly<Record<string, readonly OtherName[]>>
  /** A file without one of these, or with something else in it, is not what it should be. Keys always are. */
  required: readonly string[]
  /** Columns that no file has, and what follows for them from others. */
  computed?: Readonly<Record<string, (field: ReadField) => string | undefined>>
  /** Columns of codes: what is stored for one, by the file's season; undefined for one that nobody knows. */
  codes?: Readonly<Record<string, (code: string, season: string) => string | undefined>>
  /** What stands for a key that is empty. */
  orElse?: Readonly<Record<string, (field: ReadField) => string | undefined>>
  /**
   * Of several rows with one key the one with the greatest value here counts. Where that does not decide, the greater hash does, and the
   * other row is kept in the `extra` of that one: the order of the file says nothing.
   */
  newestBy?: string
}

export interface Column {
  name: string
  kind: ColumnKind
  required: boolean
  isKey: boolean
  notNull: boolean
  /** Its text names something, as `espn_id` does. */
  isId: boolean
  /** Of a code: what is stored for it. */
  code: ((code: string, season: string) => string | undefined) | undefined
  /** It follows from others. */
  isComputed: boolean
  /** Its names in files, best first. */
  names: readonly { name: string; negate: boolean }[]
}

/** What is filled in behind the columns, in this order. */
export const filledColumns = ['extra', 'provider', 'provider_id', 'row_hash', 'created_at', 'updated_at'] as const

const kinds: Record<string, ColumnKind> = {
  text: 'text',
  integer: 'integer',
  'double precision': 'double',
  date: 'date',
  boolean: 'boolean',
  jsonb: 'json',
  'timestamp with time zone': 'instant',
}

/** What a column holds, for messages: `is not …`. */
export const contentOf = ({ kind, code }: Pick<Column, 'kind' | 'code'>): string => (code ? 'a known code' : `of type ${kind}`)

/**
 * The columns of a table that come from the file or follow from it, in the order of the table.
 * @throws BugError for a column of a type no file fills
 */
export function columnsOf({ table, otherNames = {}, required, computed = {}, codes = {} }: FileShape): Column[] {
  const { name, columns, primaryKeys } = getTableConfig(table)
  const keys = primaryKeys.flatMap(key => key.columns.map(column => column.name))
  const own = columns.filter(column => !(filledColumns as readonly string[]).includes(column.name))
  return own.map(column => {
    const kind = kinds[column.getSQLType()]
    if (!kind) throw new BugError(`No file fills a column of type ${column.getSQLType()} (${name}.${column.name}).`)
    const isKey = keys.includes(column.name)
    const others = (otherNames[column.name] ?? []).map(other =>
      typeof other === 'string' ? { name: other, negate: false } : other,
    )
    return {
      name: column.name,
      kind,
      isKey,
      required: !(column.name in computed) && (isKey || required.includes(column.name)),
      notNull: column.notNull,
      isId: kind === 'text' && /(^|_)id$/.test(column.name),
      code: codes[column.name],
      isComputed: column.name in computed,
      names: column.name in computed ? [] : [{ name: column.name, negate: false }, ...others],
    }
  })
}
