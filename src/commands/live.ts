import { Flags } from '@oclif/core'
import { BaseCommand } from '../cli/base-command.ts'
import { faultySandboxFlags, toAppOptions } from '../cli/flags.ts'
import { ConfigError } from '../core/errors.ts'
import type { LiveOutcome } from '../jobs/live/live.ts'

export default class Live extends BaseCommand {
  static override summary = 'Follow the games that are on, and keep the schedule fresh, until told to stop.'
  static override description =
    'Live from 15 minutes before the first game of the schedule until all are over: asks for the scoreboard (every 5 minutes, see live.live_interval), then only for games that have moved. Outside of that it brings the schedule up to date (every 30 minutes, see live.update_interval). Any number of these may run, on any hosts: one works, the others stand by and take over within 15 seconds of its death. A provider that fails is told once and tried again.'
  static override examples = [
    { description: 'Follow all enabled sports', command: '<%= config.bin %> <%= command.id %>' },
    { description: 'One turn, from crontab', command: '<%= config.bin %> <%= command.id %> --sport nba --once' },
    { description: 'Try it: simulated leagues, no network', command: '<%= config.bin %> <%= command.id %> --sandbox' },
  ]
  static override flags = {
    sport: Flags.string({ summary: 'Sports to follow; all enabled ones by default.', multiple: true, helpValue: 'nba' }),
    once: Flags.boolean({ summary: 'One turn; 103 where another process is at it.' }),
    ...faultySandboxFlags,
  }

  async run(): Promise<LiveOutcome> {
    const { flags } = await this.parse(Live)
    const { loaded } = await this.context()
    const [{ chooseLiveSports }, { runLive }, { liveReceipt, standbyLine, turnLine }] = await Promise.all([
      import('../cli/sports.ts'),
      import('../jobs/live/live.ts'),
      import('../cli/live-text.ts'),
    ])
    if (loaded.config.features.dryRun)
      throw new ConfigError('features.dry_run is on, and following games without writing is of no use.', {
        hint: 'Set it to false.',
      })
    const sports = chooseLiveSports(flags.sport ?? [], id => loaded.config.sports[id as 'nba']?.enabled)
    const app = await this.app(toAppOptions(flags))
    const outcome = await runLive(
      app,
      sports,
      { once: flags.once },
      {
        onTurn: note => {
          if (!flags.once) this.show(turnLine(note))
        },
        onStandby: (sport, message) => this.show(standbyLine(sport.id, message)),
        onReceipt: receipt => this.show(liveReceipt(receipt)),
      },
    )
    return this.finish(outcome)
  }
}
