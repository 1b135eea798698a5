import { expect, inject, test } from 'vitest'
import { createClock } from '../../src/core/clock.ts'
import { silentLog } from '../../src/core/log.ts'
import { openDatabase } from '../../src/store/open-database.ts'
import { noPgBouncer, startPgBouncer } from '../support/pgbouncer.ts'
import { startStatsWorld } from '../support/stats-world.ts'
import { until } from '../support/until.ts'

test.skipIf(noPgBouncer)('behind PgBouncer two first runs at once end well, and write the results once', async () => {
  await using world = await startStatsWorld()
  await using pooler = await startPgBouncer(inject('databaseUrl'), 'transaction')
  const url = pooler.url.replace('NAME', world.name)
  const settings = { url, dataDir: '/nowhere', queryTimeoutMs: 60_000, reconnectAttempts: 5 }
  const database = await openDatabase({ settings, schema: 'as-is', clock: createClock(), log: silentLog })
  await using _ = { [Symbol.asyncDispose]: () => database.close() }
  await world.putGames('nba', [
    { season: '2024-25', gameDate: '2025-01-10', homeTeamId: 'A', awayTeamId: 'B', homeScore: 3, awayScore: 2, providerId: 'g1' },
  ])
  await world.putNbaLines([{ gameId: 'g1', playerId: '1', teamId: 'A', points: 10 }])
  // The lines are there, so that both begin with the function.
  await world.run({ functions: ['update_aggregated_match_report_cache'] })
  const run = () => world.run({ functions: ['update_power_ratings'] }, { database })
  // Both have their snapshots, of before what the other one writes, when they get the lock.
  const both = await world.sql.begin(async tx => {
    await tx`lock table player_power_rating in share mode`
    const runs = Promise.all([run(), run()])
    const waiting = () => world.sql`select from pg_locks where relation = 'player_power_rating'::regclass and not granted`
    await until('both wait', async () => (await waiting()).length === 2)
    return { runs }
  })
  const results = (await both.runs).map(done => done['update_power_ratings'])
  expect(results).toMatchObject([{ status: 'completed' }, { status: 'completed' }])
  expect(results.map(result => result?.rows).sort()).toEqual([0, 1])
})
