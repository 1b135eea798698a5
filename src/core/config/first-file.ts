import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { ConfigError } from '../errors.ts'
import { defaults } from './config.ts'
import { fileName } from './find-file.ts'
import { reasonOf } from './problem.ts'
import { type Setting, said } from './setting.ts'
import { isUsed, settings } from './settings.ts'

/** The text of a first file: every setting in use, as a comment with its default, taken from the settings themselves. */
export function firstFile(): string {
  const shown = settings.filter(setting => isUsed(setting.key) && exampleOf(setting) !== undefined)
  return [
    '# Settings of sports-ingest. Lines that are commented out show the defaults, or an example where there is none.',
    '# Flags beat the environment, the environment beats this file. Secrets can be env:NAME or file:PATH.',
    '# "sports-ingest config validate" finds mistakes, "sports-ingest config show" says what is in effect and why.',
    ...outline(shown),
    ...firstJobs,
  ].join('\n')
}

/** Jobs that every user wants, and others as comments. */
const firstJobs = [
  '# What "sports-ingest schedule run" runs, and when: minute, hour, day of the month, month, weekday, read in "timezone".',
  'jobs:',
  '  daily_data: { frequency: "0 6 * * *", run: daily, missed: merge }        # yesterday, and every day missed',
  '  reference_data: { frequency: "0 3 1 * *", run: reference }               # players, courses, bookmakers',
  '#  weekly_check: { frequency: "0 23 * * 0", run: daily, weekly: true }      # corrections of the last seven days',
  '#  live_data: { frequency: "*/10 * * * *", run: live, timeout: 5m }         # where no "sports-ingest live" runs',
  '#  nightly_stats: { frequency: "0 4 * * *", run: stats }                    # where loads do not have a worker recompute them',
  '#  racing_cards: { frequency: "*/30 8-20 * * *", run: daily, sport: racing, timezone: Europe/London }',
  '',
]

/**
 * Writes a first settings file, and returns its absolute path.
 * Throws a `ConfigError` if the file exists, or cannot be written.
 */
export async function writeFirstFile(cwd: string, path = fileName): Promise<string> {
  const target = resolve(cwd, path)
  try {
    // Whatever the umask is, nobody else may change where data and passwords go.
    await writeFile(target, firstFile(), { flag: 'wx', mode: 0o644 })
  } catch (error) {
    const hint = 'Name another file, or remove it first.'
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    if (exists) throw new ConfigError(`${target} exists already and was not changed.`, { hint, cause: error })
    throw new ConfigError(`${target} cannot be written: ${writeReason(error)}.`, { cause: error })
  }
  return target
}

const writeReason = (error: unknown) =>
  reasonOf(error).replace('there is no such file', 'there is no such folder').replace('may not read it', 'may not write there')

const exampleOf = (setting: Setting) =>
  said(setting, defaults) ?? (setting.kind.secret ? `env:${setting.variables[0]}` : setting.example)

/** The settings as commented YAML, a heading per section. */
function outline(shown: readonly Setting[]): string[] {
  const lines: string[] = []
  const open = new Set<string>()
  for (const setting of shown) {
    const steps = setting.key.split('.')
    for (const [depth, step] of steps.entries()) {
      const upTo = steps.slice(0, depth + 1).join('.')
      if (open.has(upTo)) continue
      open.add(upTo)
      if (depth === 0) lines.push('')
      const value = upTo === setting.key ? ` ${plain(exampleOf(setting))}  # ${setting.about}` : ''
      lines.push(`#${'  '.repeat(depth)}${step}:${value}`)
    }
  }
  return [...lines, '']
}

const plain = (value: unknown) =>
  typeof value === 'string' && !/^[\w./:~-]+$/.test(value) ? JSON.stringify(value) : String(value)
