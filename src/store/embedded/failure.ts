import { ConfigError, IngestError, StoreError } from '../../core/errors.ts'

const elsewhere = 'set SPORTS_INGEST_DATA_DIR to another directory, or DATABASE_URL to a Postgres server'

/** Turns a failed system call, or the output of Postgres, into an error for the operator. IngestErrors pass through. */
export function toDataDirectoryError(error: unknown, dataDir: string): unknown {
  if (!(error instanceof Error) || error instanceof IngestError || error.name === 'AbortError') return error
  const code = (error as NodeJS.ErrnoException).code ?? codeIn(error.message)
  const { syscall = '' } = error as NodeJS.ErrnoException
  if (process.getuid?.() === 0 && /^(spawn|chown|fchown)/.test(syscall) && /^(EPERM|EINVAL)$/.test(code ?? ''))
    return new StoreError(`Postgres does not run as root, and ${dataDir} cannot be given to another user here (${code}).`, {
      hint: 'Run as another user than root, or set DATABASE_URL.',
      cause: error,
    })
  if (!/^E[A-Z]+$/.test(code ?? '')) return error
  const { what, remedy } = meanings[code as string] ?? { what: `cannot be used (${code})`, remedy: `Repair it, or ${elsewhere}.` }
  return new StoreError(`The data directory ${dataDir} ${what}.`, { hint: remedy, cause: error })
}

/** A tool of Postgres failed. Its output goes to `cause`: it is long, and in Postgres' own words. */
export function toolFailed(what: string, dataDir: string, output: string): Error {
  const cause = new Error(output.trim().split('\n').slice(-20).join('\n'))
  const known = toDataDirectoryError(cause, dataDir)
  if (known instanceof StoreError) return known
  if (output.includes('could not look up effective user ID'))
    return new ConfigError('The account this runs as has no entry in /etc/passwd, and Postgres needs one.', {
      hint: 'Add it, run as another account, or set DATABASE_URL.',
      cause,
    })
  return new StoreError(`${what} in ${dataDir}.`, { hint: `Its log is ${dataDir}/postgres.log; otherwise ${elsewhere}.`, cause })
}

const denied = {
  what: 'cannot be used by this account (permission denied)',
  remedy: `Give the account access to it and all in it, or ${elsewhere}.`,
}
const full = { what: 'is on a full disk', remedy: `Free some space, or ${elsewhere}.` }
const notDirectory = { what: 'is not a directory, or lies below a file', remedy: `Move the file away, or ${elsewhere}.` }

const meanings: Record<string, { what: string; remedy: string }> = {
  EACCES: denied,
  EPERM: denied,
  EROFS: { what: 'is on a read-only file system', remedy: `Mount it writable, or ${elsewhere}.` },
  ENOSPC: full,
  EDQUOT: full,
  ENOENT: { what: 'cannot be created there', remedy: `${elsewhere.slice(0, 1).toUpperCase()}${elsewhere.slice(1)}.` },
  ENOTDIR: notDirectory,
  EEXIST: notDirectory,
}

/** Postgres says these in words. */
function codeIn(output: string): string | undefined {
  if (/No space left on device|Disk quota exceeded/.test(output)) return 'ENOSPC'
  if (output.includes('Read-only file system')) return 'EROFS'
  return undefined
}
