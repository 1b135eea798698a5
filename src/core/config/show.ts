import { sourceText } from './entry.ts'
import type { LoadedConfig } from './load.ts'
import { valueAt } from './setting.ts'
import { settingsWith } from './settings.ts'

/** A line of `config show`. */
export interface ShownSetting {
  /** The file's key: `api.rate_limit`. */
  path: string
  /** As the file would say it; secrets masked; null where it was not given and has no default. */
  value: string | number | boolean | null
  /** `default`, `file:line`, or the variable's name. */
  source: string
  /** Whether anything in the program reads it yet. */
  used: boolean
}

/** Every setting in effect and where it came from, in the order of the file. */
export function listSettings({ config, sources }: LoadedConfig): ShownSetting[] {
  return settingsWith(Object.keys(config.jobs)).map(({ key, at, kind, later }) => {
    const value = valueAt(config, at)
    const shown = value === undefined ? null : kind.print ? kind.print(value) : (value as ShownSetting['value'])
    return { path: key, value: shown, source: sourceText(sources[key] ?? { kind: 'default' }), used: !later }
  })
}
