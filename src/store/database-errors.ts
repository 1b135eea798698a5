import { ConfigError, CredentialsError, IngestError, RowError, StoreError } from '../core/errors.ts'
import { noFit } from './hosts.ts'
import { noTls } from './socket.ts'

interface Rule {
  /** Of the code, a space and the first line of the message. A pooler has few codes (08P01, XX000), and says the rest in words. */
  when: RegExp
  Class: typeof StoreError | typeof ConfigError | typeof CredentialsError
  /** Follows the name of the database; `said` is the message. */
  tells: (said: string) => string
  hint: string | ((said: string) => string)
  /** The same statement may succeed on a new connection, a moment later. */
  passing?: true
  /** Earlier it would fail again. */
  waitMs?: number
  /** There may be a connection once another one has ended. */
  scarce?: true
}

const refusedSetting: Rule = {
  when: /^(42704 unrecognized configuration parameter|22023 .*\bfor parameter "|(42501|55P02) .*\bparameter ")/,
  Class: ConfigError,
  tells: said => `does not take a setting (${said})`,
  hint: 'Correct options in DATABASE_URL.',
}

/** What a server, a pooler or TLS may say, and what to do then; the first that fits counts. */
const rules: Rule[] = [
  {
    when: /server login (failed|has been failing)|server_login_retry|cannot connect to server|server conn crashed/,
    Class: StoreError,
    tells: said => `is behind a pooler that cannot log in to the server (${said})`,
    hint: 'Check the server, and the users and databases in the settings of the pooler.',
    passing: true,
    // For 15 s by default (server_login_retry) PgBouncer does not try again, and refuses whoever asks: three attempts take longer.
    waitMs: 8_000,
  },
  {
    when: /unsupported startup parameter/,
    Class: ConfigError,
    tells: said => `is behind a pooler that refuses a setting (${said})`,
    hint: 'Take it out of DATABASE_URL, or add it to ignore_startup_parameters of the pooler.',
  },
  {
    when: /statement pooling mode/,
    Class: ConfigError,
    tells: said => `is behind a pooler that does not allow transactions (${said})`,
    hint: 'Set its pool_mode to transaction or session.',
  },
  {
    when: /^53300 |no more connections allowed|query_wait_timeout|max client|remaining connection slots|check ?out.*connection|connection from the pool/i,
    Class: StoreError,
    tells: said => `has no connection free (${said})`,
    hint: 'Run fewer programs at once, or raise the limit: max_connections, CONNECTION LIMIT of the role or database, the size of the pool.',
    passing: true,
    scarce: true,
  },
  {
    when: /, (no encryption|SSL off)$|\b(SSL|TLS)\b.*\brequired|requires? (SSL|TLS)|sslmode=require|is insecure/i,
    Class: ConfigError,
    tells: said => `does not accept connections without TLS (${said})`,
    hint: 'Set sslmode=require in DATABASE_URL; where the server has no TLS, allow this host and user in pg_hba.conf.',
  },
  {
    // In the language of the server, which may also say in it that there is no encryption.
    when: /^28000 .*pg_hba\.conf/,
    Class: ConfigError,
    tells: said => `does not accept connections from this host for this user and database (${said})`,
    hint: 'Allow them in pg_hba.conf of the server, or in the list of addresses of its provider; if it demands TLS, set sslmode=require.',
  },
  {
    when: /client certificate|certificate required|^28000 certificate authentication failed/,
    Class: CredentialsError,
    tells: said => `demands a client certificate of this user (${said})`,
    hint: 'Set sslcert and sslkey in DATABASE_URL.',
  },
  {
    when: /^28000 .*\b(Peer|Ident)\b/i,
    Class: CredentialsError,
    tells: said => `does not accept this account of the system as that user (${said})`,
    hint: 'Name a host and a password in DATABASE_URL, or run as the account of that name.',
  },
  {
    when: /not permitted to log in/,
    Class: CredentialsError,
    tells: said => `does not let this user log in (${said})`,
    hint: 'Change the role: ALTER ROLE … LOGIN.',
  },
  {
    when: /^28(P01|000) |no such user|user not found|(SASL|password) authentication failed|auth failed|empty password/,
    Class: CredentialsError,
    tells: () => 'rejects the user or password',
    hint: 'Check DATABASE_URL.',
  },
  {
    when: /^25006 |^0A000 .* during recovery$/,
    Class: StoreError,
    tells: said => `is read-only (${said})`,
    hint: 'It is a standby or was set read-only. Name the primary in DATABASE_URL; of several hosts target_session_attrs=read-write finds it.',
    passing: true, // a standby may be promoted
  },
  {
    when: new RegExp(`^${noFit} `),
    Class: StoreError,
    tells: said => `has no host that fits (${said})`,
    hint: 'Wait until one does, or correct the hosts and target_session_attrs in DATABASE_URL.',
    passing: true,
  },
  {
    when: /^40(001|P01) /,
    Class: StoreError,
    tells: said => `rolled back a transaction that conflicted with another (${said})`,
    hint: 'Nothing of it was committed. Run it again.',
    passing: true,
  },
  {
    when: /^57P03 /,
    Class: StoreError,
    tells: said => `accepts no connections now (${said})`,
    hint: 'Wait until it does, and run it again.',
    passing: true,
  },
  {
    when: /^(57P0[125]|25P0[34]) /, // shut down, crashed, idle for too long, a transaction that took too long
    Class: StoreError,
    tells: said => `ended the connection (${said})`,
    hint: 'What was not committed was rolled back. Run it again.',
    passing: true,
  },
  {
    when: /^57014 .*statement timeout/,
    Class: StoreError,
    tells: said => `ended a statement that took too long (${said})`,
    hint: 'Raise database.query_timeout.',
  },
  refusedSetting,
  {
    when: /^42501 /,
    Class: ConfigError,
    tells: said => `does not allow this: ${said}`,
    hint: rightFor,
  },
  {
    when: /^0A000 /,
    Class: ConfigError,
    tells: said => `does not support what this program needs: ${said}`,
    hint: 'DATABASE_URL must name a PostgreSQL server, version 14 to 18.',
  },
  {
    when: new RegExp(`^${noTls} `),
    Class: ConfigError,
    tells: () => 'does not offer TLS, which sslmode in DATABASE_URL demands',
    hint: 'Turn ssl on in the server, or set sslmode=prefer to go without it.',
  },
  {
    when: /^ERR_TLS_CERT_ALTNAME_INVALID /,
    Class: ConfigError,
    tells: said => `has a certificate for another host (${said})`,
    hint: 'Name the host in DATABASE_URL as the certificate does, or set sslmode=verify-ca, which does not compare names.',
  },
  {
    when: /^CERT_(HAS_EXPIRED|NOT_YET_VALID) /,
    Class: ConfigError,
    tells: said => `has a certificate that is not valid now (${said})`,
    hint: 'Renew the certificate of the server, and check the clock of this host.',
  },
  {
    when: /^(\w*SELF_SIGNED_CERT\w*|UNABLE_TO_(GET|VERIFY)\w*|CERT_\w+|INVALID_(CA|PURPOSE)) /,
    Class: ConfigError,
    tells: said => `has a certificate that cannot be verified (${said})`,
    hint: 'Name the file with the certificate of its authority in sslrootcert, or set sslmode=require, which verifies nothing.',
  },
  {
    when: /^(EPROTO|ERR_SSL_\w+|ERR_TLS_\w+) /,
    Class: ConfigError,
    tells: said => `failed to set up TLS (${said})`,
    hint: 'Check sslmode, sslcert and sslkey in DATABASE_URL, and which versions of TLS the server speaks.',
  },
]

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
])

