import { Flags } from '@oclif/core'
import { dayFlag, examplesOf, faultySandboxFlags, listFlag } from '../../cli/flags.ts'
import { JobCommand } from '../../cli/job-command.ts'
import { howToGoOn } from '../../cli/resume-hint.ts'
import { tellOnStderr } from '../../cli/tell.ts'
import { visible } from '../../core/visible.ts'
import type { BackfillHow } from '../../jobs/backfill.ts'
import type { BackfillOutcome } from '../../jobs/backfill-seasons.ts'
import type { Forecast } from '../../jobs/forecast.ts'

export default class Backfill extends JobCommand {
  static override summary = 'Load the history of seasons, in chunks; run it again to resume.'
  static override description =
    'Asks for every game up to yesterday that is not settled: neither loaded nor in the dead letters. You can stop it, kill it and start it again at any time; only chunks that were not committed are asked for again. The watermark is the greatest game id up to which all games are settled. The exit code counts dead letters of the run and chunks that are not done. The NFL is loaded from files, each in one transaction: unchanged files are not read again, and the exit code counts files and rows that became dead letters. Races are loaded by day; the watermark is the last day up to which all days are settled.'
  static override examples = examplesOf({
    'A season; run it again to resume': '--sport nba --season 2024-25',
    'The NFL, sixteen seasons at once': '--sport nfl --season 2010..2025',
    'What it would do, and how long it would take': '--sport nba --season 2024-25 --plan',
    'By workers on several hosts': '--sport nba --season 2024-25 --distribute',
    'From one game on; ids are compared as text': '--sport nba --season 2024-25 --since 0022400500',
    'Some days; the season follows from them': '--sport nba --from 2025-01-01 --to 2025-01-31',
    'Races of a year, by day': '--sport racing --season 2024',
    'Three seasons, in chunks of two weeks, four at a time':
      '--sport nba --season 2022-23..2024-25 --chunk-days 14 --concurrency 4',
    'Try it: simulated NBA, no network': '--sport nba --season 2024-25 --sandbox',
  })
  static override flags = {
    sport: Flags.string({ summary: 'The sport to load.', required: true, helpValue: 'nba' }),
    season: Flags.string({ summary: 'A season, or a range of them: 2022-23..2024-25.', helpValue: '2024-25' }),
    since: Flags.string({ summary: 'Only games from this id on, compared as text.', helpValue: 'ID' }),
    from: dayFlag({
      summary:
        'Only games from this day on, also below the watermark if they are missing; without --season, the seasons of these days.',
    }),
    to: dayFlag({ summary: 'Only games up to this day; yesterday by default.' }),
    'chunk-days': Flags.integer({
      summary: 'Days per chunk, at most 31; by default, chunks have about 50 games each.',
      min: 1,
      max: 31,
      helpValue: '7',
    }),
    only: listFlag('Datasets to load; for sports that are loaded by files, days or seasons.', 'player-stats'),
    concurrency: Flags.integer({
      summary: 'Chunks or files at a time, at most 16, within the rate of the provider; by default 2 chunks or 3 files.',
      min: 1,
      max: 16,
      helpValue: 'N',
    }),
    plan: Flags.boolean({ summary: 'Show chunks, games, requests and time; load nothing.' }),
    'retry-failed': Flags.boolean({
      summary: 'Only chunks that failed; files with an open dead letter or never loaded.',
      exclusive: ['restart'],
    }),
    restart: Flags.boolean({
      summary: 'Forget what is settled and load the season again; unchanged rows are not written.',
      exclusive: ['since', 'from', 'to'],
    }),
    'dry-run': Flags.boolean({ summary: 'Do everything except the commit; show what would change.', exclusive: ['plan'] }),
    distribute: Flags.boolean({
      summary:
        'Have workers load the chunks or files, on any hosts, within the one rate of the provider; by default up to 16 at a time.',
      exclusive: ['plan', 'dry-run'],
    }),
    ...faultySandboxFlags,
  }

  async run(): Promise<BackfillOutcome | { plans: Forecast[] }> {
    const { flags } = await this.parse(Backfill)
    const { loaded, clock } = await this.context()
    const { toBackfillRequest } = await import('../../jobs/request/backfill-request.ts')
    const { sport, seasons, options } = toBackfillRequest(flags, { now: clock.now(), config: loaded.config })
    const app = await this.app(flags)
    if (flags.plan) {
      const [{ forecastBackfill }, { forecastText }] = await Promise.all([
        import('../../jobs/forecast.ts'),
        import('../../cli/forecast-text.ts'),
      ])
      const plans = await forecastBackfill(app, sport, seasons, options)
      for (const plan of plans) this.show(forecastText(plan))
      return { plans }
    }
    const { runBackfillOfSeasons } = await import('../../jobs/backfill-seasons.ts')
    const load = async <T>(work: (how: Pick<BackfillHow, 'loadElsewhere'>) => Promise<T>): Promise<T> => {
      // By the setting; the flags exclude each other. Workers commit.
      if (!flags.distribute || options.dryRun) return await work({})
      const { withWorkers } = await import('../../jobs/distribute/by-jobs.ts')
      return await withWorkers(app, loadElsewhere => work({ loadElsewhere }))
    }
    let hasBegun = false
    try {
      return await this.runJobs(async listener => {
        const onProgress: typeof listener.onProgress = state => {
          hasBegun = true
          listener.onProgress(state)
        }
        const outcome = await load(how => runBackfillOfSeasons(app, sport, seasons, options, { ...listener, ...how, onProgress }))
        for (const { season, message, hint } of outcome.failedSeasons)
          tellOnStderr(visible(`${season}: ${message}${hint ? ` Hint: ${hint}` : ''}`))
        return outcome
      })
    } catch (error) {
      throw howToGoOn(error, this.argv, { dryRun: options.dryRun, hasBegun })
    } finally {
      if (!options.dryRun) await this.tellAlerts(app, flags)
    }
  }
}
