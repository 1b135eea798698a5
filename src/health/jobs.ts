import type { Clock } from '../core/clock.ts'
import { findNextDueTime, listDueTimes } from '../schedule/due-times.ts'
import type { FileJob } from '../schedule/file-job.ts'
import type { Database } from '../store/database.ts'
import { type JobFacts, listJobFacts, listNewestRuns, type RunFacts } from '../store/facts.ts'
import { type Check, checksOf, countText, instantText, spanText } from './check.ts'

const dayMs = 86_400_000

/** The orchestrator is called every 10 minutes: a due time that nobody has decided on for longer was missed by three calls. */
const undecidedMs = 30 * 60_000

/** What was decided on so long after it was due was not looked at meanwhile. */
const lateMs = 2 * 3_600_000

const { ok, warning, failure, notChecked } = checksOf('jobs')

/** Whether somebody calls the orchestrator, and how each job of the settings has fared. */
export async function checkJobs(database: Database, jobs: readonly FileJob[], clock: Clock): Promise<Check[]> {
  const now = clock.now()
  if (jobs.length === 0) {
    const message = 'The settings have no jobs, so nothing says what should run when.'
    return [
      notChecked(message, 'sports-ingest config init writes a settings file with jobs.'),
      ...(await checkRuns(database, now)),
    ]
  }
  const names = jobs.map(({ name }) => name)
  const all = await database.run(sql => listJobFacts(sql, names, { since: new Date(now.getTime() - dayMs), lateMs }))
  const known = jobs.flatMap(job => {
    const facts = all.find(one => one.job === job.name)
    return facts ? [{ job, facts }] : []
  })
  return [...checkCalls(known, now), ...known.flatMap(({ job, facts }) => checkJob(job, facts, now))]
}

interface Known {
  job: FileJob
  facts: JobFacts
}

/** Whether due times are decided on. */
function checkCalls(known: readonly Known[], now: Date): Check[] {
  const enabled = known.filter(({ job }) => job.enabled)
  const calls = checksOf('schedule')
  const remedy =
    'sports-ingest schedule crontab --install writes the line for cron. If it is there (crontab -l): does cron run, and was this host awake?'
  const decided = enabled.flatMap(({ facts }) => facts.decidedUntil ?? [])
  if (enabled.length === 0) return [calls.notChecked('All jobs of the settings are switched off.')]
  if (decided.length === 0) return [calls.failure('sports-ingest schedule run was never called: no job can run.', remedy)]
  const last = new Date(Math.max(...decided.map(at => at.getTime())))
  const upTo = new Date(now.getTime() - undecidedMs)
  const missed = enabled.flatMap(({ job, facts }) =>
    facts.decidedUntil && facts.decidedUntil < upTo ? listDueTimes(job, { after: facts.decidedUntil, upTo }) : [],
  )
  const [first] = missed.sort((a, b) => a.getTime() - b.getTime())
  if (first) {
    const due = countText(missed.length, 'due time has', 'due times have')
    const message = `Nobody has called sports-ingest schedule run for ${spanText(now.getTime() - last.getTime())}, since ${instantText(last)}: ${due} passed, the first at ${instantText(first)}.`
    return [calls.failure(message, `${remedy} Then it makes up for them by itself.`)]
  }
  const late = known.flatMap(({ facts }) => facts.late ?? [])
  if (late.length > 0) {
    const [from, to] = [Math.min(...late.map(one => one.from.getTime())), Math.max(...late.map(one => one.to.getTime()))]
    const count = late.reduce((sum, one) => sum + one.count, 0)
    const message = `Nobody called sports-ingest schedule run from about ${instantText(new Date(from))} to ${instantText(new Date(to))}; ${countText(count, 'due time was', 'due times were')} looked at late, in the last day. It was last called at ${instantText(last)}.`
    const what =
      'Nothing is to be done now: what was missed has been made up for, or skipped, as the job says (missed); sports-ingest schedule why JOB TIME tells of each. Was this host asleep, or cron not running?'
    return [calls.warning(message, what)]
  }
  return [calls.ok(`sports-ingest schedule run was last called at ${instantText(last)}.`)]
}

