import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/base-command.ts'
import { refuseDryRun } from '../../cli/dry-run.ts'
import { sandboxFlag } from '../../cli/flags.ts'
import { durationText, table } from '../../cli/table.ts'
import { sendAllNotices } from '../../jobs/background/tell-caches.ts'
import { audienceOf } from '../../jobs/cache-invalidation.ts'
import { chooseFunctions, chooseStatsSport } from '../../jobs/request/stats-request.ts'
import { type FunctionResult, runStats } from '../../stats/run-stats.ts'

export default class Run extends BaseCommand {
  static override summary = 'Bring stats up to date, now and in this process.'
  static override description =
    'Computes what follows from rows that have changed since the last time; with --full, all anew. Functions run at the same time, and each commits by itself. The exit code is the number of those that have failed.'
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> update_power_ratings --full',
  ]
  static override args = {
    function: Args.string({ description: 'As stats list shows them; all without it.', multiple: true }),
  }
  static override flags = {
    ...sandboxFlag,
    full: Flags.boolean({ summary: 'Compute all anew.' }),
    sport: Flags.string({ summary: 'Sports to compute; all by default.', multiple: true, helpValue: 'nba' }),
  }

  async run(): Promise<{ functions: Record<string, FunctionResult>; failures: number }> {
    const { args, flags } = await this.parse(Run)
    const functions = chooseFunctions([args.function ?? []].flat() as string[])
    const sports = flags.sport?.map(name => chooseStatsSport(name).id)
    refuseDryRun((await this.context()).loaded.config, 'stats run')
    const app = await this.app(flags)
    const { database, clock, log, signal, config } = app
    const notifies = audienceOf(config)
    const results = await runStats({ database, clock, log, signal, notifies }, { functions, full: flags.full, sports })
    await sendAllNotices(app)
    const lines = Object.entries(results).map(([name, { status, rows, durationMs }]) => [
      name,
      status,
      rows,
      durationText(durationMs),
    ])
    this.show(table(['function', 'status', 'rows', 'took'], lines, ''))
    for (const [name, { error }] of Object.entries(results)) if (error) this.logToStderr(`${name}: ${error}`)
    const failures = Object.values(results).filter(({ status }) => status === 'failed').length
    return this.finish({ functions: results, failures })
  }
}
