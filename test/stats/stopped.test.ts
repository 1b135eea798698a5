import { expect, test } from 'vitest'
import { StoppedError } from '../../src/core/errors.ts'
import { type StatsWorld, startStatsWorld } from '../support/stats-world.ts'
import { until } from '../support/until.ts'

const line = { gameId: '0022400001', playerId: '1', teamId: 'A', points: 30 }

async function startWorld(): Promise<StatsWorld> {
  const world = await startStatsWorld()
  await world.putGames('nba', [
    {
      providerId: line.gameId,
      season: '2024-25',
      gameDate: '2025-01-10',
      homeTeamId: 'A',
      awayTeamId: 'B',
      homeScore: 9,
      awayScore: 8,
    },
  ])
  await world.putNbaLines([line])
  return world
}

/** What a function waits for while somebody holds it: the lock of its table, or a row in the middle of its statement. */
const obstacles = {
  'waits for another run': 'lock table player_power_rating in share mode',
  'is at its statement': `
    insert into player_power_rating (sport, player_id, rating, events, weight, last_date, updated_at)
    values ('nba', '1', 1, 1, 1, '2025-01-10', now())`,
}

for (const [what, statement] of Object.entries(obstacles))
  test(`a function that ${what} ends when it is told to, and has written nothing`, async () => {
    await using world = await startWorld()
    const stopping = new AbortController()
    const running = await world.sql
      .begin(async tx => {
        await tx.unsafe(statement)
        const run = world.run({ functions: ['update_power_ratings'] }, { signal: stopping.signal })
        run.catch(() => {})
        await until('it waits', async () => (await world.sql`select from pg_locks where not granted`).length > 0)
        stopping.abort(new StoppedError('SIGINT'))
        await expect(run).rejects.toThrow('Stopped by SIGINT.')
        await tx`select 1`
        throw new Error('rolled back')
      })
      .catch((error: Error) => error.message)
    expect(running).toBe('rolled back')
    expect(await world.rows('select * from player_power_rating')).toEqual([])
    expect(await world.run({ functions: ['update_power_ratings'] })).toMatchObject({ update_power_ratings: { rows: 1 } })
  })
