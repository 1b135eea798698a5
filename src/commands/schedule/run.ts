import { Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/base-command.ts'
import { toLine } from '../../cli/exit-codes.ts'
import { examplesOf, faultySandboxFlags } from '../../cli/flags.ts'
import { workWithoutOutput } from '../../cli/output.ts'
import { receiptText } from '../../cli/receipt-text.ts'
import { durationText } from '../../cli/table.ts'
import { ConfigError } from '../../core/errors.ts'
import type { RanOccurrence } from '../../schedule/run-due.ts'

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
    update: Flags.string({ summary: 'Run this job now, due or not.', helpValue: 'JOB', exclusive: ['force-all'] }),
    'force-all': Flags.boolean({ summary: 'Run all jobs now that are not switched off.' }),
    test: Flags.boolean({ summary: 'Run each job that is not switched off without writing anything; no due time is decided.' }),
    ...faultySandboxFlags,
  }

  async run(): Promise<Outcome> {
    const { flags } = await this.parse(Run)
    const { loaded } = await this.context()
    const [{ findJob, listJobs }, { runDueJobs, testJobs }] = await Promise.all([
      import('../../schedule/jobs-of-file.ts'),
      import('../../schedule/run-due.ts'),
    ])
    const { config } = loaded
    const isForced = flags.update !== undefined || flags['force-all']
    const jobs = flags.update ? [findJob(config, flags.update)] : listJobs(config).filter(({ enabled }) => enabled || !isForced)
    if (config.features.dryRun && !flags.test)
      throw new ConfigError('features.dry_run is on, and due times cannot be decided without writing.', {
        hint: 'Set it to false, or use --test.',
      })
    workWithoutOutput()
    const app = await this.app(flags)
    const listener = {
      onEnd: (ran: RanOccurrence, { receipts, errors }: { receipts: Parameters<typeof receiptText>[0][]; errors: Error[] }) => {
        for (const receipt of receipts) this.show(receiptText(receipt))
        for (const error of errors) this.logToStderr(`${ran.job}: ${toLine(error)}`)
        this.show(endLine(ran))
      },
    }
    const { sandbox } = flags
    const occurrences = flags.test
      ? await testJobs(app, jobs, { sandbox }, listener)
      : await runDueJobs(app, jobs, { forced: isForced, sandbox }, listener)
    if (occurrences.length === 0) this.show('No job is due.')
    return this.finish({ occurrences, failures: occurrences.reduce((sum, { failures }) => sum + (failures ?? 0), 0) })
  }
}

const endLine = ({ job, dueAt, status, failures, durationMs }: RanOccurrence): string => {
  const due = `due at ${dueAt.toISOString().slice(0, 16)}Z`
  const how = status === 'failed' ? `failed, with ${failures === 1 ? '1 failure' : `${failures} failures`},` : status
  return `${job}, ${due}: ${how} in ${durationText(durationMs)}.`
}
