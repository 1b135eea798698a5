import { ownRuns } from '../core/config/config.ts'
import { wallClock } from '../core/zones.ts'
import { readFreshness } from '../jobs/freshness.ts'
import { allSports } from '../jobs/request/sports.ts'
import { singular } from '../pipeline/event-table.ts'
import { findNextDueTime } from '../schedule/due-times.ts'
import type { FileJob } from '../schedule/file-job.ts'
import { onItsClock } from '../schedule/why.ts'
import { readTroubleOf } from '../store/dead-letters.ts'
import { listEnds, readFailureSpan, type ToldOccurrence } from '../store/occurrences.ts'
import { type EndedRun, listEndedRuns, listFailedRuns } from '../store/runs.ts'
import { countOf, type Facts, firstLine, hasFailed, inUtc, roughly } from './message.ts'
import type { Judging, Verdict } from './verdict.ts'

/** Whether each job of the file fails, by its latest ends in the ledger. */
export async function judgeJobs(judging: Judging): Promise<Verdict[]> {
  const { app } = judging
  const { jobs, alerts } = app.config
  const limit = alerts.thresholds.consecutiveFailures
  const verdicts: Verdict[] = []
  for (const [name, settings] of Object.entries(jobs)) {
    const job = { name, ...settings }
    const ends = await app.database.run(sql => listEnds(sql, name, { limit }))
    const done = ends.find(({ status }) => status === 'done')
    const isBad = job.enabled && !done && ends.length >= limit
    verdicts.push({
      ...{ kind: 'failures', key: name, state: isBad ? 'bad' : done || !job.enabled ? 'good' : 'unclear' },
      open: () => factsOfJob(judging, job, ends),
      recover: async ({ openedAt, facts }) => {
        const { sports } = facts as unknown as Facts
        const words = `the run that was due at ${onItsClock(done?.dueAt ?? judging.now, job)} was done`
        return {
          ...{ title: done && job.enabled ? `${name} works again` : `${name} is switched off`, sports, commands: [] },
          lines: [
            ...(done && job.enabled ? ([['recovered', words]] as Facts['lines']) : []),
            ['alert sent', `${onItsClock(openedAt, job)}, ${roughly(judging.now.getTime() - openedAt.getTime())} ago`],
          ],
        }
      },
    })
  }
  return verdicts
}

async function factsOfJob(judging: Judging, job: FileJob, ends: readonly ToldOccurrence[]): Promise<Facts> {
  const { app, now } = judging
  const { name } = job
  const [last] = ends
  const span = await app.database.run(sql => readFailureSpan(sql, name))
  const failed = last ? await app.database.run(sql => listRunsOf(sql, last, now)) : []
  const ofRuns = [...new Set(failed.flatMap(({ sport }) => sport ?? []))]
  const sports = ofRuns.length > 0 ? ofRuns : job.sport ? [job.sport] : []
  const cause = (last?.message && firstLine(last.message)) || (await causeOf(judging, failed.at(-1))) || 'unknown'
  const next = job.enabled ? findNextDueTime(job, now) : undefined
  const dueAt = last ? wallClock(last.dueAt, job.timezone, "yyyy-MM-dd'T'HH:mm") : ''
  return {
    title: `${name} ${hasFailed(span.count)}`,
    sports,
    lines: [
      ['cause', cause],
      ['affected', sports.join(', ') || (ownRuns.includes(job.run) ? 'what the job does' : 'all sports of the job')],
      ['failing since', onItsClock(span.since ?? now, job)],
      ['last good run', span.lastDone ? onItsClock(span.lastDone, job) : 'none'],
      ...(await newestEvents(judging, sports)),
      ['next try', next ? onItsClock(next, job) : 'none'],
      ...(last?.host ? ([['last run on', last.host]] as Facts['lines']) : []),
    ],
    commands: [
      ['to see what happened', `sports-ingest schedule why ${name} ${dueAt}`],
      ['to try again now', `sports-ingest schedule run --update ${name}`],
    ],
  }
}

