import { join } from 'node:path'
import type { FileJob } from '../file-job.ts'
import { quoteForCron, quoteForShell } from './quote.ts'

/** What a line of a crontab starts, and where it finds its things: cron has next to no environment. */
export interface Start {
  node: string
  script: string
  /** Absolute path of the settings file. */
  config: string
  sandbox: boolean
  /** Variables, none of them a secret. */
  environment: Readonly<Record<string, string>>
  logDir: string
}

/** Days that a log is kept. */
const logDays = 30

/** Jobs with a line of their own, and the fields for it; none for one line that starts whatever is due. */
export type JobFields = readonly { job: Pick<FileJob, 'name' | 'frequency' | 'timezone'>; fields: string }[]

/**
 * The lines of a crontab. A new process every 10 minutes finds out what is due; one that finds a job at work goes on to the next job, so there
 * is never more than one process for each job.
 */
export function crontabLines(start: Start, jobs: JobFields | undefined): string[] {
  const log = `# What it says is in ${join(start.logDir, `${logName}YYYY-MM-DD.log`)}, kept for ${logDays} days.`
  const change = '# To change these lines: sports-ingest schedule crontab --install; to remove them: --remove.'
  if (!jobs)
    return [
      '# Each job of the settings that is due, looked for every 10 minutes.',
      log,
      change,
      `*/10 * * * * ${command(start, [])}`,
    ]
  return [
    '# A line for each job. Some of its times may not be due, where clocks change: then nothing is run.',
    ...[log, change],
    ...jobs.flatMap(({ job, fields }) => [
      `# ${job.name}: ${job.frequency} ${job.timezone}`,
      `${fields} ${command(start, ['--job', job.name])}`,
    ]),
  ]
}

/** Not only ours may be in that directory. */
const logName = 'sports-ingest-'

/**
 * The shell opens the log, so that what Node says when it cannot start is in it as well. It is made for this user alone, without a umask for
 * the jobs.
 */
function command({ node, script, config, sandbox, environment, logDir }: Start, words: readonly string[]): string {
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${quoteForShell(value)}`)
  const run = [node, script, 'schedule', 'run', ...words, '--config', config, ...(sandbox ? ['--sandbox'] : [])]
  return quoteForCron(
    [
      `d=${quoteForShell(logDir)}; f="$d/${logName}$(date +%F).log"; `,
      `(umask 077; mkdir -p "$d" && : >>"$f") && { `,
      `find "$d" -maxdepth 1 -name '${logName}*.log' -mtime +${logDays} -exec rm -f {} +; `,
      `${[...variables, ...run.map(quoteForShell)].join(' ')}; } >>"$f" 2>&1`,
    ].join(''),
  )
}
