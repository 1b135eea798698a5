import { Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/base-command.ts'
import { sandboxFlag } from '../../cli/flags.ts'
import { letterIds, toIds } from '../../cli/letter-ids.ts'
import { UsageError } from '../../core/errors.ts'
import type { Progress } from '../../jobs/daily/daily.ts'
import type { ImportProgress } from '../../jobs/import/import.ts'
import type { RetryReceipt } from '../../jobs/retry-dead-letters.ts'

export default class Retry extends BaseCommand {
  static override summary = 'Try dead letters again now.'
  static override description =
    'Asks the provider for those games or files; what loads is resolved, what does not has one attempt more. Daily runs try each three times by themselves; this is for after that, or for at once. The exit code is the number that are still open. Never beside a daily run of the same sport (103).'
  static override examples = [
    '<%= config.bin %> <%= command.id %> 3 4',
    { description: 'All open ones', command: '<%= config.bin %> <%= command.id %> --all' },
  ]
  static override args = { id: letterIds(false) }
  static override flags = {
    ...sandboxFlag,
    all: Flags.boolean({ summary: 'All open ones, instead of some by id.' }),
    sport: Flags.string({
      summary: 'With --all: of these sports only.',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'nba',
      dependsOn: ['all'],
    }),
  }

  async run(): Promise<{ runs: RetryReceipt[]; failures: number }> {
    const { args, flags } = await this.parse(Retry)
    const ids = toIds(args.id)
    const all = flags.all === true
    if (all === ids.length > 0)
      throw new UsageError(all ? 'Either ids or --all, not both.' : 'Which ones?', {
        hint: 'Give their ids as dead-letters list shows them, or --all.',
      })
    const [
      { chooseSports },
      { retryDeadLetters },
      { retryFiles },
      { startProgress },
      { dailyProgress },
      { importProgress },
      { retryReceipt },
      store,
    ] = await Promise.all([
      import('../../cli/sports.ts'),
      import('../../jobs/retry-dead-letters.ts'),
      import('../../jobs/import/retry-files.ts'),
      import('../../cli/progress.ts'),
      import('../../cli/progress-text.ts'),
      import('../../cli/import-receipt.ts'),
      import('../../cli/retry-receipt.ts'),
      import('../../store/dead-letters.ts'),
    ])
    const wanted = chooseSports(flags.sport ?? [], () => true)
    const app = await this.app(flags.sandbox ? { sandbox: {} } : {})
    const letters = await app.database.run(sql => (all ? store.listOpenDeadLetters(sql) : store.findOpenDeadLetters(sql, ids)))
    const sports = wanted.filter(sport => letters.some(letter => letter.sport === sport.id))
    const progress = await startProgress(process.stderr.isTTY === true && !this.jsonEnabled())
    const runs: RetryReceipt[] = []
    try {
      const tell = (state: Progress | ImportProgress) =>
        progress.update('day' in state ? dailyProgress(state) : importProgress(state))
      const chosen = all ? undefined : ids
      for (const sport of sports)
        runs.push(
          sport.loads === 'files' ? await retryFiles(app, sport, chosen, tell) : await retryDeadLetters(app, sport, chosen, tell),
        )
    } finally {
      progress.stop()
      for (const receipt of runs) this.show(retryReceipt(receipt))
    }
    if (runs.length === 0) this.show('There are none: everything asked for was loaded.')
    return this.finish({ runs, failures: runs.reduce((sum, receipt) => sum + receipt.failures, 0) })
  }
}
