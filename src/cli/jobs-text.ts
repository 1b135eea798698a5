import { visible } from '../core/visible.ts'
import type { JobNote } from '../jobs/background/work-job.ts'
import type { UnitOrder } from '../jobs/distribute/unit-order.ts'
import { statsFunctionNames } from '../stats/run-stats.ts'
import type { BackgroundJob } from '../store/background-jobs.ts'
import { durationText, instantText, table } from './table.ts'

/** `12:00:03Z  job 12 stats: completed in 0.8 s, 120 rows` */
export function jobLine({ job, end, ms }: JobNote, now: Date): string {
  const rows = Object.values(end.results).reduce((sum, result) => sum + result.rows, 0)
  const what = {
    completed: `completed in ${durationText(ms)}, ${rows === 1 ? '1 row' : `${rows} rows`} written`,
    failed: `failed after ${durationText(ms)}: ${end.error}`,
    queued: end.error ? `is tried again: ${end.error}` : 'was put back',
  }[end.status]
  return visible(`${now.toISOString().slice(11, 19)}Z  job ${job.id} ${job.kind}: ${what}`)
}

/** A job, as people read it. */
export function jobText(job: BackgroundJob): string {
  const { id, kind, status, triggeredBy, requestId, retryCount, workerId, createdAt, dueAt, startedAt, completedAt, lastError } =
    job
  const times = [
    `asked for at ${instantText(createdAt)}`,
    ...(status === 'queued' && dueAt > createdAt ? [`due at ${instantText(dueAt)}`] : []),
    ...(startedAt ? [`begun at ${instantText(startedAt)}`] : []),
    ...(startedAt && completedAt ? [`took ${durationText(completedAt.getTime() - startedAt.getTime())}`] : []),
  ]
  const results = inOrder(job.results).map(([name, { status, rows, durationMs }]) => [
    name,
    status,
    rows,
    durationText(durationMs),
  ])
  const errors = Object.entries(job.results).flatMap(([name, { error }]) => (error ? [`${name}: ${error}`] : []))
  return [
    visible(`${id}: ${kind} ${payloadText(job)}, ${status} (${triggeredBy}${requestId ? `, request ${requestId}` : ''})`),
    times.join(', '),
    ...(workerId ? [visible(`worker ${workerId}`)] : []),
    ...(retryCount > 0 ? [`begun again ${retryCount === 1 ? 'once' : `${retryCount} times`}`] : []),
    ...(lastError ? [visible(`last error: ${lastError}`)] : []),
    ...(results.length > 0 ? ['', table(['function', 'status', 'rows', 'took'], results, '')] : []),
    ...(errors.length > 0 ? ['', ...errors.map(visible)] : []),
  ].join('\n')
}

/** The database keeps the keys in an order of its own. */
const inOrder = (results: BackgroundJob['results']) =>
  Object.entries(results).sort(([a], [b]) => statsFunctionNames.indexOf(a) - statsFunctionNames.indexOf(b))

function payloadText({ kind, payload }: Pick<BackgroundJob, 'kind' | 'payload'>): string {
  const { sport, run, unit } = payload as Partial<UnitOrder>
  // Anybody may have written it.
  if (kind !== 'unit' || !unit) return JSON.stringify(payload)
  return [sport, unit.part, unit.key, `of run ${run}`].filter(part => part !== '').join(' ')
}
