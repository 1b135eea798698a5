import { Flags } from '@oclif/core'
import { sandboxFlag } from '../../cli/flags.ts'
import { JobCommand, type JobsOutcome } from '../../cli/job-command.ts'
import { letterIds, toIds } from '../../cli/letter-ids.ts'
import { UsageError } from '../../core/errors.ts'

export default class Retry extends JobCommand {
  static override summary = 'Try dead letters again now.'
  static override description =
    'Asks the provider for those games or files; what loads is resolved, what does not has one attempt more. A letter of a daily run is tried by the next two daily runs as well, one of a backfill by no run unless the provider was unavailable. The exit code is the number that are still open. Never beside a daily run of the same sport (103).'
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

  async run(): Promise<JobsOutcome> {
    const { args, flags } = await this.parse(Retry)
    const ids = toIds(args.id)
    const all = flags.all === true
    if (all === ids.length > 0)
      throw new UsageError(all ? 'Either ids or --all, not both.' : 'Which ones?', {
        hint: 'Give their ids as dead-letters list shows them, or --all.',
      })
    const [{ chooseSports }, { retryDeadLetters }, store] = await Promise.all([
      import('../../jobs/request/sports.ts'),
      import('../../jobs/retry.ts'),
      import('../../store/dead-letters.ts'),
    ])
    const wanted = chooseSports(flags.sport ?? [], () => true)
    const app = await this.app(flags.sandbox ? { sandbox: {} } : {})
    const letters = await app.database.run(sql => (all ? store.listOpenDeadLetters(sql) : store.findOpenDeadLetters(sql, ids)))
    const sports = wanted.filter(sport => letters.some(letter => letter.sport === sport.id))
    const outcome = await this.runForEach(sports, (sport, onProgress) =>
      retryDeadLetters(app, sport, all ? undefined : ids, onProgress),
    )
    if (sports.length === 0) this.show('No dead letter is open.')
    return outcome
  }
}
