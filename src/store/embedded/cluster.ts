import { execFile } from 'node:child_process'
import { chown, lstat, readdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { StoreError } from '../../core/errors.ts'
import { type Account, canReach } from './account.ts'
import { type Binaries, isForeignBinary, noBinaries } from './binaries.ts'
import { toolFailed } from './failure.ts'
import { makeAtOnce, removeAbandoned } from './temporary.ts'

export const major = 18
export const superuser = 'sports_ingest'
/** Part of the socket's name; nothing listens on a network. */
export const port = 5432

/** The directory of the database files in a data directory. */
export const clusterIn = (dataDir: string): string => join(dataDir, `pgdata-${major}`)

/** The named pipe that counts the clients of a server. */
export const pipeIn = (cluster: string): string => join(cluster, 'clients')

/** The environment of Postgres' programs: without variables that change what they do (PGDATA, TZ, LD_PRELOAD, …). */
export const toolEnvironment = (): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
  LANG: 'C',
  TZ: 'UTC',
})

/**
 * The data directory as an argument for a program that runs as another account. Its parent directories may be closed to that account
 * (/root, mode 0700): the program is started in the directory, before it drops root's rights, and refers to it as its working directory.
 */
export function dataArgument(directory: string, account: Account | undefined): string {
  if (!account) return directory
  if (process.platform === 'linux') return '/proc/self/cwd'
  if (canReach(directory, account)) return directory
  throw new StoreError(`The embedded Postgres, which runs as user ${account.uid}, cannot reach ${directory}.`, {
    hint: 'Open its parent directories (chmod o+x), run as another user than root, or set DATABASE_URL.',
  })
}

/**
 * Creates the database files if there are none yet. Safe for any number of processes at once.
 * @throws StoreError where the directory holds something else, or cannot take them
 */
export async function prepareCluster(dataDir: string, account: Account | undefined, binaries: Binaries): Promise<void> {
  const cluster = clusterIn(dataDir)
  await removeAbandoned(dataDir)
  if (!(await checkVersion(cluster))) {
    await refuseOlderClusters(dataDir)
    await makeAtOnce(cluster, async temporary => {
      if (account) await chown(temporary, account.uid, account.gid)
      await runInitdb(binaries.initdb, temporary, dataDir, account)
    })
  }
  if (account) await giveTo(account, cluster)
}

/** @returns false if there is no database yet */
async function checkVersion(cluster: string): Promise<boolean> {
  const found = await readFile(join(cluster, 'PG_VERSION'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (found?.trim() === String(major)) return true
  const empty = (await readdir(cluster).catch(() => [])).length === 0
  if (found === undefined && empty) return false
  throw new StoreError(`${cluster} is not a Postgres ${major} database${found ? ` but one of Postgres ${found.trim()}` : ''}.`, {
    hint: 'Move it away, or set SPORTS_INGEST_DATA_DIR to another directory.',
  })
}

/** An empty database beside the old one would look like lost data. */
async function refuseOlderClusters(dataDir: string): Promise<void> {
  const other = (await readdir(dataDir)).find(name => /^pgdata-\d+$/.test(name) && name !== basename(clusterIn(dataDir)))
  if (!other) return
  throw new StoreError(`${dataDir} holds a database of Postgres ${other.slice(7)}; this version works with ${major}.`, {
    hint: `Move ${other} away to load everything again, or serve it yourself and set DATABASE_URL.`,
  })
}

// Files are synced: 60 ms on an SSD, and a power cut in the first minute costs nothing.
async function runInitdb(initdb: string, directory: string, dataDir: string, account: Account | undefined): Promise<void> {
  const locale = process.platform === 'darwin' ? ['--locale=C'] : ['--locale=C.UTF-8']
  const access = ['--auth-local=trust', '--auth-host=reject', '--username', superuser]
  const args = ['--pgdata', dataArgument(directory, account), '--encoding=UTF8', ...locale, ...access]
  await promisify(execFile)(initdb, args, { cwd: directory, ...account, env: toolEnvironment() }).catch(error => {
    if (isForeignBinary(error)) throw noBinaries(`${process.platform}-${process.arch} without glibc`, error)
    // The code is the system's where the program did not start.
    if (typeof error.code === 'string') throw error
    throw toolFailed('The embedded database could not be created', dataDir, `${error.stdout}\n${error.stderr}`)
  })
}

/** Files restored or copied by root belong to root. */
async function giveTo(account: Account, cluster: string): Promise<void> {
  if ((await stat(cluster)).uid === account.uid) return
  for (const name of await readdir(cluster, { recursive: true })) {
    const path = join(cluster, name)
    if (!(await lstat(path)).isSymbolicLink()) await chown(path, account.uid, account.gid)
  }
  await chown(cluster, account.uid, account.gid)
}
