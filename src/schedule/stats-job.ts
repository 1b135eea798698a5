import type { App } from '../app.ts'
import { BugError, StoreError } from '../core/errors.ts'
import { isQueued } from '../jobs/background/enqueue.ts'
import type { StatsPayload } from '../jobs/background/stats-job.ts'
import { workInline } from '../jobs/background/work-inline.ts'
import type { JobNote } from '../jobs/background/work-job.ts'
import { chooseStatsSport } from '../jobs/request/stats-request.ts'
import { addJob, type NewJob } from '../store/background-jobs.ts'
import type { FileJob, FileJobEnd, FileJobOptions, HeldJob } from './file-job.ts'

/** Queues a background job that recomputes statistics; where those of `cron` are not queued, it is done before this returns. */
export async function runStatsJob(app: App, job: FileJob, { held }: FileJobOptions): Promise<FileJobEnd> {
  const queued = isQueued(app.config, 'cron')
  try {
    const payload = payloadOf(job)
    if (!held) return endWith(`${job.name} would ${queued ? 'queue a job that recomputes' : 'recompute'} ${wordsOf(payload)}.`)
    // While it waits, a later due time needs no other one.
    const asked: NewJob = { kind: 'stats', triggeredBy: 'cron', payload: { ...payload }, mergeKey: keyOf(job, payload) }
    return queued ? await enqueue(app, held, asked) : await work(app, asked)
  } catch (error) {
    return { receipts: [], failures: 1, errors: [error instanceof Error ? error : new BugError(String(error))] }
  }
}

const keyOf = ({ name }: FileJob, payload: StatsPayload): string => `cron:${name} ${JSON.stringify(payload)}`

/** @throws UsageError for a sport without stats */
function payloadOf({ sport, functions, full }: FileJob): StatsPayload {
  return {
    ...(sport && { sports: [chooseStatsSport(sport).id] }),
    ...(functions && { functions }),
    ...(full && { full }),
  }
}

const wordsOf = ({ sports, functions, full }: StatsPayload): string =>
  `${functions?.join(', ') ?? 'all stats functions'}${sports ? ` of ${sports.join(', ')}` : ''}${full ? ', in full' : ''}`

const endWith = (message: string): FileJobEnd => ({ receipts: [], failures: 0, errors: [], message, notes: [message] })

/** In one transaction with the end of the occurrence: neither is there without the other. */
async function enqueue({ database }: App, held: HeldJob, asked: NewJob): Promise<FileJobEnd> {
  return await database.transaction(async tx => {
    const { id, isNew } = await addJob(tx, asked)
    const end = endWith(`Job ${id} ${isNew ? 'is queued' : 'waits already'}. See sports-ingest jobs show ${id}.`)
    await held.finish(tx, end)
    return { ...end, isWritten: true }
  })
}

/** Also those of earlier due times that are to be tried again: without workers, nobody else does. */
async function work(app: App, asked: NewJob): Promise<FileJobEnd> {
  const { database, signal } = app
  const { id } = await database.transaction(tx => addJob(tx, asked))
  const notes = await workInline(app, { trigger: 'cron' })
  signal.throwIfAborted()
  if (notes.length === 0) return endWith(`Job ${id} is with a worker. See sports-ingest jobs show ${id}.`)
  const errors = notes.flatMap(note => errorOf(note) ?? [])
  const done = notes.filter(note => !errorOf(note)).map(doneWords)
  return { receipts: [], failures: errors.length, errors, notes: done, ...(errors.length === 0 && { message: done.join(' ') }) }
}

function errorOf({ job: { id }, end: { error } }: JobNote): Error | undefined {
  if (!error) return undefined
  return new StoreError(`Job ${id} has failed: ${error}`, { hint: `See sports-ingest jobs show ${id}.` })
}

function doneWords({ job: { id }, end: { results } }: JobNote): string {
  const all = Object.values(results)
  const rows = all.reduce((sum, one) => sum + one.rows, 0)
  return `Job ${id} is completed: ${all.length} functions, ${rows} rows written.`
}
