import { Flags } from '@oclif/core'
import type { App } from '../../app.ts'
import type { BackfillRequest } from '../../cli/backfill-request.ts'
import { BaseCommand } from '../../cli/base-command.ts'
import { dayFlag, faultySandboxFlags, toAppOptions } from '../../cli/flags.ts'
import { StoppedError } from '../../core/errors.ts'
import type { BackfillForecast } from '../../jobs/backfill/backfill-forecast.ts'
import type { BackfillOutcome } from '../../jobs/backfill/backfill-of-seasons.ts'
import type { BackfillReceipt } from '../../jobs/backfill/backfill-receipt.ts'
import type { BackfillProgress } from '../../jobs/backfill/load-season.ts'
import type { ImportProgress } from '../../jobs/import/import.ts'
import type { FileForecast } from '../../jobs/import/import-forecast.ts'
import type { ImportReceipt } from '../../jobs/import/import-receipt.ts'

/** A receipt per season; one for all of them where they are loaded by files. */
type Outcome = Omit<BackfillOutcome, 'runs'> & { runs: (BackfillOutcome['runs'][number] | ImportReceipt)[] }

type OfFiles = Extract<BackfillRequest, { sport: { loads: 'files' } }>
type OfGames = Exclude<BackfillRequest, OfFiles>

export default class Backfill extends BaseCommand {
  static override summary = 'Load the history of a season, in chunks; resumes by itself.'
  static override description =
    'Asks for every game up to yesterday that is not settled yet: loaded, or set aside in the dead letters. It can be stopped, killed and started again at any time, and goes on where it was; at most the chunks that were open are asked for again. The watermark is the greatest game id up to which all are settled. The exit code counts games set aside and chunks that are not done. The NFL comes in whole files instead, one transaction each: those that did not change since are not read again, and the exit code counts files and rows set aside.'
  static override examples = [
    {
      description: 'A season; the same again goes on',
      command: '<%= config.bin %> <%= command.id %> --sport nba --season 2024-25',
    },
    {
      description: 'The NFL, sixteen seasons at once',
      command: '<%= config.bin %> <%= command.id %> --sport nfl --season 2010..2025',
    },
    {
      description: 'What it would do, and how long it would take',
      command: '<%= config.bin %> <%= command.id %> --sport nba --season 2024-25 --plan',
    },
    {
      description: 'From a game on; ids compare as text',
      command: '<%= config.bin %> <%= command.id %> --sport nba --season 2024-25 --since 0022400500',
    },
    {
      description: 'Three seasons, in chunks of two weeks, four at a time',
      command: '<%= config.bin %> <%= command.id %> --sport nba --season 2022-23..2024-25 --chunk-days 14 --concurrency 4',
    },
    {
      description: 'Try it: simulated NBA, no network',
      command: '<%= config.bin %> <%= command.id %> --sport nba --season 2024-25 --sandbox',
    },
  ]
  static override flags = {
    sport: Flags.string({ summary: 'The sport to load.', required: true, helpValue: 'nba' }),
    season: Flags.string({ summary: 'A season, or a range of them: 2022-23..2024-25.', required: true, helpValue: '2024-25' }),
    since: Flags.string({ summary: 'Only games from this id on, compared as text.', helpValue: 'ID' }),
    from: dayFlag({ summary: 'Only games from this day on; what is missing there is loaded whatever the watermark says.' }),
    to: dayFlag({ summary: 'Only games up to this day; yesterday by default.' }),
    'chunk-days': Flags.integer({
      summary: 'Days of a chunk, at most 31; without it, chunks have about 50 games each.',
      min: 1,
      max: 31,
      helpValue: '7',
    }),
    only: Flags.string({
      summary: 'Datasets to load, of a sport that is loaded by files.',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'player-stats',
    }),
    concurrency: Flags.integer({
      summary: 'Chunks or files at a time, 16 at most, within the rate of the provider; 2 chunks or 3 files by default.',
      min: 1,
      max: 16,
      helpValue: 'N',
    }),
    plan: Flags.boolean({ summary: 'Show chunks, games, requests and time; load nothing.' }),
    'retry-failed': Flags.boolean({ summary: 'Only what is left of chunks that failed.', exclusive: ['restart'] }),
    restart: Flags.boolean({
      summary: 'Forget what is settled and load the season again; rows that did not change are not written.',
      exclusive: ['since', 'from', 'to'],
    }),
    'dry-run': Flags.boolean({ summary: 'Do all but the commit; show what would change.', exclusive: ['plan'] }),
    ...faultySandboxFlags,
  }

