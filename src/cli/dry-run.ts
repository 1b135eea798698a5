import type { Config } from '../core/config/config.ts'
import { ConfigError } from '../core/errors.ts'

/** For commands that do nothing but write. @throws ConfigError where the settings let nothing be written */
export function refuseDryRun({ features }: Pick<Config, 'features'>, what: string): void {
  if (features.dryRun)
    throw new ConfigError(`features.dry_run is on, and ${what} cannot run without writing.`, { hint: 'Set it to false.' })
}
