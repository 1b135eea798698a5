import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants

/**
 * The clients of a server are counted by the kernel: each holds a named pipe open for writing, and the watcher that reads
 * it sees the end when the last of them has closed it or was killed. Nobody writes anything.
 * @returns the open file, or undefined where no watcher reads the pipe
 */
export const joinClients = (pipe: string): number | undefined => openPipe(pipe, O_WRONLY)

/** Whether a watcher reads the pipe now. */
export function isWatched(pipe: string): boolean {
  const file = joinClients(pipe)
  if (file !== undefined) closeSync(file)
  return file !== undefined
}

/** @returns whether this was the last client: reading a pipe without writers returns end of file, not EAGAIN */
export function leaveClients(pipe: string, file: number): boolean {
  const reader = openPipe(pipe, O_RDONLY)
  closeSync(file)
  if (reader === undefined) return false
  try {
    return readSync(reader, Buffer.alloc(1)) === 0
  } catch {
    return false
  } finally {
    closeSync(reader)
  }
}

/** Undefined where nobody is at the other end, or something else has the name: nothing but a pipe is read or written. */
function openPipe(path: string, how: number): number | undefined {
  let file: number
  try {
    file = openSync(path, how | O_NONBLOCK | O_NOFOLLOW)
  } catch (error) {
    if (['ENXIO', 'ENOENT', 'ENOTDIR', 'ELOOP', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
  if (fstatSync(file).isFIFO()) return file
  closeSync(file)
  return undefined
}
