import type { App } from '../../app.ts'
import { hasPassed } from '../../core/clock.ts'
import type { Config } from '../../core/config/config.ts'
import { dayOf } from '../../core/zones.ts'
import { parseWatermark } from '../../pipeline/watermark-names.ts'
import { deleteSeenChanges, keptChangesMs } from '../../stats/changes.ts'
import { statsFunctionNames } from '../../stats/run-stats.ts'
import { pruneJobs } from '../../store/background-jobs.ts'
import type { Database } from '../../store/database.ts'
import { deleteOld, type Pruned } from '../../store/retention.ts'
import { endedBefore, listDecidingRuns } from '../../store/runs.ts'
import { listOldHistories, replaceChanges, takeOldChanges } from '../../store/watermarks.ts'
import { allSports } from '../request/sports.ts'
import { joinChanges } from './join-changes.ts'
import { listChunksToRetry } from './kept-chunks.ts'
import { listSchedulesInUse } from './kept-schedules.ts'

const dayMs = 86_400_000

/** A job is not held up for longer; the next one goes on. */
const longestMs = 5_000

/** What grows by itself, and by which setting it is old. Whatever else jobs decide by is kept. */
interface Policy {
  name: string
  keptMs(config: Config): number
  /** Deletes what came before an instant, as long as there is time. Returns how many rows were deleted. */
  prune(app: App, before: Date, goOn: () => boolean): Promise<number>
}

const policies: readonly Policy[] = [
  {
    name: 'payloads',
    keptMs: ({ payloads }) => payloads.retentionDays * dayMs,
    prune: async (app, before, goOn) => {
      const inUse = await listSchedulesInUse(app, before, goOn)
      const isOld: Pruned['isOld'] = sql =>
        sql`(t.fetched_at < ${before} and not encode(t.hash, 'hex') in ${sql(['', ...inUse])})`
      // Bodies of megabytes lie outside of their rows.
      return await deleteOld(app.database, { table: 'payloads', key: ['provider', 'url', 'hash'], batch: 200, isOld }, goOn)
    },
  },
  {
    name: 'chunks',
    keptMs: ({ retention }) => Math.min(retention.chunksMs, retention.runsMs),
    prune: async (app, before, goOn) => {
      const kept = (await listChunksToRetry(app, before)).map(({ runId, unit, part }) => `${runId} ${unit} ${part}`)
      const isOld: Pruned['isOld'] = sql => sql`
        (not exists (select from ingest_runs r where r.id = t.run_id and not ${endedBefore(sql, before)})
          and not (t.status = 'failed' and t.run_id || ' ' || t.unit || ' ' || t.part in ${sql(['', ...kept])}))`
      return await deleteOld(app.database, { table: 'ingest_chunks', key: ['run_id', 'unit', 'part'], batch, isOld }, goOn)
    },
  },
  {
    name: 'occurrences',
    keptMs: ({ retention }) => retention.runsMs,
    prune: async ({ database }, before, goOn) => {
      // A job of which nothing was ever started would be due at once. One that is switched off adds to its due times for ever.
      const isOld: Pruned['isOld'] = sql => sql`
        (t.decided_at < ${before} and t.status not in ('waiting', 'running') and (t.started_at is null or exists (
          select from ingest_occurrences n where n.job = t.job and n.due_at > t.due_at and n.started_at is not null)))`
      return await deleteOld(database, { table: 'ingest_occurrences', key: ['job', 'due_at'], batch, isOld }, goOn)
    },
  },
  {
    name: 'incidents',
    keptMs: ({ retention }) => retention.runsMs,
    prune: ({ database }, before, goOn) => {
      const isOld: Pruned['isOld'] = sql => sql`coalesce(t.recovered_at < ${before}, false)`
      return deleteOld(database, { table: 'ingest_incidents', key: ['id'], batch, isOld }, goOn)
    },
  },
  {
    name: 'runs',
    keptMs: ({ retention }) => retention.runsMs,
    prune: async ({ config, database, clock }, before, goOn) => {
      const turns = Object.fromEntries(allSports(config).map(({ id, seasons }) => [id, seasons.turn]))
      // As the zone has it in which it is earliest.
      const today = dayOf(new Date((await earlierNow({ database, clock })).getTime() - dayMs / 2), 'UTC')
      const kept = await database.run(sql => listDecidingRuns(sql, { turns, today }))
      // One whose chunks are kept stays as well.
      const isOld: Pruned['isOld'] = sql => sql`
        (exists (select from ingest_runs r where r.id = t.id and ${endedBefore(sql, before)})
          and not t.id in (select value::bigint from jsonb_array_elements_text(${sql.json(kept)}))
          and not exists (select from ingest_chunks c where c.run_id = t.id))`
      return await deleteOld(database, { table: 'ingest_runs', key: ['id'], batch, isOld }, goOn)
    },
  },
  {
    name: 'run_logs',
    keptMs: ({ retention }) => retention.runsMs,
    prune: ({ database }, _, goOn) => {
      const isOld: Pruned['isOld'] = sql => sql`(not exists (select from ingest_runs r where r.id = t.run_id))`
      // Logs of a megabyte lie outside of their rows.
      return deleteOld(database, { table: 'ingest_run_logs', key: ['run_id'], batch: 500, isOld }, goOn)
    },
  },
  {
    name: 'background_jobs',
    keptMs: ({ retention }) => retention.runsMs,
    prune: ({ database }, before, goOn) => pruneJobs(database, before, goOn),
  },
  {
    name: 'watermark_history',
    keptMs: ({ retention }) => retention.watermarkHistoryMs,
    prune: async ({ database }, before, goOn) => {
      let deleted = 0
      for (const { kept, ...name } of await database.run(sql => listOldHistories(sql, before))) {
        const isDaily = parseWatermark(name.stage, name.key)?.stage === 'schedule'
        const joinSome = () =>
          database.transaction(async tx => {
            const { gone, previous } = joinChanges(await takeOldChanges(tx, name, { before, limit: batch }), kept, isDaily)
            if (gone.length > 0) await replaceChanges(tx, gone, previous)
            return gone.length
          })
        for (let gone = 1; gone > 0 && goOn(); deleted += gone) gone = await joinSome()
      }
      return deleted
    },
  },
  {
    name: 'dead_letters',
    keptMs: ({ retention }) => retention.deadLettersMs,
    prune: ({ database }, before, goOn) => {
      const isOld: Pruned['isOld'] = sql => sql`(t.status = 'resolved' and t.updated_at < ${before})`
      return deleteOld(database, { table: 'dead_letters', key: ['id'], batch: 500, isOld }, goOn)
    },
  },
  {
    // Where stats run, they do it themselves.
    name: 'stats_changes',
    keptMs: () => keptChangesMs,
    prune: ({ database }) => database.run(sql => deleteSeenChanges(sql, statsFunctionNames)),
  },
  {
    name: 'outbox',
    keptMs: ({ retention }) => retention.outboxMs,
    prune: ({ database }, before, goOn) =>
      deleteOld(database, { ...outbox, isOld: sql => sql`coalesce(t.sent_at < ${before}, false)` }, goOn),
  },
  {
    name: 'outbox_unsent',
    keptMs: ({ retention }) => retention.outboxUnsentMs,
    prune: async ({ database, log }, before, goOn) => {
      const isOld: Pruned['isOld'] = sql => sql`(t.sent_at is null and t.created_at < ${before})`
      const rows = await deleteOld(database, { ...outbox, isOld }, goOn)
      if (rows > 0) log.warn('notices.dropped', { notices: rows, created_before: before.toISOString() })
      return rows
    },
  },
]