const codeOf = (error: unknown): string => String((error as { code?: unknown })?.code ?? '')

/** What postgres.js (3.4.9) only gives a code for. */
const words: Record<string, string> = {
  CONNECT_TIMEOUT: 'no answer in time from',
  CONNECTION_CLOSED: 'the connection was closed by',
  CONNECTION_ENDED: 'the connection was ended to',
  CONNECTION_DESTROYED: 'the connection was ended to',
}

/** The first line. Some errors have an empty message (AggregateError of several addresses), and OpenSSL's begin with places in its source. */
export function saidBy(error: Error): string {
  const { reason } = error as { reason?: unknown }
  if (typeof reason === 'string' && reason) return reason
  const line = error.message.split('\n')[0] || codeOf(error)
  return line.replace(/^write (CONNECT\w+) /, (all, code: string) => (words[code] ? `${words[code]} ` : all))
}

/** Data exceptions, integrity constraint violations and a value too long for an index are about the row, not about the server. */
const isAboutRow = (code: string) => /^2[23]|^54000$/.test(code)

function ruleFor(error: unknown): Rule | undefined {
  const code = codeOf(error)
  if (!(error instanceof Error) || !code) return undefined
  const text = `${code} ${saidBy(error)}`
  if (isAboutRow(code)) return refusedSetting.when.test(text) ? refusedSetting : undefined
  return rules.find(({ when }) => when.test(text))
}

