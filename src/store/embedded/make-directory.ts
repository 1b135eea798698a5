import { lstatSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes a directory and those above it, for this user alone whatever the umask is. Node's own `recursive` (24.21) never comes to an end
 * where the parent is there and the system still answers that there is no such directory, as below /proc.
 */
export function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const parent = dirname(path)
    if (code === 'EEXIST' && statSync(path, { throwIfNoEntry: false })?.isDirectory()) return
    if (code !== 'ENOENT' || parent === path || lstatSync(parent, { throwIfNoEntry: false })) throw error
    makeDirectory(parent)
    makeDirectory(path)
  }
}
