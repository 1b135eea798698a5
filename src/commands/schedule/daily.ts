import { Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/base-command.ts'
import { dayFlag, faultySandboxFlags, toAppOptions } from '../../cli/flags.ts'
import type { Progress } from '../../jobs/daily/daily.ts'
import type { DailyOutcome } from '../../jobs/daily/daily-of-sports.ts'
import type { DailyReceipt } from '../../jobs/daily/daily-receipt.ts'
import type { ImportProgress } from '../../jobs/import/import.ts'
import type { ImportReceipt } from '../../jobs/import/import-receipt.ts'

export default class Daily extends BaseCommand {
  static override summary = 'Load yesterday, and every day missed since the watermark.'
  static override description =
    "Yesterday is the civil day in the sport's zone (America/New_York for nba and nfl). Games that are not over yet are loaded as they stand and looked at again by later runs; a game that cannot be loaded goes to the dead letters. Of the NFL, which comes in files, those of the season are asked for. The exit code counts what was set aside. Doing it twice writes nothing."
  static override examples = [
    { description: 'From crontab, every morning', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'One day, and nothing else',
      command: '<%= config.bin %> <%= command.id %> --sport nba --date 2025-01-15 --no-catch-up',
    },
    { description: 'See what would change', command: '<%= config.bin %> <%= command.id %> --weekly --dry-run' },
    { description: 'Try it: simulated leagues, no network', command: '<%= config.bin %> <%= command.id %> --sandbox' },
  ]
  static override flags = {
    sport: Flags.string({ summary: 'Sports to load; all enabled ones by default.', multiple: true, helpValue: 'nba' }),
    date: dayFlag({ summary: 'The day to load instead of yesterday.' }),
    'days-back': Flags.integer({
      summary: 'Days to load, counted back from that day: 1 is the day alone.',
      min: 1,
      max: 400,
      default: 1,
    }),
    'days-ahead': Flags.integer({
      summary: 'Days after that day to load too: 1 is the day after it.',
      min: 0,
      max: 60,
      default: 0,
    }),
    weekly: Flags.boolean({ summary: 'Look 7 days back.', exclusive: ['days-back'] }),
    only: Flags.string({
      summary: 'Datasets to load; a part of them leaves the watermark alone.',
      multiple: true,
      helpValue: 'schedule',
    }),
    'catch-up': Flags.boolean({
      summary: 'Also load missed days and games to look at again; on unless --no-catch-up.',
      allowNo: true,
      default: true,
    }),
    'dry-run': Flags.boolean({ summary: 'Do all but the commit; show what would change.' }),
    ...faultySandboxFlags,
  }

  async run(): Promise<DailyOutcome> {
    const { flags } = await this.parse(Daily)
    const { loaded, clock } = await this.context()
    const [
      { checkDatasets, checkNotAhead, chooseSports },
      { runDailyOfSports },
      { startProgress },
      { dailyProgress },
      { dailyReceipt },
      { importProgress, importReceipt },
    ] = await Promise.all([
      import('../../cli/sports.ts'),
      import('../../jobs/daily/daily-of-sports.ts'),
      import('../../cli/progress.ts'),
      import('../../cli/progress-text.ts'),
      import('../../cli/daily-receipt.ts'),
      import('../../cli/import-receipt.ts'),
    ])
    const sports = chooseSports(flags.sport ?? [], id => loaded.config.sports[id as 'nba']?.enabled)
    checkDatasets(flags.only ?? [], sports)
    checkNotAhead(flags.date, sports, clock.now())
    const app = await this.app(toAppOptions(flags))
    const progress = await startProgress(process.stderr.isTTY === true && !this.jsonEnabled())
    const receipts: (DailyReceipt | ImportReceipt)[] = []
    try {
      const options = {
        date: flags.date,
        daysBack: flags.weekly ? 7 : flags['days-back'],
        daysAhead: flags['days-ahead'],
        only: flags.only ?? [],
        catchUp: flags['catch-up'],
        dryRun: flags['dry-run'] || loaded.config.features.dryRun,
      }
      const tell = {
        onProgress: (state: Progress | ImportProgress) =>
          progress.update('day' in state ? dailyProgress(state) : importProgress(state)),
        onReceipt: (receipt: DailyReceipt | ImportReceipt) => void receipts.push(receipt),
      }
      return this.finish(await runDailyOfSports(app, sports, options, tell))
    } finally {
      progress.stop()
      for (const receipt of receipts) this.show('files' in receipt ? importReceipt(receipt) : dailyReceipt(receipt))
    }
  }
}
