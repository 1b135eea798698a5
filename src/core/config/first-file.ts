import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { ConfigError } from '../errors.ts'
import { defaults } from './config.ts'
import { fileName } from './find-file.ts'
import { reasonOf } from './problem.ts'
import { type Setting, valueAt } from './setting.ts'
import { settings } from './settings.ts'

/** The text of a first file: every setting in use, as a comment with its default, taken from the settings themselves. */
export function firstFile(): string {
  const shown = settings.filter(setting => !setting.environmentOnly && !setting.later && exampleOf(setting) !== undefined)
  return [
    '# Settings of sports-ingest. Lines that are commented out show the defaults, or an example where there is none.',
    '# Flags beat the environment, the environment beats this file. Secrets can be env:NAME or file:PATH.',
    '# "sports-ingest config validate" finds mistakes, "sports-ingest config show" says what is in effect and why.',
    '',
    ...outline(shown),
  ].join('\n')
}

/**
 * Writes a first settings file, and returns its absolute path.
 * Throws a `ConfigError` if the file exists, or cannot be written.
 */
export async function writeFirstFile(cwd: string, path = fileName): Promise<string> {
  const target = resolve(cwd, path)
  try {
    await writeFile(target, firstFile(), { flag: 'wx' })
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    if (exists)
      throw new ConfigError(`${target} exists already and was not changed.`, {
        hint: 'Name another file, or remove it first.',
        cause: error,
      })
    throw new ConfigError(`${target} cannot be written: ${writeReason(error)}.`, { cause: error })
  }
  return target
}

const writeReason = (error: unknown) =>
  reasonOf(error).replace('there is no such file', 'there is no such folder').replace('may not read it', 'may not write there')

function exampleOf({ at, kind, example }: Setting): unknown {
  const value = valueAt(defaults, at)
  if (value === undefined) return example
  return kind.print ? kind.print(value) : value
}

/** The settings as commented YAML, a heading per section. */
function outline(shown: readonly Setting[]): string[] {
  const lines: string[] = []
  let open: string[] = []
  for (const setting of shown) {
    const steps = setting.key.split('.')
    const sections = steps.slice(0, -1)
    if (sections[0] !== open[0] || sections.length === 0) if (lines.length > 0) lines.push('')
    const kept = sections.findIndex((name, depth) => name !== open[depth])
    for (const [depth, name] of sections.entries()) if (kept !== -1 && depth >= kept) lines.push(`#${'  '.repeat(depth)}${name}:`)
    open = sections
    lines.push(`#${'  '.repeat(sections.length)}${steps.at(-1)}: ${plain(exampleOf(setting))}  # ${setting.about}`)
  }
  return [...lines, '']
}

const plain = (value: unknown) =>
  typeof value === 'string' && !/^[\w./:~-]+$/.test(value) ? JSON.stringify(value) : String(value)
