import { closeSync, openSync } from 'node:fs'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A unix socket's path has 108 bytes with the final zero on Linux, 104 on macOS. */
const maxBytes = 103

/** Whether any program can connect to a socket by its own path. */
export const isShort = (directory: string, socket: string): boolean => Buffer.byteLength(join(directory, socket)) <= maxBytes

export type ShortPath = Awaited<ReturnType<typeof shortPathTo>>

/**
 * Another name for a directory where its own is too long for the sockets in it. Only this process uses it, so nothing has
 * to agree on a place: on Linux an open file's entry in /proc, elsewhere a link in a directory of our own.
 */
export async function shortPathTo(directory: string, socket: string, platform: string = process.platform) {
  if (isShort(directory, socket)) return { directory, release: async () => {} }
  if (platform === 'linux') {
    const file = openSync(directory, 'r')
    return { directory: `/proc/self/fd/${file}`, release: async () => closeSync(file) }
  }
  const parent = await mkdtemp(join(tmpdir(), 'si-'))
  await symlink(directory, join(parent, 'd'))
  return { directory: join(parent, 'd'), release: async () => await rm(parent, { recursive: true, force: true }) }
}
