import { mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/**
 * Makes a directory all at once: `fill` works in a temporary sibling, which then gets the name. Of several processes
 * that do so together one wins, and the others discard what they made.
 */
export async function makeAtOnce(path: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = await mkdtemp(`${path}.new-${process.pid}-`)
  try {
    await fill(temporary)
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { recursive: true, force: true, maxRetries: 3 })
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
}

/**
 * Removes the temporary siblings that killed processes left in a directory. Their child may still be at work there and
 * notice only now; what cannot be removed this time is no reason to fail.
 */
export async function removeAbandoned(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const pid = makerOf(name)
    if (Number.isNaN(pid) || isAlive(pid)) continue
    await rm(join(directory, name), { recursive: true, force: true, maxRetries: 8, retryDelay: 20 }).catch(() => {})
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
