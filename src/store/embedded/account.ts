import { spawnSync } from 'node:child_process'
import { readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Account } from '../../core/control.ts'

export type { Account }

export const isRoot = (): boolean => process.getuid?.() === 0

/** The account that the server of a new database runs as where this process is root: Postgres refuses to be root. */
export function nobody(): Account {
  const [, , uid, gid] = passwd().find(([name]) => name === 'nobody') ?? []
  // macOS writes nobody as -2.
  return { uid: (Number(uid) || 65534) >>> 0, gid: (Number(gid) || 65534) >>> 0 }
}

/** `alice (uid 1000)`, for messages. */
export function nameOf(uid: number): string {
  const [name] = passwd().find(([, , number]) => number === String(uid)) ?? []
  return name ? `${name} (uid ${uid})` : `uid ${uid}`
}

/** Whether the account has an entry in the user database, which may be more than one file. */
export const hasName = (uid: number): boolean =>
  passwd().some(([, , number]) => number === String(uid)) ||
  spawnSync('getent', ['passwd', String(uid)], programAs(undefined)).status === 0

function passwd(): string[][] {
  try {
    return readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map(line => line.split(':'))
  } catch {
    return []
  }
}

/**
 * Lets root do something with files as another account. In a directory of that account, which may at any moment put a link, a pipe or
 * somebody else's file in the place of one of ours, root can then change nothing that its owner could not change itself.
 * @param account undefined: this user, with all its rights
 * @param work synchronous, because the rights are those of the whole process
 */
export function actAs<T>(account: Account | undefined, work: () => T): T {
  if (!account) return work()
  const { getgroups, setgroups, getegid, setegid, seteuid } = process as Required<typeof process>
  const [groups, group] = [getgroups(), getegid()]
  try {
    setgroups([account.gid])
    setegid(account.gid)
    seteuid(account.uid)
    return work()
  } finally {
    seteuid(0)
    setegid(group)
    setgroups(groups)
  }
}

/**
 * How a program is started as an account: without variables that change what Postgres does (PGDATA, TZ, LD_PRELOAD, …), and without
 * passwords, because each user can read the environment of their own processes.
 */
export const programAs = (account: Account | undefined) => ({
  ...account,
  env: { PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin', LANG: 'C', TZ: 'UTC' } as NodeJS.ProcessEnv,
})

/** Whether the account can reach a path and read it: `x` on each directory above it, `r` on the path itself. */
export function canReach(path: string, account: Account): boolean {
  const real = realpathSync(path)
  return allows(real, account, 0o4) && (real === dirname(real) || canEnter(dirname(real), account))
}

/** Whether the account can get to what is in a directory: `x` on it, and on each directory above it. */
export function canEnter(directory: string, account: Account): boolean {
  for (let at = realpathSync(directory); ; at = dirname(at)) {
    if (!allows(at, account, 0o1)) return false
    if (at === dirname(at)) return true
  }
}

function allows(path: string, { uid, gid }: Account, bit: number): boolean {
  const found = statSync(path)
  const shift = found.uid === uid ? 6 : found.gid === gid ? 3 : 0
  return ((found.mode >> shift) & bit) !== 0
}
