import { Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/base-command.ts'
import { examplesOf, limitFlag, sandboxFlag } from '../../cli/flags.ts'
import { cut, instantText, table } from '../../cli/table.ts'
import { type Incident, listIncidents } from '../../store/incidents.ts'

export default class List extends BaseCommand {
  static override summary = 'List incidents, newest first: jobs that fail, stale data, many dead letters.'
  static override description =
    'An incident is noted, and alerts are sent, at the end of schedule run, schedule daily and schedule backfill, and by live. With --json each has what was sent: cause, affected sports, next try, commands.'
  static override examples = examplesOf({ 'Those that are open': '', 'Also those that are over': '--status all' })
  static override flags = {
    ...sandboxFlag,
    ...limitFlag,
    status: Flags.option({ summary: 'Which ones.', options: ['open', 'all'] as const, default: 'open' as const })(),
  }

  async run(): Promise<Incident[]> {
    const { flags } = await this.parse(List)
    const database = await this.database(flags)
    const incidents = await database.run(sql => listIncidents(sql, { isOpen: flags.status === 'open', limit: flags.limit }))
    const rows = incidents.map(({ id, kind, facts, openedAt, recoveredAt }) => {
      const { title = '', lines = [] } = facts as { title?: string; lines?: [string, string][] }
      return [id, kind, title, instantText(openedAt), instantText(recoveredAt), cut(lines[0]?.[1] ?? '', 60)]
    })
    const empty = flags.status === 'open' ? 'No incident is open.' : 'There was no incident.'
    this.show(table(['id', 'kind', 'what', 'since', 'until', 'cause'], rows, empty))
    return [...incidents]
  }
}
