import { tmpdir } from 'node:os'
import { openApp } from '../../src/app.ts'
import { loadConfig } from '../../src/core/config/load.ts'
import { silentLog } from '../../src/core/log.ts'
import { loadProvisional, type ProvisionalGame } from '../../src/pipeline/load-provisional.ts'
import { createRun } from '../../src/pipeline/run.ts'
import { espn } from '../../src/providers/espn.ts'
import { nfl } from '../../src/sports/nfl/index.ts'
import { liveLines } from '../../src/sports/nfl/live-lines.ts'
import { takeLease } from '../../src/store/leases.ts'
import type { TestDatabase } from './database.ts'
import { createTestClock } from './test-clock.ts'

export interface LoadSummariesOptions {
  now?: string
  failing?: Set<string>
  /** Called for each transaction that has written rows, with their games. */
  onChange?: (changed: ReadonlySet<string>) => void
}

/** Asks once for the summaries of some games, and writes what they say. */
export async function loadSummaries(
  db: TestDatabase,
  espnUrl: string,
  games: readonly ProvisionalGame[],
  { now = '2024-09-08T18:00:00Z', failing = new Set(), onChange = () => {} }: LoadSummariesOptions = {},
): ReturnType<typeof loadProvisional> {
  const env = {
    DATABASE_URL: db.url,
    SPORTS_INGEST_PROVIDER_ESPN_URL: espnUrl,
    SPORTS_INGEST_API_RATE_LIMIT: '500',
    SPORTS_INGEST_RETRY_INITIAL_DELAY: '0.01',
  }
  const { config } = await loadConfig({ env, cwd: tmpdir() })
  const { signal } = new AbortController()
  const clock = createTestClock(now)
  const app = await openApp({ config, clock, log: silentLog, signal })
  const provider = app.openProvider(espn, { dryRun: false, signal, log: silentLog, share: 'live' })
  const lease = await takeLease(app.database, 'live:nfl', silentLog)
  try {
    const [{ last }] = await db.sql<[{ last: number }]>`select coalesce(max(id), 0)::int as last from ingest_outbox`
    const counts = await loadProvisional(games, {
      ...{
        sport: nfl,
        dataset: liveLines,
        clock,
        signal,
        failing,
        notifies: { isPosted: true, channel: undefined },
        today: now.slice(0, 10),
      },
      providers: new Map([[espn.id, provider]]),
      run: createRun(app.database, 1, [lease]),
    })
    const notices = await db.sql<{ tags: string[] }[]>`select tags from ingest_outbox where id > ${last} order by id`
    for (const { tags } of notices) onChange(new Set(tags.flatMap(tag => /^game:nfl:(.*)$/.exec(tag)?.[1] ?? [])))
    return counts
  } finally {
    await lease.release()
    await provider.close()
    await app.close()
  }
}
