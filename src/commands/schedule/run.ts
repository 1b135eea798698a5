import { Flags } from '@oclif/core'
import type { Pings, Watched } from '../../alerts/pings.ts'
import type { App } from '../../app.ts'
import { BaseCommand } from '../../cli/base-command.ts'
import { toLine } from '../../cli/exit-codes.ts'
import { examplesOf, faultySandboxFlags } from '../../cli/flags.ts'
import { workWithoutOutput } from '../../cli/output.ts'
import { receiptText } from '../../cli/receipt-text.ts'
import { durationText } from '../../cli/table.ts'
import { visible } from '../../core/visible.ts'
import { type FileJob, lastLinesOf } from '../../schedule/file-job.ts'
import type { OrchestratorListener, RanOccurrence } from '../../schedule/run-due.ts'

interface Outcome {
  occurrences: RanOccurrence[]
  failures: number
}

export default class Run extends BaseCommand {
  static override summary = 'Run the jobs of the settings that are due, once.'
  static override description =
    'For cron, every 10 minutes: decides what becomes of each due time since the last call (run, merged, skipped), writes it down, and runs the jobs that are due, one after the other. Any number of these may run at the same time, on any hosts: each due time is run by one of them. A job that has never run is due at once. See schedule why for what became of a due time. The exit code is the number of failures of the jobs that were run.'
  static override examples = examplesOf({
    'From crontab, every 10 minutes': '',
    'One job now, due or not': '--update daily_data',
    'Ask the providers, write nothing': '--test',
    'Try it: simulated leagues, no network': '--sandbox',
  })
  static override flags = {
    job: Flags.string({ summary: 'Look at this job only.', helpValue: 'JOB', exclusive: ['update', 'force-all'] }),
    update: Flags.string({ summary: 'Run this job now, due or not.', helpValue: 'JOB', exclusive: ['force-all'] }),
    'force-all': Flags.boolean({ summary: 'Run all jobs now that are not switched off.' }),
    test: Flags.boolean({ summary: 'Run each job that is not switched off without writing anything; no due time is decided.' }),
    ...faultySandboxFlags,
  }

  async run(): Promise<Outcome> {
    const { flags } = await this.parse(Run)
    const { loaded } = await this.context()
    const { checkWriting, findJob, listJobs } = await import('../../schedule/jobs-of-file.ts')
    const { config } = loaded
    const isForced = flags.update !== undefined || flags['force-all']
    const one = flags.job ?? flags.update
    const jobs = one ? [findJob(config, one)] : listJobs(config).filter(({ enabled }) => enabled || !isForced)
    if (!flags.test) checkWriting(config, 'Set it to false, or use --test.')
    workWithoutOutput()
    const [{ createPings }, { tellAlerts }, { log }] = await Promise.all([
      import('../../alerts/pings.ts'),
      import('../../alerts/tell-alerts.ts'),
      this.context(),
    ])
    const { sandbox } = flags
    // Simulated runs and those by hand say nothing of cron and its host.
    const isTold = config.alerts.enabled && !flags.test && !sandbox
    const pings = createPings(log)
    const { pingUrl } = config.alerts
    const own = isTold && !isForced && pingUrl ? pings.start(pingUrl) : undefined
    let app: App | undefined
    try {
      app = await this.app(flags)
      const occurrences = await this.#runJobs(
        app,
        jobs,
        { test: flags.test, forced: isForced, sandbox },
        isTold ? pings : undefined,
      )
      const off = one !== undefined && jobs[0]?.enabled === false
      if (occurrences.length === 0) this.show(off ? `${one} is switched off (jobs.${one}.enabled).` : 'No job is due.')
      const failures = occurrences.reduce((sum, one) => sum + (one.failures ?? 0), 0)
      own?.end(failures === 0, occurrences.map(endLine).join('\n'))
      return this.finish({ occurrences, failures })
    } catch (error) {
      // Of one that somebody has stopped there is no end to tell.
      if (!this.signal.aborted) own?.end(false, toLine(error as Error))
      throw error
    } finally {
      await Promise.all([app && !flags.test ? tellAlerts(app, { sandbox }) : undefined, pings.settle()])
    }
  }

  async #runJobs(
    app: App,
    jobs: readonly FileJob[],
    { test, ...options }: { test: boolean; forced: boolean; sandbox: boolean },
    pings: Pings | undefined,
  ): Promise<RanOccurrence[]> {
    const { runDueJobs, testJobs } = await import('../../schedule/run-due.ts')
    let watched: Watched | undefined
    const listener: OrchestratorListener = {
      onStart: ({ pingUrl }) => {
        watched = pingUrl && pings?.start(pingUrl)
      },
      onEnd: (ran, { receipts, errors, notes = [] }) => {
        for (const receipt of receipts) this.show(receiptText(receipt))
        for (const note of notes) this.show(visible(note))
        for (const error of errors) this.logToStderr(`${ran.job}: ${toLine(error)}`)
        // What was said last of all is most often the reason.
        for (const said of errors.length > 0 ? lastLinesOf(ran.message) : []) this.logToStderr(`  ${visible(said)}`)
        this.show(endLine(ran))
        if (ran.status !== 'stopped') watched?.end(ran.failures === 0, [endLine(ran), ran.message ?? ''].join('\n').trim())
      },
    }
    return test ? await testJobs(app, jobs, options, listener) : await runDueJobs(app, jobs, options, listener)
  }
}

const endLine = ({ job, dueAt, status, failures, durationMs }: RanOccurrence): string => {
  const due = `due at ${dueAt.toISOString().slice(0, 16)}Z`
  const how = status === 'failed' ? `failed, with ${failures === 1 ? '1 failure' : `${failures} failures`},` : status
  return `${job}, ${due}: ${how} in ${durationText(durationMs)}.`
}
