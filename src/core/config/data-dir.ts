import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

/** Where files go unless told otherwise. Root serves the machine, not itself; a relative XDG_DATA_HOME is void by its own rules. */
export function defaultDataDir(env: Record<string, string | undefined>, uid: number | undefined): string {
  if (uid === 0) return '/var/lib/sports-ingest'
  const xdg = env['XDG_DATA_HOME']
  const base = xdg && isAbsolute(xdg) ? xdg : join(env['HOME'] || homedir(), '.local', 'share')
  return join(base, 'sports-ingest')
}
