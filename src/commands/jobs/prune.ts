import { Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/base-command.ts'
import { sandboxFlag } from '../../cli/flags.ts'
import { age } from '../../core/config/kinds.ts'
import { UsageError } from '../../core/errors.ts'
import { pruneJobs } from '../../store/background-jobs.ts'

const ageFlag = Flags.custom<number>({
  helpValue: '7d',
  parse: async text => {
    const checked = age.check(text, '')
    if ('value' in checked) return checked.value
    throw new UsageError(`${text} is not an age.`, { hint: 'Give one with its unit, such as 7d or 12h.' })
  },
})

export default class Prune extends BaseCommand {
  static override summary = 'Delete jobs that have ended long ago.'
  static override description =
    'Deletes completed and failed jobs. Jobs are also deleted by themselves, when they have ended longer ago than retention.runs.'
  static override examples = ['<%= config.bin %> <%= command.id %> --older-than 7d']
  static override flags = { ...sandboxFlag, 'older-than': ageFlag({ summary: 'Those that ended before that.', required: true }) }

  async run(): Promise<{ deleted: number }> {
    const { flags } = await this.parse(Prune)
    const { clock } = await this.context()
    const database = await this.database(flags)
    const before = new Date(clock.now().getTime() - flags['older-than'])
    const deleted = await pruneJobs(database, before, () => !this.signal.aborted)
    this.show(deleted === 1 ? '1 job was deleted.' : `${deleted} jobs were deleted.`)
    return { deleted }
  }
}
