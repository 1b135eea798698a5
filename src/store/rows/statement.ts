import postgres, { type TransactionSql } from 'postgres'
import { IngestError, StoreError, UsageError } from '../../core/errors.ts'
import type { Database } from '../database.ts'
import { type ReadOptions, type ReadResult, readRows } from './read.ts'

export interface StatementOptions extends ReadOptions {
  /** Commits what it writes; without it the server refuses to write. */
  write: boolean
}

/** Errors of a statement that a person has written, with the character where the server found it, from 0. */
export class StatementError extends UsageError {
  readonly position: number | undefined

  constructor(
    message: string,
    { position, ...details }: { position: number | undefined; hint?: string | undefined; cause: unknown },
  ) {
    super(message, details)
    this.position = position
  }
}

/**
 * Runs one statement that a person has written, once, without a limit of time. Without `write` in a transaction that the server lets only
 * read, and that is rolled back; there a superuser has no more rights than to read all tables, because what functions and COPY do outside
 * of the tables would not be undone.
 * @throws StatementError for what the server says about it, StoreError where the connection is lost
 */
export async function runStatement(database: Database, text: string, options: StatementOptions): Promise<ReadResult> {
  checkStatement(text)
  const { write } = options
  let result: ReadResult | undefined
  let tried = false
  const work = async (tx: TransactionSql): Promise<void> => {
    // The commit may have reached the server before the connection was lost.
    if (tried) throw new StoreError(`${database.description} was lost; it is not known whether the statement was committed.`)
    tried = true
    try {
      await tx.unsafe(write ? writing : reading)
      result = await readRows(tx, text, options)
    } catch (error) {
      throw toStatementError(error, text, options, database)
    }
    if (!write) throw rolledBack
  }
  await database.transaction(work, write ? 'write' : 'read').catch(error => {
    if (error !== rolledBack) throw error
  })
  return result as ReadResult
}

const rolledBack = new (class extends IngestError {
  readonly recovery = 'stop'
})('The transaction has only read.')

/** People may wait for their statement, and may read its rows in a pager. */
const writing = `select set_config('statement_timeout', '0', true)`

/** The first query of the transaction: after it, none can make it write. */
const reading = `${writing}, set_config('idle_in_transaction_session_timeout', '0', true), set_config('row_security', 'off', true),
  case when (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then set_config('role', 'pg_read_all_data', true) end`

/** @throws UsageError for what cannot be run here */
function checkStatement(text: string): void {
  if (text.includes('\0')) throw new UsageError('The statement has a NUL character.')
  const start = skipComments(text)
  const [words = '', first = ''] = /^(\w+)(?:\s+\w+)?/.exec(start.toLowerCase()) ?? []
  if (start === '') throw new UsageError('The statement is empty.', { hint: 'See sports-ingest db query --help.' })
  if (first === 'copy')
    throw new UsageError('COPY does not run here.', { hint: 'Use sports-ingest export, or sports-ingest db psql.' })
  if (
    /^(begin|start|commit|end|rollback|abort|savepoint|release|prepare transaction)$/.test(first) ||
    /^prepare\s+transaction$/.test(words)
  )
    throw new UsageError(`${first.toUpperCase()} does not run here: a statement is a transaction by itself.`, {
      hint: 'Use sports-ingest db psql.',
    })
}

/** A statement from its first word on, without comments, which may be nested, and empty statements before it. */
function skipComments(text: string): string {
  const token = /[\s;]+|--[^\n\r]*|\/\*|\*\/|./sy
  let depth = 0
  for (let found = token.exec(text); found; found = token.exec(text)) {
    const [word] = found
    if (word === '/*') depth++
    else if (word === '*/' && depth > 0) depth--
    else if (depth === 0 && !/^([\s;]|--)/.test(word)) return text.slice(found.index)
  }
  return ''
}

function toStatementError(error: unknown, text: string, { write, signal }: StatementOptions, database: Database): unknown {
  if (signal.aborted || !(error instanceof postgres.PostgresError)) return database.toError(error)
  const { code, message, detail, severity } = error
  // About the server and the connection, not about the statement. 08P01: a parameter without its value.
  if (severity !== 'ERROR' || (/^(08|40|53|57|58|XX)/.test(code) && !['08P01', '57014'].includes(code)))
    return database.toError(error)
  const position = Number(error.position) > 0 ? Number(error.position) - 1 : undefined
  const place = position === undefined ? '' : ` (${placeOf(text, position)})`
  const said = `${message}${place}${detail ? `: ${detail.replace(/\.$/, '')}` : ''}`
  const hint = hintFor(code, message, write) ?? error.hint
  return new StatementError(`The statement failed: ${said}.`, { position, hint, cause: error })
}

/** The server counts code points. */
function placeOf(text: string, position: number): string {
  const lines = [...text].slice(0, position).join('').split('\n')
  return `line ${lines.length}, character ${[...(lines.at(-1) ?? '')].length + 1}`
}

function hintFor(code: string, message: string, write: boolean): string | undefined {
  if (message.includes('multiple commands')) return 'Run them one by one, or use sports-ingest db psql.'
  if (code === '08P01' || code === '42P02') return 'Write the values into the statement; there are no parameters.'
  if (message.includes('inside a transaction block')) return 'Use sports-ingest db psql.'
  if (code === '25006' || message.includes('read-write mode'))
    return write ? 'The server only reads: it may be a standby.' : 'db query only reads; to write, add --write.'
  if (code === '42P01') return 'sports-ingest export --list names the tables of rows.'
  if (code === '42501' && !write) return 'db query has only the right to read; to do more, add --write.'
  return undefined
}
