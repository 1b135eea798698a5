import { Command, Flags, type Interfaces } from '@oclif/core'
import type { App, AppOptions } from '../app.ts'
import { type Clock, createClock, createFastClock, createLeapingClock } from '../core/clock.ts'
import type { Config } from '../core/config/config.ts'
import { type LoadedConfig, loadConfig } from '../core/config/load.ts'
import { StoppedError, UsageError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { didYouMean } from '../core/suggest.ts'
import { visibleJson, visibleLines } from '../core/visible.ts'
import type { Database } from '../store/database.ts'
import { withoutStdin } from './args.ts'
import { commaError, exitCodeOf, failuresToExitCode, secondValueError, toErrorValue, toLine, toUsageError } from './exit-codes.ts'
import { clearInterrupt, fold, tellOnStderr } from './tell.ts'

type Output = Interfaces.OutputFlags<Interfaces.FlagInput>
type Arguments = Interfaces.OutputArgs<Interfaces.ArgInput>

// biome-ignore lint/suspicious/noControlCharactersInRegex: chalk's colours.
const colours = /(\u001b\[\d+m)/

interface Context {
  loaded: LoadedConfig
  clock: Clock
  log: Log
  /** Each piece that a job has loaded is told in words, because the log does not tell it. */
  tellsPieces: boolean
}

/** A clean stop may have to wait for a commit; service managers usually kill after ten seconds. */
const stopLimitMs = 8000

const isRepeatable = (flag: object): boolean => 'multipleNonGreedy' in flag && flag.multipleNonGreedy === true

/** Settings are looked for from there upwards, and every relative path begins there. */
function checkWorkingDirectory(): void {
  try {
    process.cwd()
  } catch (cause) {
    throw new UsageError('The working directory does not exist any more.', {
      hint: 'Change to a folder that exists (cd), and run it again.',
      cause,
    })
  }
}

/**
 * What all commands share: settings, a clock, a log, a signal, and one way to end. Parts are opened when first used and closed at the
 * end.
 */
export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true
  static override baseFlags = {
    config: Flags.string({
      summary: 'Settings file.',
      description: 'Default: sports-ingest.config.yaml, found upwards.',
      helpGroup: 'GLOBAL',
    }),
    verbose: Flags.boolean({
      summary: 'On a terminal, show the whole log.',
      description: 'Without it: progress, a line for each piece that was loaded, warnings and errors.',
      helpGroup: 'GLOBAL',
    }),
  }

  /** Errors of parts of the work, in their order, of which one is thrown at the end: all of them are told. */
  protected readonly failed: unknown[] = []
  readonly #stop = new AbortController()
  readonly #closers: (() => Promise<void>)[] = []
  #context: Promise<Context> | undefined
  #configFile: string | undefined
  #verbose = false

  /** Aborts with a StoppedError at the first SIGINT or SIGTERM; a second one ends the process at once. */
  get signal(): AbortSignal {
    return this.#stop.signal
  }

  override async init(): Promise<void> {
    await super.init()
    checkWorkingDirectory()
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        const stopNow = () => process.exit(signal === 'SIGINT' ? 130 : 143)
        if (this.#stop.signal.aborted) stopNow()
        this.#stop.abort(new StoppedError(signal))
        // The database rolls back what is not committed by then.
        setTimeout(stopNow, stopLimitMs).unref()
      })
    }
  }

  /** The settings in effect, and the clock and the log that follow from them. */
  protected context() {
    this.#context ??= this.#load()
    return this.#context
  }

  async #load(): Promise<Context> {
    const loaded = await loadConfig({ env: process.env, cwd: process.cwd(), configFile: this.#configFile })
    const clock = clockOf(loaded.config)
    const { level, format } = loaded.config.log
    const isTerminal = process.stderr.isTTY === true
    // Who asks for a format or for details wants the log itself.
    const inWords = isTerminal && !this.#verbose && format === undefined && level !== 'debug' && level !== 'trace'
    const log = inWords
      ? (await import('./terminal-log.ts')).createTerminalLog(level)
      : (await import('../core/create-log.ts')).createLog({ level, format: format ?? (isTerminal ? 'pretty' : 'json'), clock })
    for (const warning of loaded.warnings) log.warn('config.warning', { warning })
    return { loaded, clock, log, tellsPieces: inWords && level === 'info' }
  }

  /** Database, providers and all; closed by itself when the command ends. */
  protected async app(
    flags: { sandbox: boolean; 'sandbox-faults'?: string | undefined },
    database: Pick<AppOptions, 'schema' | 'mayCreate'> = {},
  ): Promise<App> {
    const { loaded, clock, log } = await this.context()
    const { openApp } = await import('../app.ts')
    const sandbox = flags.sandbox ? { faults: flags['sandbox-faults'] } : undefined
    const app = await openApp({ config: loaded.config, clock, log, signal: this.signal, sandbox, ...database })
    this.#closers.push(() => app.close())
    return app
  }

  /** The database alone, for commands that only query it. One that checks what is stored makes none: an empty one has no faults. */
  protected async database(
    { sandbox }: { sandbox: boolean },
    options: Pick<AppOptions, 'schema' | 'mayCreate'> = {},
  ): Promise<Database> {
    const { loaded, clock, log } = await this.context()
    const { databaseSettings, openDatabase } = await import('../store/open-database.ts')
    const database = await openDatabase({
      settings: databaseSettings(loaded.config),
      ...(sandbox ? { name: 'sandbox' } : {}),
      ...options,
      clock,
      log,
      signal: this.signal,
    })
    this.#closers.push(() => database.close())
    return database
  }

  /**
   * Shows a text to people; nothing with --json. Of control characters our own colours and line ends pass: values are escaped where they
   * are put into a line (`line`, `table`), which knows them from the layout.
   */
  protected show(text: string): void {
    // Elsewhere there are no colours of ours.
    const isColoured = process.stdout.isTTY || process.env['FORCE_COLOR']
    const parts = isColoured ? text.split(colours) : [text]
    this.log(parts.map((part, i) => (i % 2 === 0 ? visibleLines(part) : part)).join(''))
  }

  /** Shows sentences, of any length: on a terminal they are made to fit it. */
  protected showProse(text: string): void {
    const { stdout } = process
    this.show(
      stdout.isTTY
        ? text
            .split('\n')
            .map(line => fold(stdout, line))
            .join('\n')
        : text,
    )
  }

  /** A remark beside the result; on a terminal it is made to fit that. */
  override logToStderr(text = ''): void {
    if (!this.jsonEnabled()) tellOnStderr(text)
  }

  protected override logJson(json: unknown): void {
    process.stdout.write(`${visibleJson(JSON.stringify(json, null, 2))}\n`)
  }

  /** Ends with the number of failures as exit code. */
  protected finish<T extends { failures: number }>(receipt: T): T {
    process.exitCode = failuresToExitCode(receipt.failures)
    return receipt
  }

  /** Every error while flags and arguments are parsed is a UsageError. */
  protected override async parse<F extends Output, B extends Output, A extends Arguments>(
    options?: Interfaces.Input<F, B, A>,
    argv?: string[],
  ): Promise<Interfaces.ParserOutput<F, B, A>> {
    withoutStdin(this.ctor)
    try {
      const parsed = await super.parse(options, argv)
      const commas =
        commaError(parsed.flags, (name, values) => values.map(value => `--${name} ${value}`).join(' ')) ??
        commaError(parsed.args, (_, values) => values.join(' '))
      if (commas) throw commas
      this.#configFile = parsed.flags['config'] || undefined
      this.#verbose = parsed.flags['verbose'] === true
      return parsed
    } catch (error) {
      const flags = Object.keys({ ...this.ctor.flags, ...this.ctor.baseFlags, json: 0 }).map(flag => `--${flag}`)
      const usage = toUsageError(error as Error, (this.id ?? '').replaceAll(':', ' '), flag => didYouMean(flag, flags))
      const repeatable = Object.entries(this.ctor.flags).flatMap(([name, flag]) => (isRepeatable(flag) ? [`--${name}`] : []))
      throw secondValueError(usage, argv ?? this.argv, repeatable) ?? usage
    }
  }

  protected override async catch(error: Error & { oclif?: { exit?: number }; told?: boolean }) {
    error.oclif = { exit: exitCodeOf(error) }
    error.told = true
    process.exitCode = error.oclif.exit
    if (error instanceof StoppedError && error.signal === 'SIGINT') clearInterrupt()
    // What concerns all of them, such as a lost database, is one line.
    for (const line of new Set((this.failed.length > 0 ? this.failed : [error]).map(toLine))) tellOnStderr(line)
    await super.catch(error)
  }

  protected override async finally(error: Error | undefined): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close()
    await super.finally(error)
  }

  protected override toErrorJson(error: Error): unknown {
    return toErrorValue(error)
  }
}

function clockOf({ clock = 'run', now, clockSince }: Config): Clock {
  if (clock === 'leap') return createLeapingClock(now)
  if (clock === 'run') return createClock(now)
  return createFastClock(Number(clock.slice(1)), { startAt: now, since: clockSince })
}
