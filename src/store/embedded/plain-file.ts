import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants
const maxBytes = 8192

/**
 * The beginning of a small file: undefined where there is none, empty where something else has its name. No link is followed, and no
 * pipe is waited for.
 */
export function readPlainFile(path: string): string | undefined {
  let file: number
  try {
    file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    if (code === 'ELOOP' || code === 'ENXIO') return ''
    throw error
  }
  try {
    if (!fstatSync(file).isFile()) return ''
    const bytes = Buffer.alloc(maxBytes)
    return bytes.toString('utf8', 0, readSync(file, bytes))
  } finally {
    closeSync(file)
  }
}
