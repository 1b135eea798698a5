import { Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/base-command.ts'
import { examplesOf } from '../../cli/flags.ts'
import { table } from '../../cli/table.ts'

interface Coming {
  job: string
  dueAt: Date
  /** As the job's clock shows it. */
  local: string
  timezone: string
}

/** A table of very many rows takes minutes, and nobody reads it. */
const mostShown = 1_000

export default class Next extends BaseCommand {
  static override summary = 'List the coming due times of the jobs in the settings.'
  static override description = 'Jobs that are switched off are left out. No database is opened.'
  static override examples = examplesOf({ 'The coming day': '', 'The coming week': '--hours 168' })
  static override flags = {
    hours: Flags.integer({ summary: 'So many hours ahead.', min: 1, max: 8784, default: 24 }),
  }

  async run(): Promise<Coming[]> {
    const { flags } = await this.parse(Next)
    const { loaded, clock } = await this.context()
    const [{ listJobs }, { listDueTimes }, { wallClock }] = await Promise.all([
      import('../../schedule/jobs-of-file.ts'),
      import('../../schedule/due-times.ts'),
      import('../../core/zones.ts'),
    ])
    const now = clock.now()
    const span = { after: now, upTo: new Date(now.getTime() + flags.hours * 3_600_000) }
    const coming = listJobs(loaded.config)
      .filter(({ enabled }) => enabled)
      .flatMap(job =>
        listDueTimes(job, span).map(dueAt => {
          const { name, timezone } = job
          return { job: name, dueAt, local: wallClock(dueAt, timezone, 'EEE yyyy-MM-dd HH:mm'), timezone }
        }),
      )
      .sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime())
    const rows = coming
      .slice(0, mostShown)
      .map(({ job, dueAt, local, timezone }) => [job, `${dueAt.toISOString().slice(0, 16)}Z`, local, timezone])
    this.show(table(['job', 'due', 'on its clock', 'zone'], rows, `No job is due within ${flags.hours} hours.`))
    if (coming.length > mostShown)
      this.logToStderr(`These are the first ${mostShown} of ${coming.length}; --json lists all. Fewer hours: --hours.`)
    return coming
  }
}
