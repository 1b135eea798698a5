import { Flags } from '@oclif/core'
import { BaseCommand } from '../cli/base-command.ts'
import { examplesOf, faultySandboxFlags, listFlag } from '../cli/flags.ts'
import { workWithoutOutput } from '../cli/output.ts'
import { ConfigError } from '../core/errors.ts'
import { keepHeapSmall } from '../core/heap.ts'
import type { LiveOutcome } from '../jobs/live/live.ts'

export default class Live extends BaseCommand {
  static override summary = 'Follow live games and keep the schedule up to date, until stopped.'
  static override description =
    'Live from 15 minutes before the first game of the schedule until all are over: polls the scoreboard (every 5 minutes, see live.live_interval), then asks only for games that have changed. Outside of that it updates the schedule (every 30 minutes, see live.update_interval). Any number of these may run, on any hosts: one works, the others are on standby and take over within 15 seconds if it dies. A provider that fails is reported once and polled again.'
  static override examples = examplesOf({
    'Follow all enabled sports': '',
    'Scores only, without box scores': '--only scoreboard',
    'One cycle, from crontab': '--sport nba --once',
    'Try it: simulated leagues, no network': '--sandbox',
  })
  static override flags = {
    sport: Flags.string({ summary: 'Sports to follow; all enabled ones by default.', multiple: true, helpValue: 'nba' }),
    only: listFlag('Datasets to load, by polls and by updates; all by default.', 'scoreboard'),
    once: Flags.boolean({ summary: 'One cycle; exits with 103 if another process follows the sport.' }),
    ...faultySandboxFlags,
  }

  async run(): Promise<LiveOutcome> {
    const { flags } = await this.parse(Live)
    // Before the rest is loaded, for which V8 would quadruple the part of the heap where it puts what is new.
    if (!flags.once) keepHeapSmall()
    const { loaded, clock } = await this.context()
    const [
      { chooseByDatasets, chooseLiveSports, liveNames },
      { runLive },
      { createNewsFilter, cycleLine, standbyLine },
      { receiptText },
    ] = await Promise.all([
      import('../jobs/request/sports.ts'),
      import('../jobs/live/live.ts'),
      import('../cli/live-text.ts'),
      import('../cli/receipt-text.ts'),
    ])
    if (loaded.config.features.dryRun)
      throw new ConfigError('features.dry_run is on, and live cannot run without writing.', {
        hint: 'Set it to false.',
      })
    const sports = chooseLiveSports(flags.sport ?? [], { config: loaded.config, sandbox: flags.sandbox })
    const only = flags.only ?? []
    const meant = chooseByDatasets(only, sports, liveNames)
    workWithoutOutput()
    const app = await this.app(flags)
    // A terminal shows that it is alive; a log does not grow while nothing happens.
    const isNews = process.stdout.isTTY ? () => true : createNewsFilter(clock)
    const { watchLive } = await import('../alerts/watch-live.ts')
    const watch = watchLive(app, { sandbox: flags.sandbox })
    try {
      const outcome = await runLive(
        app,
        meant,
        { once: flags.once, only },
        {
          onCycle: note => {
            if (!flags.once && isNews(note)) this.show(cycleLine(note))
            watch.onCycle(note)
          },
          onStandby: (sport, message) => {
            this.show(standbyLine(sport.id, message))
            watch.onStandby(sport)
          },
          onReceipt: receipt => this.show(receiptText(receipt)),
        },
      )
      return this.finish(outcome)
    } finally {
      await watch.stop()
    }
  }
}
