import { tmpdir } from 'node:os'
import type { Sql } from 'postgres'
import { openApp } from '../../src/app.ts'
import { loadConfig } from '../../src/core/config/load.ts'
import type { LogFields } from '../../src/core/log.ts'
import { silentLog } from '../../src/core/log.ts'
import { prune } from '../../src/jobs/retention/prune.ts'
import type { Receipt } from '../../src/pipeline/receipt.ts'
import { keepDatabase, type TestDatabase } from './database.ts'
import { tableHashes } from './table-hashes.ts'
import { createTestClock } from './test-clock.ts'

/** Nothing is kept for its age. */
export const nothingKept = {
  SPORTS_INGEST_PAYLOADS_RETENTION_DAYS: '0',
  ...Object.fromEntries(
    ['RUNS', 'CHUNKS', 'WATERMARK_HISTORY', 'DEAD_LETTERS', 'OUTBOX', 'OUTBOX_UNSENT'].map(name => [
      `SPORTS_INGEST_RETENTION_${name}`,
      '0',
    ]),
  ),
}

/** Prunes a database at an instant, as a job does at its end. Returns what it has deleted; throws where it has failed. */
export async function pruneAt(
  url: string,
  now: string,
  settings: Record<string, string> = nothingKept,
): Promise<Record<string, number>> {
  const { config } = await loadConfig({ env: { DATABASE_URL: url, ...settings }, cwd: tmpdir() })
  let deleted: LogFields = {}
  const said: string[] = []
  const log = {
    ...silentLog,
    debug: (event: string, fields: LogFields = {}) => {
      if (event === 'retention.pruned') deleted = fields
    },
    warn: (event: string, fields: LogFields = {}) => void (event === 'retention.failed' && said.push(String(fields['reason']))),
  }
  const app = await openApp({ config, clock: createTestClock(now), log, signal: new AbortController().signal })
  try {
    await prune(app)
  } finally {
    await app.close()
  }
  if (said.length > 0) throw new Error(said.join('\n'))
  return deleted as Record<string, number>
}

/**
 * What some work has come to on a database as it is, and on the same one when all that can be pruned was pruned at an instant. It is then as
 * it was before.
 */
export async function withoutAndPruned<T>(
  store: TestDatabase,
  now: string,
  work: () => Promise<T>,
): Promise<{ asIs: T; pruned: T; deleted: Record<string, number> }> {
  await using kept = await keepDatabase(store)
  const asIs = await work()
  await kept.putBack()
  const deleted = await pruneAt(store.url, now)
  const pruned = await work()
  await kept.putBack()
  return { asIs, pruned, deleted }
}

/** What a run has told and asked for, but for its number and its times. */
export function toldBy({
  code,
  said,
  asked,
  ...receipt
}: { code: number; said: string; asked: readonly string[] } & Partial<Receipt>) {
  const { status, from, to, units, items, rows, findings, stillOpen, watermarks } = receipt
  return { code, said, asked: asked.toSorted(), status, from, to, units, items, rows, findings, stillOpen, watermarks }
}

/** The dead letters by which runs decide. */
export const lettersInUse = async (sql: Sql) => [
  ...(await sql`
    select sport, dataset, item, day, stage, error_class, message, attempts, status, discarded_by, discarded_reason from dead_letters
    where status <> 'resolved' order by id`),
]

/** The tables as they are, but for dead letters: those that are resolved may be deleted. */
export async function tablesInUse(sql: Sql) {
  const { dead_letters: _, ...tables } = await tableHashes(sql)
  return { tables, letters: await lettersInUse(sql) }
}