/** How a job has fared: what is wrong with it now, or when it last succeeded. */
function checkJob(job: FileJob, facts: JobFacts, now: Date): Check[] {
  const { name, enabled, timeoutMs } = job
  const { lastDoneAt, failedSince, last, running, overlapped } = facts
  const done = lastDoneAt ? `Last success at ${instantText(lastDoneAt)}.` : 'It has never succeeded.'
  const next = findNextDueTime(job, now)
  const due = next ? ` Next due at ${instantText(next)}.` : ''
  const { decidedUntil } = facts
  const upTo = new Date(now.getTime() - undecidedMs)
  const [overdue] = decidedUntil && decidedUntil < upTo ? listDueTimes(job, { after: decidedUntil, upTo }) : []
  if (!enabled) {
    const remedy = `If it should run: set jobs.${name}.enabled to true in the settings.`
    return [notChecked(`It is switched off: jobs.${name}.enabled is false. ${done}`, remedy, name)]
  }
  const found: Check[] = []
  const ranMs = running?.startedAt ? now.getTime() - running.startedAt.getTime() : 0
  if (running && ranMs > timeoutMs + lateMs) {
    const message = `It should have ended: it runs since ${instantText(running.startedAt as Date)} as pid ${running.pid} on ${running.host}, and its timeout is ${spanText(timeoutMs)}.`
    found.push(
      failure(
        message,
        `The process has died, or hangs: on ${running.host}, kill ${running.pid}. The next schedule run goes on.`,
        name,
      ),
    )
  }
  if (failedSince > 0 && last && last.status !== 'done')
    found.push(failure(`${lastWords(last, failedSince)} ${done}${due}`, remedyOf(name, last), name))
  if (overlapped > 0) {
    const message = `In the last day ${countText(overlapped, 'due time was', 'due times were')} skipped because the run before had not ended. ${done}${due}`
    const remedy = `Once is no harm. If it comes often: sports-ingest runs list says how long it takes; then make it due less often (jobs.${name}.frequency), or set jobs.${name}.overlap to queue.`
    found.push(warning(message, remedy, name))
  }
  if (found.length > 0) return found
  const now_ = running?.startedAt ? ` It runs now, since ${instantText(running.startedAt)}.` : ''
  if (!lastDoneAt)
    return [notChecked(`It has not run yet: the next sports-ingest schedule run starts it.${now_}${due}`, null, name)]
  if (overdue && !running)
    return [notChecked(`Overdue since ${instantText(overdue)}, because schedule run is not called. ${done}`, null, name)]
  return [ok(`${done}${now_}${due}`, name)]
}

function lastWords({ status, dueAt, message, failures, host }: NonNullable<JobFacts['last']>, times: number): string {
  const often = times === 1 ? 'It' : `${times} times in a row it did not succeed; at last it`
  const when = `for ${instantText(dueAt)}`
  const why = message ? `: ${message.replaceAll('\n', ' ').replace(/(?<![.!?])$/, '.')}` : ''
  if (status === 'lost') return `${often} was lost ${when}: the process on ${host} died or was halted.`
  if (status === 'stopped') return `${often} was stopped ${when}, by a signal on ${host}.`
  return `${often} failed ${when}${why || `, with ${countText(failures ?? 1, 'failure', 'failures')}.`}`
}

function remedyOf(name: string, { runs }: NonNullable<JobFacts['last']>): string {
  const see = runs.length > 0 ? `sports-ingest runs show ${runs.at(-1)} says what failed. ` : ''
  return `${see}Once that is mended: sports-ingest schedule run --update ${name}.`
}

/** Where no jobs are in the settings: runs that somebody has started in another way. */
async function checkRuns(database: Database, now: Date): Promise<Check[]> {
  const runs = checksOf('runs')
  const all = await database.run(sql => listNewestRuns(sql, new Date(now.getTime() - 7 * dayMs)))
  return all
    .filter(({ status }) => status !== 'running')
    .map(run => {
      const about = `${run.job} of ${run.sport}`
      if (run.status === 'done') return runs.ok(`Run ${run.id} of ${instantText(run.startedAt)} was done.`, about)
      return runs.failure(wordsOfRun(run), `sports-ingest runs show ${run.id} says what failed.`, about)
    })
}

function wordsOfRun({ id, status, error, reason, failures, startedAt, host }: RunFacts): string {
  const why = error ?? reason
  const how =
    status === 'failed'
      ? `had ${countText(failures, 'failure', 'failures')}`
      : status === 'lost'
        ? `died on ${host}`
        : 'was stopped'
  return `Run ${id} of ${instantText(startedAt)} ${how}${why ? `: ${why}` : '.'}`
}
