import { readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isAlive } from './temporary.ts'

/** The process id the server of a cluster has written down; it removes the file when it ends by itself. */
export async function readPostmaster(cluster: string): Promise<number | undefined> {
  const content = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '')
  return Number(content.split('\n')[0]) || undefined
}

/** Whether a process is the server of this cluster: it works in its directory. Where /proc is missing, any process may be. */
export async function isPostmaster(pid: number, cluster: string): Promise<boolean> {
  if (!isAlive(pid)) return false
  if (process.platform !== 'linux') return true
  const [cwd, own] = await Promise.all([stat(`/proc/${pid}/cwd`).catch(() => undefined), stat(cluster)])
  return cwd?.ino === own.ino && cwd.dev === own.dev
}

/**
 * Removes the process id of a server that is gone. Postgres does so itself, unless another process has that number now, as
 * after a reboot or in a restarted container: then it would refuse to start for ever.
 */
export async function forgetDeadPostmaster(cluster: string): Promise<void> {
  const pid = await readPostmaster(cluster)
  if (pid === undefined || !isAlive(pid) || (await isPostmaster(pid, cluster))) return
  const file = join(cluster, 'postmaster.pid')
  const aside = join(cluster, `postmaster.pid.${process.pid}`)
  // It was shutting down during the check and has removed its file itself, or another process was faster.
  if (!(await rename(file, aside).then(() => true, isGone))) return
  const moved = Number((await readFile(aside, 'utf8')).split('\n')[0])
  // A server has started in between, and this is its file.
  if (moved !== pid) await rename(aside, file)
  else await rm(aside)
}

/** @throws the error, where it says anything but that there is no such file */
function isGone(error: NodeJS.ErrnoException): false {
  if (error.code !== 'ENOENT') throw error
  return false
}
