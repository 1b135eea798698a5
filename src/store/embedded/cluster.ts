import { execFile } from 'node:child_process'
import { fchownSync, lchownSync, lstatSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { StoreError } from '../../core/errors.ts'
import { type Account, actAs, canReach, nameOf, programAs } from './account.ts'
import { type Binaries, isForeignBinary, noBinaries } from './binaries.ts'
import { damaged, toolFailed } from './failure.ts'
import { type Cluster, clusterIn, major, openCluster, openOwn, type Place } from './place.ts'
import { readPlainFile } from './plain-file.ts'
import { makeAtOnce, removeAbandoned } from './temporary.ts'

export const superuser = 'sports_ingest'
/** Part of the socket's name; nothing listens on a network. */
export const port = 5432

/** The named pipe that counts the clients of a server. */
export const pipeIn = (cluster: string): string => join(cluster, 'clients')

/**
 * The data directory as an argument for a program that is started in it. Its parent directories may be closed to the account that the
 * program runs as (/root, mode 0700), and Postgres takes no path of more than 1,023 bytes, or with a line break.
 */
export function dataArgument(directory: string, account: Account | undefined): string {
  if (process.platform === 'linux') return '/proc/self/cwd'
  if (!account || canReach(directory, account)) return directory
  throw new StoreError(`The embedded Postgres, which runs as user ${account.uid}, cannot reach ${directory}.`, {
    hint: 'Open its parent directories (chmod o+x), run as another user than root, or set DATABASE_URL.',
  })
}

/**
 * The database files, created if there are none yet. Safe for any number of processes at once.
 * @throws StoreError where the directory holds something else, or cannot take them
 */
export async function prepareCluster(place: Place, account: Account | undefined, binaries: Binaries): Promise<Cluster> {
  const { dataDir, path, owner, isOwners } = place
  await removeAbandoned(path, owner)
  const found = openCluster(place)
  if (found && checkVersion(found, dataDir)) {
    if (found.isRoots && found.account) {
      if (!isOwners) throw notGiven(clusterIn(dataDir), 0, found.account)
      give(`${found.path}/.`, clusterIn(dataDir), found.account)
    }
    return found
  }
  found?.close()
  refuseOlderClusters(place)
  await makeAtOnce(clusterIn(path), owner, async temporary => {
    using own = openOwn(temporary, owner)
    if (account) fchownSync(own.file, account.uid, account.gid)
    await runInitdb(binaries.initdb, own.path, dataDir, account)
  })
  const made = openCluster(place)
  if (!made) throw new StoreError(`${clusterIn(dataDir)} was removed while it was opened.`)
  return made
}

/** @returns false if there is no database yet */
function checkVersion({ path, account, isRoots }: Cluster, dataDir: string): boolean {
  const { found, names } = actAs(isRoots ? undefined : account, () => ({
    found: readPlainFile(join(path, 'PG_VERSION'))?.trim(),
    names: readdirSync(path),
  }))
  if (found === String(major)) return true
  if (names.length === 0) return false
  const isOther = /^\d{1,4}$/.test(found ?? '')
  if (!isOther && names.includes('pg_wal'))
    throw damaged(dataDir, `${join(clusterIn(dataDir), 'PG_VERSION')} ${found === undefined ? 'is missing' : 'has no version'}`)
  const other = isOther ? ` but one of Postgres ${found}` : ''
  throw new StoreError(`${clusterIn(dataDir)} is not a Postgres ${major} database${other}.`, {
    hint: 'Move it away, or set SPORTS_INGEST_DATA_DIR to another directory.',
  })
}

/** An empty database beside the old one would look like lost data. */
function refuseOlderClusters({ dataDir, path }: Place): void {
  const other = readdirSync(path).find(name => /^pgdata-\d+$/.test(name) && name !== basename(clusterIn(path)))
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
  await promisify(execFile)(initdb, args, { cwd: directory, ...programAs(account) }).catch(error => {
    if (isForeignBinary(error)) throw noBinaries(`${process.platform}-${process.arch} without glibc`, error)
    // The code is the system's where the program did not start.
    if (typeof error.code === 'string') throw error
    throw toolFailed('The embedded database could not be created', dataDir, `${error.stdout}\n${error.stderr}`)
  })
}

/**
 * Gives a directory of root's to the account, with all in it. The directory itself comes last: while it is root's, nobody else can put a
 * link in the place of something in it. A file with a second name may have that elsewhere, in a place that is not ours to give away.
 */
function give(directory: string, shown: string, account: Account): void {
  const { uid, mode } = lstatSync(directory)
  if (uid === account.uid) return
  if (uid !== 0 || mode & 0o022) throw notGiven(shown, uid, account)
  for (const name of readdirSync(directory)) {
    const [path, named] = [join(directory, name), join(shown, name)]
    const found = lstatSync(path)
    if (found.isDirectory()) give(path, named, account)
    else if (found.uid !== account.uid && !found.isSymbolicLink()) {
      if (found.uid !== 0 || found.nlink > 1) throw notGiven(named, found.uid, account)
      lchownSync(path, account.uid, account.gid)
    }
  }
  lchownSync(directory, account.uid, account.gid)
}

const notGiven = (path: string, uid: number, { uid: to, gid }: Account) =>
  new StoreError(
    `${path} belongs to ${nameOf(uid)}, or others can change it, so it is not given to the server, which runs as ${nameOf(to)}.`,
    {
      hint: `See what it is, and run chown -R ${to}:${gid} on the directory of the database.`,
    },
  )
