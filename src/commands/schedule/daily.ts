import { Flags } from '@oclif/core'
import { dayFlag, dryRunFlag, examplesOf, faultySandboxFlags, sportsFlag } from '../../cli/flags.ts'
import { JobCommand, type JobsOutcome } from '../../cli/job-command.ts'

export default class Daily extends JobCommand {
  static override summary = 'Load yesterday, and every day missed since the watermark.'
  static override description =
    "Yesterday is the civil day in the sport's zone (America/New_York for nba and nfl, Europe/London for racing). Games that are not over yet are loaded as they stand and asked for again by later runs; a game that cannot be loaded becomes a dead letter. The NFL is loaded from files: those of every season that these days touch. Of racing, the cards of today and tomorrow are loaded as well. The exit code counts the dead letters of the run and the days and files that could not be loaded. Running it twice writes nothing."
  static override examples = examplesOf({
    'From crontab, every morning': '',
    'One day of the current season, and nothing else': '--sport nba --date 2026-11-20 --no-catch-up',
    'See what would change': '--weekly --dry-run',
    'Try it: simulated leagues, no network': '--sandbox',
  })
  static override flags = {
    ...sportsFlag,
    date: dayFlag({
      summary:
        'The day to load instead of yesterday; for the NBA, a day of the current season (others: schedule backfill --from).',
    }),
    'days-back': Flags.integer({
      summary: 'Days to load, counted back from that day: 1 is that day only.',
      min: 1,
      max: 400,
      default: 1,
    }),
    'days-ahead': Flags.integer({
      summary: 'Days after that day to load as well: 1 is the day after it. Not for the NFL.',
      min: 0,
      max: 60,
      default: 0,
    }),
    weekly: Flags.boolean({ summary: 'The same as --days-back 7.', exclusive: ['days-back'] }),
    only: Flags.string({
      summary: 'Datasets to load; a part of them does not move the daily watermark.',
      multiple: true,
      helpValue: 'schedule',
    }),
    'catch-up': Flags.boolean({
      summary: 'Also load missed days and games to ask for again; on unless --no-catch-up.',
      allowNo: true,
      default: true,
    }),
    'dry-run': dryRunFlag,
    ...faultySandboxFlags,
  }

  async run(): Promise<JobsOutcome> {
    const { flags } = await this.parse(Daily)
    const { loaded, clock, log } = await this.context()
    const [{ toDailyRequest }, { runDaily }] = await Promise.all([
      import('../../jobs/request/daily-request.ts'),
      import('../../jobs/daily.ts'),
    ])
    const { sports, options, ignored } = toDailyRequest(flags, { now: clock.now(), config: loaded.config })
    for (const text of ignored) log.warn('flag.ignored', { message: text })
    const app = await this.app(flags)
    try {
      return await this.runForEach(sports, (sport, onProgress) => runDaily(app, sport, options, onProgress))
    } finally {
      if (!options.dryRun)
        await this.tellAlerts(
          app,
          flags,
          sports.map(({ id }) => ({ job: 'daily', sport: id })),
        )
    }
  }
}
