import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Account, actAs, programAs } from './account.ts'
import type { Cluster } from './place.ts'
import { readPlainFile } from './plain-file.ts'
import { isAlive } from './temporary.ts'

/** Where a server has written its process id, so that no second one starts. It removes them when it ends by itself. */
const lockFiles = ['postmaster.pid', '.s.PGSQL.5432.lock']

/** The process id the server of a cluster has written down. */
export const readPostmaster = (cluster: string): number | undefined => pidIn(readPlainFile(join(cluster, 'postmaster.pid')))

/** Undefined for what a power cut has left: nothing, or zeros. Negative is the number of a server that works for one user. */
function pidIn(content: string | undefined): number | undefined {
  const pid = Math.abs(Number(/^(-?\d{1,9})(\n|$)/.exec(content ?? '')?.[1]))
  return pid > 0 ? pid : undefined
}

/** Whether a process is a server of this cluster: it works in its directory. Elsewhere than on Linux, any server may be. */
export function isPostmaster(pid: number, cluster: string): boolean {
  if (!isAlive(pid)) return false
  if (process.platform !== 'linux')
    return /(^|\/)postgres/.test(
      spawnSync('ps', ['-o', 'comm=', '-p', String(pid)], programAs(undefined)).stdout?.toString() ?? '',
    )
  try {
    const [cwd, own] = [statSync(`/proc/${pid}/cwd`), statSync(cluster)]
    return cwd.ino === own.ino && cwd.dev === own.dev && readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'postgres'
  } catch {
    return false
  }
}

/**
 * Tells a server to stop, or to end at once, with the rights of its own account: the number comes from a file that this account can
 * change.
 */
export function stopServer(pid: number, account: Account | undefined, signal: 'INT' | 'QUIT' = 'INT'): void {
  const args = ['-c', 'kill -"$1" "$2"', 'sh', signal, String(pid)]
  if (account) spawnSync('/bin/sh', args, { ...programAs(account), cwd: '/', stdio: 'ignore' })
  else process.kill(pid, `SIG${signal}`)
}

/** Ends the server of a cluster at once, as a power cut would: it recovers when it starts again. */
export function endServer({ path, account }: Cluster): void {
  const pid = actAs(account, () => readPostmaster(path))
  if (pid !== undefined && actAs(account, () => isPostmaster(pid, path))) stopServer(pid, account, 'QUIT')
}

/**
 * Removes what a server that is gone has left, and what would keep every other from starting. Postgres does so itself where it can see
 * that the process is gone. It cannot where another process has that number now, as after a reboot or in a restarted container, or where
 * the file lost its content in a power cut. Nobody answers on the socket when this is called.
 */
export function forgetDeadPostmaster(cluster: string): void {
  for (const name of lockFiles) {
    const file = join(cluster, name)
    const content = readPlainFile(file)
    if (content === undefined) continue
    const pid = pidIn(content)
    const isServed = pid === undefined ? hasServer(cluster) : !isAlive(pid) || isPostmaster(pid, cluster)
    if (!isServed) remove(file, content)
  }
}

/** Whether any server process works in a cluster, as far as can be seen. */
const hasServer = (cluster: string): boolean =>
  process.platform === 'linux' && readdirSync('/proc').some(name => /^\d+$/.test(name) && isPostmaster(Number(name), cluster))

function remove(file: string, content: string): void {
  const aside = `${file}.${process.pid}`
  try {
    renameSync(file, aside)
  } catch (error) {
    // It was shutting down during the check and has removed its file itself, or another process was faster.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  // Otherwise a server has started in between, and this is its file.
  if (readPlainFile(aside) === content) rmSync(aside, { recursive: true })
  else renameSync(aside, file)
}
