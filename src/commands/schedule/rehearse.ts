import { BaseCommand } from '../../cli/base-command.ts'
import { dayFlag, examplesOf, sandboxFlag } from '../../cli/flags.ts'
import { rehearsalText } from '../../cli/rehearsal-text.ts'
import { addDays } from '../../core/days.ts'
import { UsageError } from '../../core/errors.ts'
import { dayOf, startOfDay } from '../../core/zones.ts'
import type { Rehearsal } from '../../schedule/rehearse-jobs.ts'

/** Days: what is foreseen for longer is no better than what a part of it says. */
const longest = 366

export default class Rehearse extends BaseCommand {
  static override summary = 'Foresee what jobs do over some days, and whether time suffices.'
  static override description =
    'Runs a virtual clock over the jobs and the events that are stored, as if schedule run were called every 10 minutes: which due times run, when they end, which overlap, and how many requests each provider gets, against its rate and its quota. Asks no provider, and writes nothing. How long a run takes is known from its requests and from earlier runs. Repeated requests, missed days and the requests of a live worker are not foreseen. Exits with 1 where a job would not end before its timeout, or would want more requests than an hour or the daily quota has.'
  static override examples = examplesOf({
    'The coming week': '',
    'A month': '--from 2026-01-01 --to 2026-01-31',
  })
  static override flags = {
    from: dayFlag({ summary: 'The first day, in the time zone of the settings; today by default.' }),
    to: dayFlag({ summary: 'The last day; six days after the first by default.' }),
    ...sandboxFlag,
  }

  async run(): Promise<Rehearsal> {
    const { flags } = await this.parse(Rehearse)
    const { loaded, clock } = await this.context()
    const { timezone } = loaded.config
    const from = flags.from ?? dayOf(clock.now(), timezone)
    const to = flags.to ?? addDays(from, 6)
    if (to < from) throw new UsageError(`--to ${to} is before --from ${from}.`, { hint: 'Exchange them.' })
    if (to > addDays(from, longest)) throw new UsageError(`${from} to ${to} is more than a year.`, { hint: 'Give fewer days.' })
    const [{ listJobs }, { rehearseJobs }] = await Promise.all([
      import('../../schedule/jobs-of-file.ts'),
      import('../../schedule/rehearse-jobs.ts'),
    ])
    const jobs = listJobs(loaded.config)
    const app = await this.app(flags)
    const span = { from: startOfDay(from, timezone), to: startOfDay(addDays(to, 1), timezone) }
    const rehearsal = await rehearseJobs(app, jobs, span, { sandbox: flags.sandbox })
    this.show(rehearsalText(rehearsal))
    if (rehearsal.findings.length > 0) process.exitCode = 1
    return rehearsal
  }
}
