import { ConfigError, CredentialsError, IngestError, RowError, StoreError } from '../core/errors.ts'

const passingCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'ENOTFOUND', // while a name moves to another server
  'ENOENT', // the socket of a server that is starting
  'CONNECT_TIMEOUT',
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  '25006', // read_only_sql_transaction: a standby that is being promoted
  '25P03', // idle_in_transaction_session_timeout
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '53300', // too_many_connections
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  '57P05', // idle_session_timeout
])

const codeOf = (error: unknown): string => String((error as { code?: unknown })?.code ?? '')

/** Whether the same statement may succeed on a new connection, a moment later. */
export const isPassing = (error: unknown): boolean => passingCodes.has(codeOf(error)) || /^08/.test(codeOf(error))

/**
 * Turns a driver's error into one for the operator. IngestErrors pass through.
 * @param attempts how often it was tried, where it was more than once
 */
export function toStoreError(error: unknown, database: string, attempts = 1): Error {
  if (error instanceof IngestError || !(error instanceof Error)) return error as Error
  const code = codeOf(error)
  if (!code) return error
  const name = database.slice(0, 1).toUpperCase() + database.slice(1)
  const told = (hint: string) => ({ hint, cause: error })
  if (code === '28P01' || code === '28000')
    return new CredentialsError(`${name} rejects the user or password.`, told('Check DATABASE_URL.'))
  if (code === '42501') return new ConfigError(`${name} does not allow this: ${error.message}.`, told(rightFor(error.message)))
  if (code === '53100') {
    const message = `The disk under ${database} is full; nothing of this step was committed.`
    return new StoreError(message, told('Free some space and run it again.'))
  }
  if (code === '3D000')
    return new StoreError(`There is no such database: ${database}.`, told('Create it, or correct DATABASE_URL.'))
  if (isPassing(error) || /^E[A-Z]+$/.test(code)) {
    // Some socket errors have an empty message (AggregateError of several addresses): then the code is used.
    const reason = error.message.split('\n')[0] || code
    const times = attempts > 1 ? `, ${attempts} times` : ''
    return new StoreError(`${name} cannot be reached (${reason})${times}.`, told('Is it running, and is DATABASE_URL right?'))
  }
  // Data exceptions, integrity constraint violations and a value too long for an index are about the row, not about the server.
  const Class = /^2[23]|^54000$/.test(code) ? RowError : StoreError
  return new Class(`${name} failed: ${error.message}.`, { cause: error })
}

/** What to grant, by what Postgres has denied. */
function rightFor(said: string): string {
  if (said.includes('create database')) return 'Grant the user in DATABASE_URL the right: ALTER ROLE … CREATEDB.'
  if (said.includes('for schema')) return 'Grant the user in DATABASE_URL the right: GRANT USAGE, CREATE ON SCHEMA public TO ….'
  return 'The user in DATABASE_URL must own the tables, or be granted this right.'
}
