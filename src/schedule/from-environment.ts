import { dirname, join } from 'node:path'
import type { LoadedConfig } from '../core/config/load.ts'
import { mask } from '../core/config/secret.ts'
import { type Setting, said } from '../core/config/setting.ts'
import { settingsIn } from '../core/config/settings.ts'
import { ConfigError } from '../core/errors.ts'
import { variablesBehind } from '../core/postgres-address.ts'

/** A setting that a process started elsewhere would lack, because it comes from the environment of this one. */
export interface EnvironmentSetting {
  variable: string
  /** Whether its value is one to be kept secret. */
  isSecret: boolean
  /** As the settings file would say it; undefined for a secret, and where it is no setting of the file. */
  value: string | number | boolean | undefined
  /** What to write into the settings file instead, as a sentence. */
  remedy: string
}

/** The settings in effect that come from the environment, except the data directory, which is handed on. */
export function listFromEnvironment(loaded: LoadedConfig, env: NodeJS.ProcessEnv): EnvironmentSetting[] {
  const { config, sources, file = 'the settings file' } = loaded
  const found = settingsIn(config).flatMap((setting): EnvironmentSetting[] => {
    const source = sources[setting.key]
    const variable = source?.kind === 'environment' || source?.kind === 'file' ? source.variable : undefined
    if (!variable || setting.key === 'data_dir') return []
    if (setting.environmentOnly)
      return [{ variable, isSecret: false, value: undefined, remedy: `It is no setting of a file: unset ${variable}.` }]
    const value = said(setting, config)
    const isSecret = setting.kind.secret === true || String(value).includes(mask)
    return [{ variable, isSecret, value: isSecret ? undefined : value, remedy: remedyFor(setting, isSecret, value, file) }]
  })
  const url = config.database.url?.reveal()
  const left = url === undefined ? [] : variablesBehind(url, env)
  return [
    ...found,
    ...left.map(variable => ({
      ...{ variable, isSecret: variable === 'PGPASSWORD', value: undefined },
      remedy: `Write what it says into the address of the database, in ${file}: database: { url: "file:database-url" }, with the address in the file database-url beside it.`,
    })),
  ]
}

function remedyFor({ key, kind }: Setting, isSecret: boolean, value: EnvironmentSetting['value'], file: string): string {
  if (!isSecret) return `Write into ${file}: ${lineFor(key, value ?? '')}`
  // An address with a password in it, which can stand in the file alone.
  if (!kind.secret) return `Write into ${file}, which only you should be able to read: ${lineFor(key, 'ADDRESS')}`
  const name = key.split('.').slice(-2).join('-').replaceAll('_', '-')
  const path = file.includes('/') ? join(dirname(file), name) : name
  return `Write into ${file}: ${lineFor(key, `file:${name}`)}, and the value into ${path}, which only you should be able to read.`
}

/** A setting as a line of the file: `database: { url: "file:database-url" }`. */
const lineFor = (key: string, value: string | number | boolean): string => {
  const [first = '', ...rest] = key.split('.').reverse()
  return rest.reduce((inside, step) => `${step}: { ${inside} }`, `${first}: ${JSON.stringify(value)}`)
}

/** In words, one line for each. @param who would not have them, such as `cron` */
export const toLines = (settings: readonly EnvironmentSetting[], who: string): string[] =>
  settings.map(({ variable, remedy }) => `${variable} is set in this environment, and ${who} does not have it. ${remedy}`)

/** @throws ConfigError where there are any */
export function refuse(settings: readonly EnvironmentSetting[], who: string): void {
  if (settings.length === 0) return
  throw new ConfigError(toLines(settings, who).join('\n'), {
    hint: 'Nothing was installed. Write these lines, unset the variables, and run it again.',
  })
}
