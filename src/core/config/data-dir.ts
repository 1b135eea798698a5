import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

/**
 * The default data directory. For root it is that of the machine; the XDG specification says that a relative XDG_DATA_HOME is to be
 * ignored.
 */
export function defaultDataDir(env: Record<string, string | undefined>, uid: number | undefined): string {
  if (uid === 0) return '/var/lib/sports-ingest'
  const xdg = env['XDG_DATA_HOME']
  const base = xdg && isAbsolute(xdg) ? xdg : join(env['HOME'] || homedir(), '.local', 'share')
  return join(base, 'sports-ingest')
}
