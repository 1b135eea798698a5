import { closeSync, fchownSync, fstatSync, ftruncateSync, openSync, readFileSync } from 'node:fs'
import { lstat, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Account, serverAccount } from './account.ts'
import { findPackage, prepareBinaries } from './binaries.ts'
import { clusterIn, dataArgument, pipeIn, prepareCluster } from './cluster.ts'
import { makeDirectory } from './make-directory.ts'
import { forgetDeadPostmaster, readPostmaster } from './postmaster.ts'
import { adoptScript, serverScript, startWatcher, type Watcher } from './watcher.ts'

export type Launch = Awaited<ReturnType<typeof launchServer>>

const maxLogBytes = 4 * 1024 * 1024

/** Makes the database where there is none yet, and starts its server. @throws StoreError, ConfigError, or the system's error */
export async function launchServer(dataDir: string, packageDir: string | undefined) {
  const cluster = clusterIn(dataDir)
  const account = await serverAccount(cluster)
  await makeDirectory(dataDir)
  const binaries = await prepareBinaries(packageDir ?? findPackage(), dataDir, account)
  await prepareCluster(dataDir, account, binaries)
  await forgetDeadPostmaster(cluster)
  // A copied or restored directory may hold an ordinary file in its place.
  const pipe = await lstat(pipeIn(cluster)).catch(() => undefined)
  if (pipe && !pipe.isFIFO()) await rm(pipeIn(cluster), { recursive: true })
  return await withLog(dataDir, account, async logFile => {
    const from = fstatSync(logFile).size
    const script = serverScript(binaries.postgres, dataArgument(cluster, account))
    const watcher = await startWatcher(script, cluster, logFile, account)
    /** What Postgres has written to its log since. */
    const said = () => readFileSync(logIn(dataDir)).subarray(from).toString()
    return { watcher, said }
  })
}

/** Gives a server that runs without a watcher a new one; undefined where there is no such server. */
export async function adoptRunningServer(dataDir: string): Promise<Watcher | undefined> {
  const cluster = clusterIn(dataDir)
  const pid = await readPostmaster(cluster)
  if (pid === undefined) return undefined
  const account = await serverAccount(cluster)
  return await withLog(dataDir, account, async logFile => await startWatcher(adoptScript(pid), cluster, logFile, account))
}

const logIn = (dataDir: string): string => join(dataDir, 'postgres.log')

async function withLog<T>(dataDir: string, account: Account | undefined, work: (file: number) => Promise<T>): Promise<T> {
  const file = openSync(logIn(dataDir), 'a+', 0o600)
  try {
    if (fstatSync(file).size > maxLogBytes) ftruncateSync(file)
    if (account) fchownSync(file, account.uid, account.gid)
    return await work(file)
  } finally {
    closeSync(file)
  }
}
