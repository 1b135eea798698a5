import {
  closeSync,
  constants,
  fchownSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { StoreError } from '../../core/errors.ts'
import { type Account, actAs, isRoot } from './account.ts'
import { findPackage, prepareBinaries } from './binaries.ts'
import { dataArgument, pipeIn, prepareCluster } from './cluster.ts'
import { type Cluster, openCluster, type Place, serverOf } from './place.ts'
import { forgetDeadPostmaster, readPostmaster } from './postmaster.ts'
import { adoptScript, serverScript, startWatcher, type Watcher } from './watcher.ts'

export type Launch = Awaited<ReturnType<typeof launchServer>>

const maxLogBytes = 4 * 1024 * 1024

/** Makes the database where there is none yet, and starts its server. @throws StoreError, ConfigError, or the system's error */
export async function launchServer(place: Place, packageDir: string | undefined) {
  const account = serverAccount(place)
  const binaries = await prepareBinaries(packageDir ?? findPackage(), place, account)
  const cluster = await prepareCluster(place, account, binaries)
  try {
    actAs(account, () => mendFiles(cluster))
    return await withLog(place, account, async logFile => {
      const from = fstatSync(logFile).size
      const script = serverScript(binaries.postgres, dataArgument(cluster.path, account))
      const watcher = await startWatcher(script, cluster.path, logFile, account)
      /** What Postgres has written to its log since. */
      const said = () => withOpenLog(place, account, file => readFrom(file, from))
      return { watcher, said }
    })
  } finally {
    cluster.close()
  }
}

/** Gives a server that runs without a watcher a new one; undefined where there is no such server. */
export async function adoptRunningServer(place: Place, { path, account }: Cluster): Promise<Watcher | undefined> {
  const pid = actAs(account, () => readPostmaster(path))
  if (pid === undefined) return undefined
  return await withLog(place, account, async logFile => await startWatcher(adoptScript(pid), path, logFile, account))
}

/** Postgres refuses to run as root: then it runs as the owner of the existing database, or of its directory, or else as `nobody`. */
function serverAccount(place: Place): Account | undefined {
  if (!isRoot()) return undefined
  const cluster = openCluster(place)
  cluster?.close()
  return cluster?.account ?? serverOf(place.owner)
}

/** Without these two the server does not start. All it needs of them are arguments of ours, and leave for whom its socket lets in. */
const settingsFiles = { 'postgresql.conf': '', 'pg_hba.conf': 'local all all trust\n' }

function mendFiles({ path }: Cluster): void {
  for (const [name, content] of Object.entries(settingsFiles)) {
    try {
      writeFileSync(join(path, name), content, { flag: 'wx', mode: 0o600 })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
  forgetDeadPostmaster(path)
  // A copied or restored directory may hold an ordinary file in its place.
  const pipe = lstatSync(pipeIn(path), { throwIfNoEntry: false })
  if (pipe && !pipe.isFIFO()) rmSync(pipeIn(path), { recursive: true })
}

async function withLog<T>(place: Place, account: Account | undefined, work: (file: number) => Promise<T>): Promise<T> {
  const file = openLog(place, account)
  try {
    return await work(file)
  } finally {
    closeSync(file)
  }
}

function withOpenLog<T>(place: Place, account: Account | undefined, work: (file: number) => T): T {
  const file = openLog(place, account)
  try {
    return work(file)
  } finally {
    closeSync(file)
  }
}

/** The file that the server writes to, emptied when it has grown. A link in its place, or a file that has another name elsewhere, is not touched. */
function openLog({ dataDir, path, owner }: Place, account: Account | undefined): number {
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDWR } = constants
  const how = O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK
  const openAs = (who: Account | undefined) => actAs(who, () => openSync(join(path, 'postgres.log'), how, 0o600))
  let file: number
  try {
    file = openAs(owner)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (['ELOOP', 'ENXIO', 'EISDIR'].includes(code)) throw noLog(dataDir)
    if (code !== 'EACCES' || !owner) throw error
    // It is the server's, to which root has given it, or somebody else's.
    try {
      file = openAs(account)
    } catch (cause) {
      throw (cause as NodeJS.ErrnoException).code === 'EACCES' ? noLog(dataDir) : cause
    }
  }
  try {
    const found = fstatSync(file)
    const { uid, nlink, size } = found
    // Where root works with all its rights, only root has put anything.
    const isOurs = isRoot() ? !owner || uid === owner.uid || uid === account?.uid : uid === process.geteuid?.()
    if (!found.isFile() || nlink > 1 || !isOurs) throw noLog(dataDir)
    if (size > maxLogBytes) ftruncateSync(file)
    if (account && !owner && uid !== account.uid) fchownSync(file, account.uid, account.gid)
    return file
  } catch (error) {
    closeSync(file)
    throw error
  }
}

const noLog = (dataDir: string) =>
  new StoreError(`${join(dataDir, 'postgres.log')} is a link, or not a file of this program's.`, {
    hint: 'See what it is and who made it, and remove it.',
  })

function readFrom(file: number, from: number): string {
  const bytes = Buffer.alloc(Math.max(0, Math.min(fstatSync(file).size - from, maxLogBytes)))
  return bytes.toString('utf8', 0, readSync(file, bytes, 0, bytes.length, from))
}
