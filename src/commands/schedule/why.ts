import { Args } from '@oclif/core'
import { BaseCommand } from '../../cli/base-command.ts'
import { examplesOf, sandboxFlag } from '../../cli/flags.ts'
import { visibleLines } from '../../core/visible.ts'
import type { Explanation } from '../../schedule/why.ts'

export default class Why extends BaseCommand {
  static override summary = 'Say what became of a due time of a job, and why.'
  static override examples = examplesOf({
    'On the clock of the job': 'daily_data 2026-11-01T06:00',
    'An instant': 'daily_data 2026-11-01T11:00Z',
  })
  static override args = {
    job: Args.string({ description: 'A job of the settings.', required: true }),
    time: Args.string({ description: 'A due time, on the clock of the job, or with Z or an offset.', required: true }),
  }
  static override flags = sandboxFlag

  async run(): Promise<Explanation> {
    const { args, flags } = await this.parse(Why)
    const { loaded, clock } = await this.context()
    const [{ findJob, listJobs, readFormerJob }, { explain, findDueTime }] = await Promise.all([
      import('../../schedule/jobs-of-file.ts'),
      import('../../schedule/why.ts'),
    ])
    const isFile = listJobs(loaded.config).some(({ name }) => name === args.job)
    const database = await this.database(flags)
    const explanation = await database.run(async sql => {
      const former = isFile ? undefined : await readFormerJob(sql, args.job)
      const job = former ?? findJob(loaded.config, args.job)
      const dueAt = await findDueTime(sql, job, args.time)
      const options = { now: clock.now(), keptMs: loaded.config.retention.runsMs, isFormer: former !== undefined }
      return await explain(sql, job, dueAt, options)
    })
    // Messages and last lines are what programs and providers have said.
    this.showProse(visibleLines(explanation.why))
    return explanation
  }
}
