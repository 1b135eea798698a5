import { closeSync, constants, fstatSync, mkdtempSync, openSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type Account, actAs, isRoot } from './account.ts'

/**
 * Makes a directory all at once: `fill` works in a temporary sibling, which then gets the name. Of several processes
 * that do so together one wins, and the others discard what they made.
 * @param owner as whom: see Place
 */
export async function makeAtOnce(
  path: string,
  owner: Account | undefined,
  fill: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = actAs(owner, () => mkdtempSync(`${path}.new-${process.pid}-`))
  try {
    await fill(temporary)
    actAs(owner, () => renameSync(temporary, path))
  } catch (error) {
    await removeTree(temporary, owner, 3)
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
}

/**
 * Removes the temporary siblings that killed processes left in a directory. Their child may still be at work there and
 * notice only now; what cannot be removed this time is no reason to fail.
 */
export async function removeAbandoned(directory: string, owner: Account | undefined): Promise<void> {
  for (const name of await readdir(directory)) {
    const pid = makerOf(name)
    if (Number.isNaN(pid) || isAlive(pid)) continue
    await removeTree(join(directory, name), owner, 8).catch(() => {})
  }
}

async function removeTree(path: string, owner: Account | undefined, maxRetries: number): Promise<void> {
  const how = { recursive: true, force: true, maxRetries, retryDelay: 20 }
  if (!isRoot()) return await rm(path, how)
  const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants
  const file = actAs(owner, () => openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW))
  try {
    const { uid, gid } = fstatSync(file)
    const inside = process.platform === 'linux' ? `/proc/self/fd/${file}` : path
    // Whose directory it is can change what is in it while it is removed.
    actAs(uid === 0 ? undefined : { uid, gid }, () => {
      for (const name of readdirSync(inside)) rmSync(join(inside, name), how)
    })
    actAs(owner, () => rmdirSync(path))
  } finally {
    closeSync(file)
  }
}

/** Whether a living process makes this directory now: a hint that saves work, nothing to rely on. */
export async function isBeingMade(path: string): Promise<boolean> {
  const names = await readdir(dirname(path)).catch(() => [])
  return names.some(name => name.startsWith(`${basename(path)}.new-`) && isAlive(makerOf(name)))
}

const makerOf = (name: string): number => Number(/\.new-(\d+)-\w{6}$/.exec(name)?.[1])

/** Whether there is such a process, ours or not. */
export function isAlive(pid: number): boolean {
  if (!(pid > 0)) return false
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
