import { existsSync, lstatSync } from 'node:fs'
import { join } from 'node:path'
import { whoControls } from '../../core/control.ts'
import { ConfigError, IngestError, StoreError } from '../../core/errors.ts'
import { isRoot, nameOf } from './account.ts'
import { clusterIn } from './place.ts'

const elsewhere = 'set SPORTS_INGEST_DATA_DIR to another directory, or DATABASE_URL to a Postgres server'

/** Turns a failed system call, or the output of Postgres, into an error for the operator. IngestErrors pass through. */
export function toDataDirectoryError(error: unknown, dataDir: string): unknown {
  if (!(error instanceof Error) || error instanceof IngestError || error.name === 'AbortError') return error
  const code = (error as NodeJS.ErrnoException).code ?? codeIn(error.message)
  const { syscall = '' } = error as NodeJS.ErrnoException
  if (isRoot() && /^(spawn|chown|lchown|fchown|set)/.test(syscall) && /^(EPERM|EINVAL)$/.test(code ?? ''))
    return new StoreError(`Postgres does not run as root, and ${dataDir} cannot be given to another user here (${code}).`, {
      hint: 'Run as another user than root, or set DATABASE_URL.',
      cause: error,
    })
  if (!/^E[A-Z]+$/.test(code ?? '')) return error
  const meaning = meanings[code as string] ?? { what: `cannot be used (${code})`, remedy: `Repair it, or ${elsewhere}.` }
  const { what, remedy } = meaning === denied ? { ...denied, remedy: `${whyDenied(dataDir)}${denied.remedy}` } : meaning
  return new StoreError(`The data directory ${dataDir} ${what}.`, { hint: remedy, cause: error })
}

export const logOf = (dataDir: string): string => join(dataDir, 'postgres.log')

const linesOf = (output: string): Error => new Error(output.trim().split('\n').slice(-20).join('\n'))

/** The server of a data directory did not start. @param output what it has written to its log */
export function notStarted(dataDir: string, output: string): Error {
  const said = saidIn(output)
    .replace(/^(FATAL|PANIC): +/, '')
    .replaceAll('/proc/self/cwd', clusterIn(dataDir))
  const isDamage = damage.test(said) && !noDamage.test(said) && !codeIn(output)
  return isDamage ? damaged(dataDir, said, linesOf(output)) : toolFailed('The embedded database did not start', dataDir, output)
}

const damage =
  /could not (access|find|load|locate|open|read|stat)|does not exist|incompatible|incorrect|invalid|contains errors|corrupt|missing|unexpected/
const noDamage = /allocate memory|[Pp]ermission|ownership|Too many open files/

/** A tool of Postgres failed. Its output goes to `cause`: it is long, and in Postgres' own words. */
export function toolFailed(what: string, dataDir: string, output: string): Error {
  const cause = linesOf(output)
  const known = toDataDirectoryError(cause, dataDir)
  if (known instanceof StoreError) return known
  if (output.includes('could not look up effective user ID'))
    return new ConfigError('The account this runs as has no entry in /etc/passwd, and Postgres needs one.', {
      hint: 'Add it, run as another account, or set DATABASE_URL.',
      cause,
    })
  const words = saidIn(output)
  const said = words ? `Postgres says: ${words}. ` : ''
  const log = existsSync(logOf(dataDir)) ? `Its log is ${logOf(dataDir)}; otherwise ` : 'Repair it, or '
  return new StoreError(`${what} in ${dataDir}.`, { hint: `${said}${log}${elsewhere}.`, cause })
}

/** Why it failed, with its detail; without its final point. */
function saidIn(output: string): string {
  const lines = output.split('\n')
  const at = lines.findLastIndex(line => /(FATAL|PANIC|ERROR|error): +(?! |the database system is )/.test(line))
  // Before it has read its settings it writes no such words.
  if (at < 0)
    return (
      /^postgres: (.*)/ms
        .exec(output)?.[1]
        ?.trim()
        .replaceAll(/\s*\n\s*/g, ' ') ?? ''
    )
  const [line = '', next = ''] = lines.slice(at)
  const detail = /DETAIL: +(.*?)\.?$/.exec(next)?.[1]
  return line.replace(/^.*?((FATAL|PANIC|ERROR|error):)/, '$1').trim() + (detail ? `: ${detail}` : '')
}

/** A failure of a server of one's own, as the driver has it. */
interface ServerError extends Error {
  code?: string
  severity?: string
  detail?: string
}

/** What a server says only where its files are damaged, as by a power cut; undefined for other errors. */
export function toDamage(error: unknown, dataDir: string): Error | undefined {
  if (!(error instanceof Error)) return undefined
  const { code = '', severity, message, detail } = error as ServerError
  if (!severity || /^(08|25|40|53|57)/.test(code)) return undefined
  const said = detail ? `${message}: ${detail.replace(/\.$/, '')}` : message
  // Somebody has dropped it.
  if (code === '3D000' && !detail && !message.includes('"postgres"')) return undefined
  if (codeIn(said)) return toDataDirectoryError(new Error(said, { cause: error }), dataDir) as Error
  // It lets nobody in, or names a file or directory of its own.
  const isDamage = severity !== 'ERROR' || /^XX00[12]$/.test(code) || (/^58/.test(code) && /"(base|global|pg_\w+)\b/.test(said))
  return isDamage ? damaged(dataDir, said, error) : undefined
}

/** Some files of the database are lost, or are not what they were. */
export function damaged(dataDir: string, said: string, cause?: unknown): Error {
  const settings = /\b(postgresql(\.auto)?|pg_hba)\.conf\b/.exec(said)?.[0]
  const remedy = settings
    ? `Correct ${settings}, or remove it: the server works without it`
    : 'Restore a backup of it, or move it away: the next command makes a new one, and schedule backfill loads the history again'
  return new StoreError(`The data directory ${dataDir} is damaged (${said}).`, {
    hint: `${remedy}. The log of its server is ${logOf(dataDir)}.`,
    cause,
  })
}

/** Whose the directory is, or what keeps root from using it with all its rights. */
function whyDenied(dataDir: string): string {
  const me = process.geteuid?.()
  try {
    const { others, open, there, found } = whoControls(dataDir)
    if (isRoot() && others[0]) return `Root uses it with the rights of ${nameOf(others[0].uid)} only, who can replace it. `
    if (isRoot() && open[0])
      return `Root uses it with the rights of nobody only, because others can change ${open[0]}: chmod go-w. `
    const cluster = ownerOf(clusterIn(dataDir))
    if (cluster !== undefined && cluster !== me) return `${clusterIn(dataDir)} belongs to ${nameOf(cluster)}. `
    return found.uid === me ? '' : `${there} belongs to ${nameOf(found.uid)}. `
  } catch {
    return ''
  }
}

function ownerOf(path: string): number | undefined {
  try {
    return lstatSync(path).uid
  } catch {
    return undefined
  }
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
  ENAMETOOLONG: { what: 'has a path that is too long', remedy: `${elsewhere.slice(0, 1).toUpperCase()}${elsewhere.slice(1)}.` },
  ENOTDIR: notDirectory,
  EEXIST: notDirectory,
}

/** Postgres says these in words. */
function codeIn(output: string): string | undefined {
  if (/No space left on device|Disk quota exceeded/.test(output)) return 'ENOSPC'
  if (output.includes('Read-only file system')) return 'EROFS'
  return undefined
}
