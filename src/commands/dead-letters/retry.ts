import { Flags } from '@oclif/core'
import { letterIds, toIds } from '../../cli/args.ts'
import { listFlag, sandboxFlag } from '../../cli/flags.ts'
import { JobCommand, type JobsOutcome } from '../../cli/job-command.ts'
import { UsageError } from '../../core/errors.ts'

export default class Retry extends JobCommand {
  static override summary = 'Try dead letters again now.'
  static override description =
    'Asks the provider for these games or files again: letters of those that load are resolved, the others count one more attempt. The next two daily runs also try a letter of a daily run by themselves; a letter of a backfill is tried by itself only if the provider was unavailable. The exit code is the number of letters still open. Exits with 103 while a daily run of the same sport is at work.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> 3 4',
    { description: 'All open ones', command: '<%= config.bin %> <%= command.id %> --all' },
  ]
  static override args = { id: letterIds(false) }
  static override flags = {
    ...sandboxFlag,
    all: Flags.boolean({ summary: 'All open ones, instead of some ids.' }),
    sport: listFlag('With --all: of these sports only.', 'nba', { dependsOn: ['all'] }),
  }

  async run(): Promise<JobsOutcome> {
    const { args, flags } = await this.parse(Retry)
    const ids = toIds(args.id)
    const all = flags.all === true
    if (all === ids.length > 0)
      throw new UsageError(all ? 'Either ids or --all, not both.' : 'Missing ids, or --all.', {
        hint: 'Give their ids as dead-letters list shows them, or --all.',
      })
    const [{ allSports, chooseSports }, { retryDeadLetters }, store] = await Promise.all([
      import('../../jobs/request/sports.ts'),
      import('../../jobs/retry.ts'),
      import('../../store/dead-letters.ts'),
    ])
    const { loaded } = await this.context()
    const wanted = flags.sport
      ? chooseSports(flags.sport, { config: loaded.config, sandbox: flags.sandbox })
      : allSports(loaded.config)
    const app = await this.app(flags)
    const letters = await app.database.run(sql => (all ? store.listOpenDeadLetters(sql) : store.findOpenDeadLetters(sql, ids)))
    const sports = wanted.filter(sport => letters.some(letter => letter.sport === sport.id))
    const outcome = await this.runForEach(sports, (sport, onProgress) =>
      retryDeadLetters(app, sport, all ? undefined : ids, onProgress),
    )
    if (sports.length === 0) this.show('No dead letter is open.')
    return outcome
  }
}