const listRunsOf = async (
  sql: Parameters<typeof listFailedRuns>[0],
  { host, pid, startedAt, finishedAt }: ToldOccurrence,
  now: Date,
): Promise<EndedRun[]> =>
  host !== null && pid !== null && startedAt !== null
    ? await listFailedRuns(sql, { host, pid, from: startedAt, to: finishedAt ?? now })
    : []

/** Why a run was in vain, in a line. */
export async function causeOf({ app }: Pick<Judging, 'app'>, run: EndedRun | undefined): Promise<string | undefined> {
  if (!run) return undefined
  if (run.status === 'lost') return 'The process died before the run ended.'
  const { failed = [] } = run.counts as { failed?: { message: string }[] }
  const said = run.error ?? failed[0]?.message ?? (await app.database.run(sql => readTroubleOf(sql, run.id)))
  return said ? firstLine(said) : `${countOf(run.failures, 'failures', 'failure')}: see sports-ingest runs show ${run.id}`
}

/** The newest complete event of each of some sports. */
async function newestEvents({ app, now }: Judging, sports: readonly string[]): Promise<Facts['lines']> {
  const lines: Facts['lines'] = []
  for (const sport of allSports(app.config).filter(({ id }) => sports.includes(id))) {
    const { newestComplete: event } = await readFreshness(app, sport, { now, staleMs: 0 })
    lines.push([
      `last complete ${singular[sport.events.noun]}${sports.length > 1 ? ` of ${sport.id}` : ''}`,
      event ? `${event.id} of ${event.day}` : 'none',
    ])
  }
  return lines
}

/** A job that a command has run by itself, such as `schedule daily` from a crontab. */
export interface DirectRun {
  job: string
  sport: string
}

/**
 * Whether jobs that commands run fail, by their latest runs: of those at hand, and of those that have an incident. A run of a job of the file
 * counts as well, since it loads the same.
 */
export async function judgeCommands(judging: Judging, runs: readonly DirectRun[]): Promise<Verdict[]> {
  const { app, now } = judging
  const limit = app.config.alerts.thresholds.consecutiveFailures
  const verdicts: Verdict[] = []
  for (const { job, sport } of runs) {
    const ends = await app.database.run(sql => listEndedRuns(sql, { jobs: [job], sport, limit }))
    const done = ends.find(({ status }) => status === 'done')
    const [last, first] = [ends[0], ends.at(-1)]
    verdicts.push({
      ...{ kind: 'command', key: `${job} ${sport}`, state: done ? 'good' : ends.length >= limit ? 'bad' : 'unclear' },
      open: async () => ({
        title: `schedule ${job} of ${sport} ${hasFailed(ends.length)}`,
        sports: [sport],
        lines: [
          ['cause', (await causeOf(judging, last)) ?? 'unknown'],
          ['affected', sport],
          ['failing since', `${inUtc(first?.startedAt ?? now)} or before`],
          ...(await newestEvents(judging, [sport])),
          ['next try', 'when somebody, or cron, runs the command'],
          ...(last ? ([['last run on', last.host]] as Facts['lines']) : []),
        ],
        commands: [
          ['to see what happened', `sports-ingest runs show ${last?.id}`],
          ['to try again now', `sports-ingest schedule ${job} --sport ${sport}`],
        ],
      }),
      recover: async ({ openedAt }) => ({
        ...{ title: `schedule ${job} of ${sport} works again`, sports: [sport], commands: [] },
        lines: [
          ['recovered', `run ${done?.id}, started at ${inUtc(done?.startedAt ?? now)}, was done`],
          ['alert sent', `${inUtc(openedAt)}, ${roughly(now.getTime() - openedAt.getTime())} ago`],
        ],
      }),
    })
  }
  return verdicts
}
