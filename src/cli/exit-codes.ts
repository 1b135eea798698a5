import {
  BusyError,
  ConfigError,
  CredentialsError,
  IngestError,
  ProviderRefusesError,
  RateLimitedError,
  StoppedError,
  StoreError,
  UsageError,
} from '../core/errors.ts'
import { visible, visibleLines } from '../core/visible.ts'

/** Turns an error into an exit code. Nothing else does. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return 100
  if (error instanceof ConfigError || error instanceof CredentialsError) return 101
  if (error instanceof StoreError) return 102
  if (error instanceof BusyError) return 103
  if (error instanceof ProviderRefusesError || error instanceof RateLimitedError) return 104
  if (error instanceof StoppedError) return error.signal === 'SIGINT' ? 130 : 143
  return (error as { oclif?: { exit?: number } })?.oclif?.exit ?? 1
}

/** Turns a number of failures into an exit code: 99 means 99 or more. */
export const failuresToExitCode = (failures: number): number => Math.min(failures, 99)

/** An error as one line: the message and the hint. */
export function toLine(error: unknown): string {
  if (!(error instanceof Error)) return visible(String(error))
  const hint = error instanceof IngestError ? error.hint : undefined
  // Several mistakes in the configuration have a line each.
  const shown = error instanceof ConfigError || error instanceof CredentialsError ? visibleLines : visible
  return shown(hint ? `${error.message.trim()} Hint: ${hint}` : error.message.trim())
}

/** An error as the one value that --json prints. */
export function toErrorValue(error: Error): { error: object } {
  const { name, message, hint, recovery } = error as Error & { hint?: string; recovery?: string }
  return { error: { name, message, ...(hint ? { hint } : {}), ...(recovery ? { recovery } : {}), exitCode: exitCodeOf(error) } }
}

interface Argument {
  name: string
  description?: string
}

/** `Missing argument KEY: what it is of, e.g. daily:nba.` */
function missingArguments(missing: Argument[]): string {
  const names = missing.map(({ name }) => name.toUpperCase()).join(', ')
  const [only] = missing
  if (missing.length !== 1 || !only?.description) return `Missing arguments ${names}.`
  const about = only.description.slice(0, 1).toLowerCase() + only.description.slice(1)
  return `Missing argument ${names}: ${about.replace(/\.?$/, '.')}`
}

/**
 * Errors of oclif about flags and arguments, and those of our own parsers, which it wraps: one line, with a pointer to the command's
 * help.
 */
export function toUsageError(error: Error, command: string, suggest: (flag: string) => string | undefined): UsageError {
  const [, name, wrapped] = /^Parsing (--\S+)\s+(.*?)\s*(?:See more help with --help)?$/s.exec(error.message) ?? []
  if (error instanceof UsageError) return new UsageError(wrapped ?? error.message, error.hint ? { hint: error.hint } : {})
  const help = `See sports-ingest ${command} --help.`
  const lines = (wrapped ?? error.message).split('\n').map(line => line.trim())
  const said = lines.filter(line => line && !/^(See more help|The following errors? occurred:$)/.test(line)).join(' ')
  const flag = /^Nonexistent flags?: (.*)$/.exec(said)?.[1]
  const missing = /^Missing \d+ required arg/.test(said) ? (error as { args?: Argument[] }).args : undefined
  if (missing) return new UsageError(missingArguments(missing), { hint: help })
  const flags = [...said.matchAll(/Missing required flag (\S+)/g)].map(([, found]) => `--${found}`)
  if (flags.length > 0) return new UsageError(`Missing ${flags.join(' and ')}.`, { hint: help })
  if (flag) return new UsageError(`There is no flag ${flag} here.`, { hint: suggest(flag.split(',')[0] as string) ?? help })
  return new UsageError(`${name ? `${name}: ` : ''}${said.replace(/\.?$/, '.')}`, { hint: help })
}

/** Of values with commas between them, of a flag or an argument that is repeated for each: `--only a,b`. None has a comma in it. */
export function commaError(
  given: Record<string, unknown>,
  toWords: (name: string, values: string[]) => string,
): UsageError | undefined {
  for (const [name, value] of Object.entries(given)) {
    const words = Array.isArray(value) ? value.filter(one => typeof one === 'string') : []
    const joined = words.find(one => one.includes(','))
    if (joined === undefined) continue
    const values = [...new Set(words.flatMap(one => one.split(',')).map(one => one.trim()))].filter(Boolean)
    const hint = `Write ${toWords(name, values)}.`
    return new UsageError(`${joined} is not one value: values are not separated by commas.`, { hint })
  }
  return undefined
}

/** Of a word behind the value of a flag that is repeated for each of its values: `--only a b`. Undefined where the error is about another. */
export function secondValueError(
  { message }: UsageError,
  words: readonly string[],
  repeatable: readonly string[],
): UsageError | undefined {
  const joined = words.flatMap(word => {
    const [, flag = word, value] = /^(--[^=]+)=(.*)$/s.exec(word) ?? []
    return value === undefined ? [word] : [flag, value]
  })
  for (const [at, flag] of joined.entries()) {
    if (!repeatable.includes(flag)) continue
    const rest = joined.slice(at + 1)
    const end = rest.findIndex(word => word.startsWith('-'))
    const values = end === -1 ? rest : rest.slice(0, end)
    const second = values[1]
    if (second === undefined || !message.split(/[\s,.]+/).includes(second)) continue
    const hint = `Repeat the flag: ${values.map(value => `${flag} ${value}`).join(' ')}.`
    return new UsageError(`${flag} takes one value, and ${second} is another.`, { hint })
  }
  return undefined
}