/** Whether the same statement may succeed on a new connection, a moment later. */
export function isPassing(error: unknown): boolean {
  const rule = ruleFor(error)
  return rule ? rule.passing === true : passingCodes.has(codeOf(error)) || (/^08/.test(codeOf(error)) && !isMissing(error))
}

/** Whether two transactions were in each other's way, and one of them is to be repeated. */
export const isConflict = (error: unknown): boolean => ['40001', '40P01'].includes(codeOf(error))

/** How long to wait at least before it is tried again. */
export const leastWaitMs = (error: unknown): number => ruleFor(error)?.waitMs ?? 0

/** Whether the server or a pooler allows no more connections now. */
export const isScarcity = (error: unknown): boolean => ruleFor(error)?.scarce === true

/**
 * Turns a driver's error into one for the operator. IngestErrors pass through.
 * @param attempts how often it was tried, where it was more than once
 * @param log of the embedded server, of which no DATABASE_URL says anything
 */
export function toStoreError(error: unknown, database: string, attempts = 1, log?: string): Error {
  if (error instanceof IngestError || !(error instanceof Error)) return error as Error
  const code = codeOf(error)
  if (!code) return error
  const name = database.slice(0, 1).toUpperCase() + database.slice(1)
  const times = attempts > 1 ? `, ${attempts} times` : ''
  const said = saidBy(error)
  const ownHint = log && `The log of its server is ${log}.`
  const told = (hint: string) => ({ hint: ownHint && hint.includes('DATABASE_URL') ? ownHint : hint, cause: error })
  const rule = ruleFor(error)
  if (rule) {
    const hint = typeof rule.hint === 'string' ? rule.hint : rule.hint(said)
    return new rule.Class(`${name} ${rule.tells(said)}${times}.`, told(hint))
  }
  if (code === '53100') {
    const message = `The disk under ${database} is full; nothing of this step was committed.`
    return new StoreError(message, told('Free some space and run it again.'))
  }
  if (isMissing(error))
    return new StoreError(
      `There is no such database: ${database}.`,
      told(log ? 'The next command makes it again.' : 'Create it, or correct DATABASE_URL.'),
    )
  if (isPassing(error) || /^E[A-Z]+$/.test(code))
    return new StoreError(
      `${name} cannot be reached (${said})${times}.`,
      told('Is it running, and is its address right (DATABASE_URL, or database.url in the settings)?'),
    )
  const Class = isAboutRow(code) ? RowError : StoreError
  return new Class(`${name} failed: ${error.message}.`, { hint: Class === StoreError ? ownHint : undefined, cause: error })
}

/** As the server says it, and PgBouncer. */
const isMissing = (error: unknown) =>
  codeOf(error) === '3D000' || /^no such database|^database ".*" does not exist$/.test((error as Error).message)

/** What to grant, by what Postgres has denied. */
function rightFor(said: string): string {
  if (said.includes('create database')) return 'Grant the user in DATABASE_URL the right: ALTER ROLE … CREATEDB.'
  if (said.includes('for schema')) return 'Grant the user in DATABASE_URL the right: GRANT USAGE, CREATE ON SCHEMA public TO ….'
  if (said.includes('temporary tables')) return 'Grant the user in DATABASE_URL the right: GRANT TEMPORARY ON DATABASE … TO ….'
  if (said.includes('for database')) return 'Grant the user in DATABASE_URL the right: GRANT CONNECT ON DATABASE … TO ….'
  return 'The user in DATABASE_URL must own the tables, or be granted this right.'
}
