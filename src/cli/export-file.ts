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

/** What is neither a file nor missing, such as a pipe or /dev/null, is written to as it is. */
export async function createExportFile(path: string): Promise<ExportFile> {
  await refuseTrap(path)
  const isSpecial = (await stat(path).catch(() => undefined))?.isFile() === false
  // The file that a link means is replaced, and not the link.
  const target = await realpath(path).catch(() => path)
  const temporary = isSpecial ? path : join(dirname(target), `.${basename(target)}.${process.pid}.tmp`)
  if (!isSpecial && (await lstat(temporary).catch(() => undefined))) await rm(temporary)
  const failed = (error: unknown) => Promise.reject(cannotWrite(path, error as Error))
  const file = await open(temporary, isSpecial ? 'w' : 'wx').catch(failed)
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
      if (!isSpecial) await file.sync().catch(failed)
      await close().catch(failed)
    },
    publish: async () => {
      if (!isSpecial) await rename(temporary, target).catch(failed)
    },
    discard: async () => {
      await close().catch(() => {})
      if (!isSpecial) await rm(temporary, { force: true })
    },
  }
}

/**
 * A link of another user's may lead to any file, and nobody may read a pipe of theirs. What root reaches through their directories has to be
 * theirs. @throws UsageError
 */
async function refuseTrap(path: string): Promise<void> {
  const me = process.geteuid?.()
  const isOthers = ({ uid }: { uid: number }) => uid !== 0 && uid !== me
  const there = await lstat(path).catch(() => undefined)
  const trap = there && isOthers(there) && !there.isFile()
  const { others, found } = whoControls(dirname(resolve(path)))
  if (trap || (me === 0 && others.length > 0 && !isOthers(found)))
    throw new UsageError(`${path} is a link or a pipe of another user, or below one.`, {
      hint: 'Write to a directory of your own.',
    })
}

/** Without the code of the system, which would be taken for one of the database's connection. */
const cannotWrite = (path: string, { message }: Error): Error =>
  new Error(`${path} cannot be written: ${message.split(', ')[0]}.`)
