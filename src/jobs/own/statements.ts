import postgres, { type TransactionSql } from 'postgres'
import { OwnJobError } from '../../core/errors.ts'
import { placeIn, type SqlStatement, splitStatements } from '../../core/sql-statements.ts'
import { noRows, type RowCounts } from '../../pipeline/receipt.ts'
import { readRows } from '../../store/rows/read.ts'

/** They would end the transaction, or begin another one. */
const ofTransactions = ['begin', 'start', 'commit', 'end', 'rollback', 'abort', 'savepoint', 'release']

const oneTransaction = 'The statements of a job are one transaction, which is committed with its run.'

/**
 * The statements of a text.
 * @param name what the text is called in messages
 * @throws OwnJobError for one that cannot run in the transaction of its job
 */
export function parseStatements(text: string, name: string): SqlStatement[] {
  const statements = splitStatements(text)
  if (text.includes('\0')) throw new OwnJobError(`${name} has a NUL character.`)
  if (statements.length === 0) throw new OwnJobError(`${name} has no statement.`)
  for (const { text: statement, start, words } of statements) {
    const [first = '', second = ''] = words
    const where = `${name}, ${placeIn(text, start)}`
    if (statement.startsWith('\\'))
      throw new OwnJobError(`${where}: ${statement.split(/\s/)[0]} is a command of psql, not a statement.`, {
        hint: 'To use it, start psql in a job with run: exec.',
      })
    if (ofTransactions.includes(first) || (first === 'prepare' && second === 'transaction'))
      throw new OwnJobError(`${where}: ${first.toUpperCase()} does not run here.`, { hint: `${oneTransaction} Leave it out.` })
    if (first === 'copy' && words.some(word => word === 'stdin' || word === 'stdout'))
      throw new OwnJobError(`${where}: COPY from or to this program does not run here.`, {
        hint: 'To use it, start psql in a job with run: exec.',
      })
  }
  return statements
}

export interface StatementsOptions {
  /** The whole text, for places in it. */
  text: string
  name: string
  /** Cancels the statement that runs. */
  signal: AbortSignal
  /** Gets what each statement has come to: `INSERT 3`. */
  onDone(done: string): void
}

/**
 * Runs statements in the caller's transaction, one after the other.
 * @returns the rows that they have written
 * @throws OwnJobError for what the server says about one, the driver's error for what it says about the connection, the signal's reason
 */
export async function runStatements(
  tx: TransactionSql,
  statements: readonly SqlStatement[],
  { text, name, signal, onDone }: StatementsOptions,
): Promise<RowCounts> {
  const rows = noRows()
  const before = await transactionOf(tx)
  for (const statement of statements) {
    try {
      const { command, count } = await readRows(tx, statement.text, { signal, onRows: async () => {} })
      onDone(/^(select|insert|update|delete|merge|copy)$/i.test(command) ? `${command} ${count}` : command)
      if (command === 'INSERT') rows.inserted += count
      if (command === 'UPDATE' || command === 'MERGE') rows.updated += count
      if (command === 'DELETE') rows.deleted += count
    } catch (error) {
      signal.throwIfAborted()
      throw toOwnError(error, statement, { text, name })
    }
  }
  // No way is known to end it from within; if there were one, its end would not be that of the run.
  if ((await transactionOf(tx)) !== before) throw new OwnJobError(`${name} has ended its transaction.`, { hint: oneTransaction })
  if (await isReadOnly(tx))
    throw new OwnJobError(`${name} has made its transaction read-only, so that the end of its run cannot be written.`, {
      hint: 'Leave out SET TRANSACTION READ ONLY.',
    })
  return rows
}

async function isReadOnly(tx: TransactionSql): Promise<boolean> {
  const [row] = await tx<{ setting: string }[]>`select current_setting('transaction_read_only') as setting`
  return row?.setting === 'on'
}

async function transactionOf(tx: TransactionSql): Promise<string> {
  const [row] = await tx<{ id: string }[]>`select pg_current_xact_id()::text as id`
  return (row as { id: string }).id
}

function toOwnError(
  error: unknown,
  { text: own, start }: SqlStatement,
  { text, name }: Pick<StatementsOptions, 'text' | 'name'>,
) {
  if (!(error instanceof postgres.PostgresError)) return error
  const { code, message, detail, severity, position } = error
  // About the connection, or a conflict with another transaction: the database decides whether it is tried again.
  if (severity !== 'ERROR' || (/^(08|40|53|57|58|XX)/.test(code) && !['08P01', '57014'].includes(code))) return error
  // The server counts code points of the statement.
  const at = position === undefined ? start : start + [...own].slice(0, Number(position) - 1).join('').length
  return new OwnJobError(`${name}, ${placeIn(text, at)}: ${message}${detail ? `: ${detail.replace(/\.$/, '')}` : ''}.`, {
    hint: code === '25001' ? `${oneTransaction} To run it, start psql in a job with run: exec.` : (error.hint ?? undefined),
    cause: error,
  })
}
