import { lstatSync, readlinkSync, type Stats } from 'node:fs'
import { dirname, join } from 'node:path'

/** A user of this machine, and its group. */
export interface Account {
  uid: number
  gid: number
}

/** Who decides what a path leads to. */
export interface Control {
  /** Owners of directories and links on the way, but for root and this user: each could put something else in its place. */
  others: Account[]
  /** Directories of root's or this user's in which others can do so, too, because of their modes. */
  open: string[]
  /** The part of the path that is there, without links, what it is, and the names that are missing below it. */
  there: string
  found: Stats
  missing: string[]
}

const maxLinks = 40

/** Follows a path part by part, as the system does. @throws the system's error */
export function whoControls(path: string): Control {
  const others = new Map<number, Account>()
  const open: string[] = []
  const me = process.geteuid?.()
  let [there, found] = ['/', lstatSync('/')]
  let links = 0
  const rest = path.split('/').filter(Boolean)
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    const next = name === '..' ? dirname(there) : join(there, name)
    const part = lstatSync(next, { throwIfNoEntry: false })
    if (!part) return { others: [...others.values()], open, there, found, missing: [name, ...rest] }
    const { uid, gid } = part
    if (uid !== 0 && uid !== me) others.set(uid, { uid, gid })
    if (part.isSymbolicLink()) {
      if (++links > maxLinks) throw Object.assign(new Error(`ELOOP: ${path}`), { code: 'ELOOP' })
      const target = readlinkSync(next)
      if (target.startsWith('/')) [there, found] = ['/', lstatSync('/')]
      rest.unshift(...target.split('/').filter(Boolean))
      continue
    }
    // With the sticky bit, as in /tmp, everybody may make files there, but not rename those of others.
    if ((uid === 0 || uid === me) && isOpen(part) && !(part.mode & 0o1000)) open.push(next)
    ;[there, found] = [next, part]
  }
  return { others: [...others.values()], open, there, found, missing: [] }
}

/** Whether others than its owner can make files in a directory. The group of root, 0, has no other members. */
export const isOpen = ({ mode, gid }: Stats): boolean => (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && gid !== 0)

/** Whether only root and this user decide what a path leads to, and what is in it. */
export function isGuarded(path: string): boolean {
  const { others, open, missing } = whoControls(path)
  return others.length + open.length + missing.length === 0
}
