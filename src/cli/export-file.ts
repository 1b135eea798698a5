import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import { lstat, mkdir, open, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { whoControls } from '../core/control.ts'
import { UsageError } from '../core/errors.ts'

/** A file that gets its name once it is complete. */
export interface ExportFile {
  write(piece: string | Uint8Array): Promise<void>
  /** All of it is on the disk, under a temporary name. */
  finish(): Promise<void>
  /** Gives it its name, in place of the file that was there. */
  publish(): Promise<void>
  /** Removes what is there of it; nothing once it has its name. */
  discard(): Promise<void>
}

/** Where each of the files goes. @throws UsageError where a directory is needed and there is none */
export async function placeFiles(out: string, names: readonly string[]): Promise<string[]> {
  const found = await stat(out).catch(() => undefined)
  const isDirectory = found?.isDirectory() || (!found && (names.length > 1 || out.endsWith('/')))
  if (!isDirectory) {
    if (names.length > 1) throw new UsageError(`${out} is not a directory.`, { hint: 'Several datasets are written into one.' })
    return [out]
  }
  await mkdir(out, { recursive: true }).catch(error => {
    throw cannotWrite(out, error)
  })
  return names.map(name => join(out, name))
}

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants
const hasOpenFiles = process.platform === 'linux'

/**
 * What is neither a file nor missing, such as a pipe or /dev/null, is written to as it is. Whoever can make links in the directory may at
 * any moment make one that leads to any file: no link is followed but one that nobody else can replace.
 */
export async function createExportFile(path: string): Promise<ExportFile> {
  const directory = openDirectory(path)
  try {
    const target = join(directory.path, basename(path))
    const there = await lstat(target).catch(() => undefined)
    if (there && !there.isFile()) {
      if (isOthers(there) || directory.isShared) throw trap(path)
      const meant = await stat(target).catch(() => undefined)
      if (meant && !meant.isFile()) return await writeInto(path, undefined, directory)
      // The file that a link means is replaced, and not the link.
      const file = meant && (await realpath(target))
      if (file && file !== target) return await createExportFile(file).finally(() => directory.close())
    }
    return await writeInto(path, target, directory)
  } catch (error) {
    directory.close()
    throw error
  }
}

/** @param target what to replace, in the directory; undefined: the path is written to as it is */
async function writeInto(path: string, target: string | undefined, directory: Directory): Promise<ExportFile> {
  const temporary = target && join(directory.path, `.${basename(target)}.${process.pid}.tmp`)
  const failed = (error: unknown) => Promise.reject(cannotWrite(path, error as Error))
  if (temporary && (await lstat(temporary).catch(() => undefined))) await rm(temporary).catch(failed)
  const file = await (temporary ? open(temporary, 'wx') : open(path, 'w')).catch(failed)
  let isOpen = true
  const close = async () => {
    if (isOpen) await file.close()
    isOpen = false
  }
  return {
    write: async piece => {
      await file.writeFile(piece).catch(failed)
    },
    finish: async () => {
      if (temporary) await file.sync().catch(failed)
      await close().catch(failed)
    },
    publish: async () => {
      if (temporary) await rename(temporary, target).catch(failed)
    },
    discard: async () => {
      await close().catch(() => {})
      if (temporary) await rm(temporary, { force: true })
      directory.close()
    },
  }
}

interface Directory {
  /** For system calls. */
  path: string
  /** Others can put something else in its place, or in that of a file in it. */
  isShared: boolean
  close(): void
}

/**
 * The directory of a file. One that others can replace stays the same on Linux, where it is an open file. What root reaches through
 * directories of another user has to be that user's. @throws UsageError
 */
function openDirectory(path: string): Directory {
  const { others, open: loose, there, found, missing } = whoControls(dirname(resolve(path)))
  const isShared = others.length + loose.length > 0
  if (missing.length > 0) throw cannotWrite(path, new Error('ENOENT: no such file or directory'))
  if (process.geteuid?.() === 0 && others.length > 0 && !(isOthers(found) && hasOpenFiles)) throw trap(path)
  if (!isShared || !hasOpenFiles) return { path: there, isShared, close: () => {} }
  let file: number
  try {
    file = openSync(there, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
  } catch (error) {
    throw cannotWrite(path, error as Error)
  }
  const { ino, dev } = fstatSync(file)
  if (ino !== found.ino || dev !== found.dev) {
    closeSync(file)
    throw trap(path)
  }
  let isOpen = true
  const close = () => {
    if (isOpen) closeSync(file)
    isOpen = false
  }
  return { path: `/proc/self/fd/${file}`, isShared, close }
}

const isOthers = ({ uid }: { uid: number }) => uid !== 0 && uid !== process.geteuid?.()

/** A link of another user's may lead to any file, and nobody may read a pipe of theirs. */
const trap = (path: string) =>
  new UsageError(`${path} is a link or a pipe of another user, or below one.`, {
    hint: 'Write to a directory of your own.',
  })

/** Without the code of the system, which would be taken for one of the database's connection. */
const cannotWrite = (path: string, { message }: Error): Error =>
  new Error(`${path} cannot be written: ${message.split(', ')[0]}.`)
