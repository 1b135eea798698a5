import { closeSync, constants, openSync, readSync } from 'node:fs'

const { O_NONBLOCK, O_RDONLY, O_WRONLY } = constants

/**
 * The clients of a server are counted by the kernel: each holds a named pipe open for writing, and the watcher that reads
 * it sees the end when the last of them has closed it or was killed. Nobody writes anything.
 * @returns the open file, or undefined where no watcher reads the pipe
 */
export function joinClients(pipe: string): number | undefined {
  try {
    return openSync(pipe, O_WRONLY | O_NONBLOCK)
  } catch (error) {
    if (['ENXIO', 'ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}

/** Whether a watcher reads the pipe now. */
export function isWatched(pipe: string): boolean {
  const file = joinClients(pipe)
  if (file !== undefined) closeSync(file)
  return file !== undefined
}

/** @returns whether this was the last client: reading a pipe without writers returns end of file, not EAGAIN */
export function leaveClients(pipe: string, file: number): boolean {
  const reader = openSync(pipe, O_RDONLY | O_NONBLOCK)
  closeSync(file)
  try {
    return readSync(reader, Buffer.alloc(1)) === 0
  } catch {
    return false
  } finally {
    closeSync(reader)
  }
}
