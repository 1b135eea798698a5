import type { ISql } from 'postgres'
import type { watermarkHistory, watermarks } from './tables.ts'

export type Watermark = typeof watermarks.$inferSelect

/** A watermark's name: `schedule` / `daily:nba`. */
export type WatermarkName = Pick<Watermark, 'stage' | 'key'>

export type WatermarkChange = Omit<typeof watermarkHistory.$inferSelect, 'id' | 'stage' | 'key'>

/** The value, or undefined where nothing was ever loaded under that name. */
export async function readWatermark(sql: ISql, { stage, key }: WatermarkName): Promise<string | undefined> {
  const [row] = await sql<{ value: string }[]>`select value from ingest_watermarks where stage = ${stage} and key = ${key}`
  return row?.value
}

export async function listWatermarks(sql: ISql): Promise<Watermark[]> {
  return await sql<Watermark[]>`select stage, key, value, updated_at as "updatedAt" from ingest_watermarks order by stage, key`
}

/** Newest change first. */
export async function readWatermarkHistory(sql: ISql, { stage, key }: WatermarkName): Promise<WatermarkChange[]> {
  return await sql<WatermarkChange[]>`
    select previous, value, run_id as "runId", changed_by as "changedBy", reason, changed_at as "changedAt"
    from ingest_watermark_history where stage = ${stage} and key = ${key} order by id desc`
}

/** A change and its number; later ones have greater numbers. */
export interface NumberedChange extends Pick<WatermarkChange, 'previous' | 'value' | 'runId'> {
  id: number
}

/** A watermark with old changes, and those of its changes that stay as they are. */
export interface OldHistory extends WatermarkName {
  kept: ReadonlySet<number>
}

/**
 * Watermarks with changes before an instant. What stays of each: the first and the newest change, the first and the last by hand, the one by
 * hand that says where to begin, and the newest of each run that has not ended, whose end it is if the run is lost.
 */
export async function listOldHistories(sql: ISql, before: Date): Promise<OldHistory[]> {
  const running = await sql<{ id: number }[]>`
    select max(h.id) as id from ingest_runs r join ingest_watermark_history h on h.run_id = r.id where r.status = 'running' group by r.id`
  const rows = await sql<(WatermarkName & { kept: (number | null)[] })[]>`
    select stage, key, json_build_array(min(id), max(id), min(id) filter (where run_id is null), max(id) filter (where run_id is null),
      (array_agg(id order by value collate "C", id) filter (where run_id is null and previous is null and value is not null))[1]) as kept
    from ingest_watermark_history group by stage, key having min(changed_at) < ${before} order by stage, key`
  return rows.map(({ kept, ...name }) => {
    return { ...name, kept: new Set([...kept.filter(id => id !== null), ...running.map(({ id }) => id)]) }
  })
}

/** The first changes of a watermark before an instant, locked: two processes that join them do so one after the other. */
export async function takeOldChanges(
  tx: ISql,
  { stage, key }: WatermarkName,
  { before, limit }: { before: Date; limit: number },
): Promise<NumberedChange[]> {
  return await tx<NumberedChange[]>`
    select id, previous, value, run_id as "runId" from ingest_watermark_history
    where stage = ${stage} and key = ${key} and changed_at < ${before} order by id limit ${limit} for update`
}

/** Deletes changes, and has others begin earlier. */
export async function replaceChanges(tx: ISql, gone: readonly number[], previous: ReadonlyMap<number, string>): Promise<void> {
  await tx`delete from ingest_watermark_history where id in (select value::bigint from jsonb_array_elements_text(${tx.json([...gone])}))`
  await tx`
    update ingest_watermark_history h set previous = p.value from jsonb_each_text(${tx.json(Object.fromEntries(previous))}) p
    where h.id = p.key::bigint`
}

export interface WatermarkMove extends WatermarkName {
  value: string
  at: Date
  /** The run whose rows it covers, or the person who sets it. */
  by: { runId: number } | { user: string; reason: string | undefined }
}

/**
 * Moves a watermark within the caller's transaction and records the change. A run only moves it forward
 * (values compare as text), unless its form is known to the user's own program alone; a person may set it to anything.
 * @returns the value that now stands
 */
export async function moveWatermark(tx: ISql, { stage, key, value, at, by }: WatermarkMove): Promise<string> {
  const [row] = await tx<{ value: string }[]>`
    select value from ingest_watermarks where stage = ${stage} and key = ${key} for update`
  const previous = row?.value ?? null
  const isForward = previous === null || previous < value || 'user' in by || stage === 'job'
  if (previous === value || !isForward) return previous as string
  await tx`
    insert into ingest_watermarks (stage, key, value, updated_at) values (${stage}, ${key}, ${value}, ${at})
    on conflict (stage, key) do update set value = excluded.value, updated_at = excluded.updated_at`
  await record(tx, { stage, key, previous, value, at, by })
  return value
}

/** Sets a watermark back that a run with a wrong clock has moved, or deletes it where nothing that it stood on counts. */
export async function setBackWatermark(
  tx: ISql,
  { stage, key, value, at, by }: Omit<WatermarkMove, 'value'> & { value: string | undefined },
): Promise<void> {
  if (value === undefined) return await forgetWatermark(tx, { stage, key, at, by })
  const previous = (await readWatermark(tx, { stage, key })) ?? null
  await tx`update ingest_watermarks set value = ${value}, updated_at = ${at} where stage = ${stage} and key = ${key}`
  await record(tx, { stage, key, previous, value, at, by })
}

/**
 * Deletes a watermark and what is settled beyond it, so that everything is loaded again. Recorded in the history even if there was none:
 * from then on no stored row counts as loaded.
 */
export async function forgetWatermark(tx: ISql, { stage, key, at, by }: Omit<WatermarkMove, 'value'>): Promise<void> {
  const [gone] = await tx<{ value: string }[]>`
    delete from ingest_watermarks where stage = ${stage} and key = ${key} returning value`
  await tx`delete from ingest_settled where stage = ${stage} and key = ${key}`
  await record(tx, { stage, key, previous: gone?.value ?? null, value: null, at, by })
}

async function record(
  tx: ISql,
  { stage, key, previous, value, at, by }: Omit<WatermarkMove, 'value'> & Pick<WatermarkChange, 'previous' | 'value'>,
): Promise<void> {
  const [runId, changedBy, reason] = 'runId' in by ? [by.runId, 'run', null] : [null, by.user, by.reason ?? null]
  await tx`
    insert into ingest_watermark_history (stage, key, previous, value, run_id, changed_by, reason, changed_at)
    values (${stage}, ${key}, ${previous}, ${value}, ${runId}, ${changedBy}, ${reason}, ${at})`
}
