import type { Source } from './entry.ts'
import type { LoadedConfig } from './load.ts'
import { said } from './setting.ts'
import { isUsed, settingsIn } from './settings.ts'

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
  return settingsIn(config).map(setting => {
    const { key } = setting
    return { path: key, value: said(setting, config) ?? null, source: sourceText(sources[key]), used: isUsed(key) }
  })
}

function sourceText(source: Source | undefined): string {
  if (source?.kind === 'file') return `${source.file}:${source.line}`
  return source?.kind === 'environment' ? source.variable : 'default'
}
