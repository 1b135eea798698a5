import { realpathSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { zone } from '../../core/config/kinds.ts'
import type { LoadedConfig } from '../../core/config/load.ts'
import { whoControls } from '../../core/control.ts'
import { ConfigError } from '../../core/errors.ts'
import { packageRoot } from '../../core/package-root.ts'

/** How the program is started from elsewhere: by absolute paths. */
export const program = () => ({ node: process.execPath, script: join(packageRoot(), 'bin', 'run.js') })

/** The directory for logs: as the XDG specification has it, or as asked for. @throws ConfigError where root would not be safe in it */
export function logDirectory(env: NodeJS.ProcessEnv, cwd: string, asked: string | undefined): string {
  const isRoot = process.getuid?.() === 0
  const xdg = env['XDG_STATE_HOME']
  const state = xdg && isAbsolute(xdg) ? xdg : join(env['HOME'] || homedir(), '.local', 'state')
  const path = asked ? resolve(cwd, asked) : isRoot ? '/var/log/sports-ingest' : join(state, 'sports-ingest')
  if (isRoot) {
    const { others, open } = whoControls(path)
    if (others.length > 0 || open.length > 0)
      throw new ConfigError(`Root's shell would write a log in ${path}, which other users can replace by a link.`, {
        hint: 'Name a directory below directories of root with --log-dir.',
      })
  }
  return path
}

/**
 * Variables that the program is handed where it is started without this environment. The data directory is one of them where the settings file
 * leaves it to the environment, or means the home of somebody else by `~`.
 */
export function handedOn({ config, sources }: LoadedConfig, env: NodeJS.ProcessEnv): Record<string, string> {
  const isOwnHome = !env['HOME'] || env['HOME'] === homeOfUser()
  const authorities = env['NODE_EXTRA_CA_CERTS']
  const path = env['PATH']
  // Programs of the user's own are looked for there.
  const startsPrograms = Object.values(config.jobs).some(({ run }: { run: string }) => run === 'exec')
  return {
    ...(sources['data_dir']?.kind === 'file' && isOwnHome ? {} : { SPORTS_INGEST_DATA_DIR: config.dataDir }),
    ...(startsPrograms && path ? { PATH: path } : {}),
    ...(authorities ? { NODE_EXTRA_CA_CERTS: resolve(authorities) } : {}),
  }
}

function homeOfUser(): string | undefined {
  try {
    return userInfo().homedir
  } catch {
    return undefined
  }
}

/** The zones in which cron may read its fields: that of the machine, and that of TZ, with which it may have been started. */
export function zonesOfHost(env: NodeJS.ProcessEnv): string[] {
  const named = [...zonesOfMachine(), env['TZ']?.replace(/^:/, '')].filter(name => name !== undefined)
  return [...new Set(named.filter(name => 'value' in zone.check(name, '')))]
}

function zonesOfMachine(): string[] {
  let path = ''
  try {
    path = realpathSync('/etc/localtime')
  } catch {} // none: the machine is in UTC
  const name = /\/zoneinfo\/(?:posix\/|right\/)?(.+)$/.exec(path)?.[1]
  if (name) return [name]
  // A file that is a copy names no zone, and Node may have guessed.
  return path ? ['UTC', Intl.DateTimeFormat().resolvedOptions().timeZone] : ['UTC']
}
