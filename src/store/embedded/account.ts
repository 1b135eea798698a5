import { realpathSync, statSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/** The account that the server's processes run as, if it is not that of this process. */
export interface Account {
  uid: number
  gid: number
}

/**
 * Postgres refuses to run as root: then it runs as the owner of the existing database, or else as `nobody`.
 * @returns undefined if this process is not root: then the server runs as the same user
 */
export async function serverAccount(clusterDir: string): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const owner = await stat(clusterDir).catch(() => undefined)
  return owner && owner.uid !== 0 ? { uid: owner.uid, gid: owner.gid } : await nobody()
}

async function nobody(): Promise<Account> {
  const lines = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n')
  const [, , uid, gid] = lines.find(line => line.startsWith('nobody:'))?.split(':') ?? []
  // macOS writes nobody as -2.
  return { uid: (Number(uid) || 65534) >>> 0, gid: (Number(gid) || 65534) >>> 0 }
}

/** Whether the account can reach a path and read it: `x` on each directory above it, `r` on the path itself. */
export function canReach(path: string, account: Account): boolean {
  const real = realpathSync(path)
  if (!allows(real, account, 0o4)) return false
  for (let at = real; at !== dirname(at); at = dirname(at)) if (!allows(dirname(at), account, 0o1)) return false
  return true
}

function allows(path: string, { uid, gid }: Account, bit: number): boolean {
  const found = statSync(path)
  const shift = found.uid === uid ? 6 : found.gid === gid ? 3 : 0
  return ((found.mode >> shift) & bit) !== 0
}
