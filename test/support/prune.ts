import { tmpdir } from 'node:os'
import { openApp } from '../../src/app.ts'
import { loadConfig } from '../../src/core/config/load.ts'
import type { LogFields } from '../../src/core/log.ts'
import { silentLog } from '../../src/core/log.ts'
import { prune } from '../../src/jobs/retention/prune.ts'
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