  async run(): Promise<Outcome | { plans: (BackfillForecast | FileForecast)[] }> {
    const { flags } = await this.parse(Backfill)
    const { loaded, clock } = await this.context()
    const { toBackfillRequest } = await import('../../cli/backfill-request.ts')
    const request = toBackfillRequest(flags, { now: clock.now(), dryRun: loaded.config.features.dryRun })
    const app = await this.app(toAppOptions(flags))
    if (isOfFiles(request)) return flags.plan ? await this.#planFiles(app, request) : await this.#loadFiles(app, request)
    return flags.plan ? await this.#plan(app, request) : await this.#load(app, request)
  }

  async #planFiles(app: App, { sport, options }: OfFiles) {
    const [{ forecastImport }, { fileForecastText }] = await Promise.all([
      import('../../jobs/import/import-forecast.ts'),
      import('../../cli/import-receipt.ts'),
    ])
    const forecast = await forecastImport(app, sport, options)
    this.show(fileForecastText(forecast))
    return { plans: [forecast] }
  }

  async #loadFiles(app: App, { sport, options }: OfFiles): Promise<Outcome> {
    const [{ runImport }, { startProgress }, { importProgress, importReceipt }] = await Promise.all([
      import('../../jobs/import/import.ts'),
      import('../../cli/progress.ts'),
      import('../../cli/import-receipt.ts'),
    ])
    const progress = await startProgress(process.stderr.isTTY === true && !this.jsonEnabled())
    try {
      const receipt = await runImport(app, sport, options, (state: ImportProgress) => progress.update(importProgress(state)))
      progress.stop()
      this.show(importReceipt(receipt))
      return this.finish({ runs: [receipt], failedSeasons: [], failures: receipt.failures })
    } catch (error) {
      throw withHowToGoOn(error, this.argv, options.dryRun, true)
    } finally {
      progress.stop()
    }
  }

  async #plan(app: App, { sport, seasons, options }: OfGames) {
    const [{ forecastBackfill }, { forecastText }] = await Promise.all([
      import('../../jobs/backfill/backfill-forecast.ts'),
      import('../../cli/forecast-text.ts'),
    ])
    const plans: BackfillForecast[] = []
    for (const season of seasons) {
      const forecast = await forecastBackfill(app, sport, { ...options, season })
      plans.push(forecast)
      this.show(forecastText(forecast))
    }
    return { plans }
  }

  async #load(app: App, { sport, seasons, options }: OfGames) {
    const [{ runBackfillOfSeasons }, { startProgress }, { backfillProgress }, { backfillReceipt }] = await Promise.all([
      import('../../jobs/backfill/backfill-of-seasons.ts'),
      import('../../cli/progress.ts'),
      import('../../cli/progress-text.ts'),
      import('../../cli/backfill-receipt.ts'),
    ])
    const progress = await startProgress(process.stderr.isTTY === true && !this.jsonEnabled())
    const receipts: BackfillReceipt[] = []
    let loading = false
    const tell = {
      onProgress: (state: BackfillProgress) => {
        loading = true
        progress.update(backfillProgress(state))
      },
      onReceipt: (receipt: BackfillReceipt) => void receipts.push(receipt),
    }
    try {
      const outcome = await runBackfillOfSeasons(app, sport, seasons, options, tell)
      for (const { season, message, hint } of outcome.failedSeasons)
        process.stderr.write(`${season}: ${message}${hint ? ` Hint: ${hint}` : ''}\n`)
      return this.finish(outcome)
    } catch (error) {
      throw withHowToGoOn(error, this.argv, options.dryRun, loading)
    } finally {
      progress.stop()
      for (const receipt of receipts) this.show(backfillReceipt(receipt))
    }
  }
}

const isOfFiles = (request: BackfillRequest): request is OfFiles => request.sport.loads === 'files'

/** Who stopped it is told how to go on. */
function withHowToGoOn(error: unknown, words: readonly string[], dryRun: boolean, loading: boolean): unknown {
  if (!(error instanceof StoppedError)) return error
  return new StoppedError(error.signal, { hint: dryRun ? 'Nothing was kept.' : howToGoOn(words, loading), cause: error })
}

/** The same words again, but for the one that would start over once more. */
function howToGoOn(words: readonly string[], loading: boolean): string {
  const again = words.filter(word => !(loading && word === '--restart'))
  const quoted = again.map(word => (/^[\w./:=,@-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
  return `What was committed is kept; go on with: sports-ingest schedule backfill ${quoted.join(' ')}`
}