/** Rows of a few hundred bytes: 20 ms. */
const batch = 5_000

const outbox = { table: 'ingest_outbox', key: ['id'], batch }

/**
 * Deletes what is older than its setting and decides nothing any more, of all sports, in a bounded time. Once a day is enough for a process
 * that goes on for months. That it fails is reported, and no failure of the job.
 */
export async function prune(app: App): Promise<void> {
  try {
    await pruneAll(app)
  } catch (error) {
    // Old rows that stay a day longer harm nobody.
    if (!app.signal.aborted) app.log.warn('retention.failed', { reason: (error as Error).message })
  }
}

async function pruneAll(app: App): Promise<void> {
  const { clock, config, database, log, signal } = app
  const last = prunedAt.get(database)
  if (last && !hasPassed(clock, last, dayMs)) return
  const startedMs = clock.elapsedMs()
  const goOn = () => !signal.aborted && clock.elapsedMs() - startedMs < longestMs
  const now = await earlierNow(app)
  const deleted: Record<string, number> = {}
  for (const { name, keptMs, prune: pruneOld } of policies) {
    if (!goOn()) break
    const rows = await pruneOld(app, new Date(now.getTime() - keptMs(config)), goOn)
    if (rows > 0) deleted[name] = rows
  }
  if (goOn()) prunedAt.set(database, clock.now())
  if (Object.keys(deleted).length > 0) log.debug('retention.pruned', deleted)
}

const prunedAt = new WeakMap<Database, Date>()

/** A rehearsal in the future deletes nothing that is not old by the database's own clock. */
async function earlierNow({ database, clock }: Pick<App, 'database' | 'clock'>): Promise<Date> {
  const [row] = await database.run(sql => sql<{ now: Date }[]>`select least(now(), ${clock.now()}::timestamptz) as now`)
  return row?.now ?? clock.now()
}
