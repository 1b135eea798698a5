import { chmodSync, closeSync, constants, fstatSync, lstatSync, openSync, type Stats, statSync } from 'node:fs'
import { join } from 'node:path'
import { isOpen, whoControls } from '../../core/control.ts'
import { StoreError } from '../../core/errors.ts'
import { type Account, actAs, hasName, isRoot, nameOf, nobody } from './account.ts'
import { makeDirectory } from './make-directory.ts'

export const major = 18

/** The directory of the database files in a data directory. */
export const clusterIn = (dataDir: string): string => join(dataDir, `pgdata-${major}`)

/** Whether a data directory has database files. Nothing is opened or made. */
export const isMade = (dataDir: string): boolean => lstatSync(clusterIn(dataDir), { throwIfNoEntry: false }) !== undefined

/** The data directory, to work in. */
export interface Place {
  /** As the settings have it. */
  dataDir: string
  /** For system calls. To root on Linux it is an open file, which stays the same directory whatever happens to its name. */
  path: string
  /** As whom everything in it is made, renamed and removed: undefined for this user. */
  owner: Account | undefined
  /** The directory is the owner's itself, not one of root's in which others can write. */
  isOwners: boolean
  close(): void
}

/** The directory of the database files, to work in. */
export interface Cluster {
  path: string
  /** As whom the server runs, and everything in it is done: undefined for this user. */
  account: Account | undefined
  /** Restored or copied by root: it belongs to root, and not yet to the account. */
  isRoots: boolean
  /** It was removed. */
  isGone(): boolean
  close(): void
}

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants
const hasOpenFiles = process.platform === 'linux'
const openFile = (file: number): string => `/proc/self/fd/${file}`

/**
 * Opens the data directory, made where there is none. Root works in it with all its rights only where nobody else can put anything in
 * the place of a part of its path. Where one user can, root has that user's rights in it; where everybody can, those of `nobody`.
 * @throws StoreError where several users can, or the system's error
 */
export function openPlace(dataDir: string): Place {
  if (!isRoot()) {
    makeDirectory(dataDir)
    return { dataDir, path: dataDir, owner: undefined, isOwners: true, close: () => {} }
  }
  const { others, open, there, found, missing } = whoControls(dataDir)
  if (others.length > 1)
    throw new StoreError(`${others.map(({ uid }) => nameOf(uid)).join(' and ')} own parts of the path ${dataDir}.`, {
      hint: 'Root uses a data directory below directories of root, or of one user: move it, or run as its owner.',
    })
  // What somebody else makes in a directory like /tmp stays there, even though nothing of root's can be renamed.
  const shared = open.length > 0 || (missing.length === 0 && isOpen(found))
  const owner = others[0] ?? (shared ? nobody() : undefined)
  if (!hasOpenFiles) {
    if (owner)
      throw new StoreError(`The data directory ${dataDir} can be changed by ${nameOf(owner.uid)}.`, { hint: runAs(owner) })
    makeDirectory(dataDir)
    // The server gets there by its path.
    for (let depth = 1; depth <= missing.length; depth++) chmodSync(join(there, ...missing.slice(0, depth)), 0o711)
    return { dataDir, path: dataDir, owner, isOwners: true, close: () => {} }
  }
  let file = openSync(there, O_RDONLY | O_DIRECTORY)
  try {
    if (!isSame(fstatSync(file), found)) throw replaced(dataDir)
    if (missing.length > 0) {
      const made = actAs(owner, () => {
        for (let depth = 1; depth <= missing.length; depth++) makeDirectory(join(openFile(file), ...missing.slice(0, depth)))
        return openSync(join(openFile(file), ...missing), O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
      })
      closeSync(file)
      file = made
      if (fstatSync(file).uid !== (owner?.uid ?? 0)) throw replaced(dataDir)
    }
  } catch (error) {
    closeSync(file)
    throw error
  }
  const { uid } = fstatSync(file)
  if (others.length > 0 && uid !== owner?.uid) {
    closeSync(file)
    throw new StoreError(
      `${dataDir} belongs to ${nameOf(uid)}, and ${nameOf(others[0]?.uid ?? uid)} can put another directory in its place.`,
      {
        hint: `Give it to that user (chown -R), or set SPORTS_INGEST_DATA_DIR to a directory below directories of root's.`,
      },
    )
  }
  return { dataDir, path: openFile(file), owner, isOwners: uid === (owner?.uid ?? 0), close: () => closeSync(file) }
}

/** The database files, or undefined where there are none. @throws StoreError where somebody has put a link in their place */
export function openCluster({ dataDir, path, owner }: Place): Cluster | undefined {
  const inside = clusterIn(path)
  const there = lstatSync(inside, { throwIfNoEntry: false })
  if (!there) return undefined
  if (!isRoot() || !hasOpenFiles) {
    const { uid, gid } = statSync(inside)
    // It might answer, too, if somebody else has put it there.
    if (!isRoot() && uid !== process.geteuid?.()) throw Object.assign(new Error(`EACCES: ${inside}`), { code: 'EACCES' })
    return {
      path: inside,
      account: isRoot() ? (uid === 0 ? nobody() : { uid, gid }) : undefined,
      isRoots: isRoot() && uid === 0,
      isGone: () => lstatSync(inside, { throwIfNoEntry: false }) === undefined,
      close: () => {},
    }
  }
  if (owner && there.isSymbolicLink())
    throw new StoreError(`${clusterIn(dataDir)} is a link, which root does not follow: ${nameOf(owner.uid)} can replace it.`, {
      hint: runAs(owner),
    })
  const file = openSync(inside, O_RDONLY | O_DIRECTORY | (owner ? O_NOFOLLOW : 0))
  try {
    const { uid, gid } = fstatSync(file)
    if (!owner && whoControls(clusterIn(dataDir)).others.some(other => other.uid !== uid)) throw replaced(clusterIn(dataDir))
    return {
      path: openFile(file),
      account: uid === 0 ? serverOf(owner) : { uid, gid },
      isRoots: uid === 0,
      isGone: () => fstatSync(file).nlink === 0,
      close: () => closeSync(file),
    }
  } catch (error) {
    closeSync(file)
    throw error
  }
}

/** As whom the server of a new database runs where this process is root. Postgres wants an account with a name. */
export const serverOf = (owner: Account | undefined): Account => (owner && hasName(owner.uid) ? owner : nobody())

/**
 * A directory of the owner's for a child process to work in. The system enters it with the rights of root, so it must not be one that
 * the owner has put in its place, and could not enter itself.
 */
export function openOwn(path: string, owner: Account | undefined): { path: string; file: number } & Disposable {
  const file = actAs(owner, () => openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW))
  const { uid } = fstatSync(file)
  if (isRoot() && uid !== (owner?.uid ?? 0)) {
    closeSync(file)
    throw replaced(path)
  }
  return { path: isRoot() && hasOpenFiles ? openFile(file) : path, file, [Symbol.dispose]: () => closeSync(file) }
}

const isSame = (one: Stats, two: Stats): boolean => one.ino === two.ino && one.dev === two.dev

const replaced = (path: string) =>
  new StoreError(`${path} was replaced by another user.`, { hint: 'Set SPORTS_INGEST_DATA_DIR to another directory.' })

export const runAs = ({ uid }: Account): string => `Run as that user (sudo -u '#${uid}' sports-ingest …), or set DATABASE_URL.`
