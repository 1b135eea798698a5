import { mkdirSync } from 'node:fs'
import { whoControls } from '../core/control.ts'
import { ConfigError } from '../core/errors.ts'

/**
 * Before files are written that shells will run: in a folder that others can replace, root would write wherever they have put a link.
 * @throws ConfigError for such a folder
 */
export function guardCache(folder: string): void {
  const { others, open } = whoControls(folder)
  const [other, loose] = [
    others[0] && `uid ${others[0].uid}`,
    process.geteuid?.() === 0 && open[0] && `not only root (chmod go-w ${open[0]})`,
  ]
  const who = other || loose
  if (who)
    throw new ConfigError(`The cache folder ${folder} can be replaced by ${who}.`, {
      hint: 'Set HOME (sudo -H), or SPORTS_INGEST_CACHE_DIR.',
    })
  process.umask(process.umask() | 0o022)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
}
