import { expect, test } from 'vitest'
import type { HandMadeLeague } from '../support/hand-made-nba.ts'
import { game, startNbaWorld } from '../support/nba-world.ts'
import { hang, reply } from '../support/provider-server.ts'

test('a time-out of one job reaches its requests: the job ends, and so do its run and its lease', async () => {
  const timeout = new AbortController()
  const slow = game(2, '2025-01-10')
  const boxes = {
    [slow.id]: () => {
      timeout.abort(new DOMException('The job daily timed out after 300 s.', 'TimeoutError'))
      return hang()
    },
  }
  await using world = await startNbaWorld({ games: [game(1, '2025-01-09'), slow], boxes })
  await world.daily('2025-01-10T12:00:00Z')
  const run = await world.daily('2025-01-11T12:00:00Z', { signal: timeout.signal })
  expect(run).toMatchObject({ code: 1, said: 'The job daily timed out after 300 s.' })
  expect(await world.sql`select status, error from ingest_runs order by id desc limit 1`).toEqual([
    { status: 'stopped', error: 'The job daily timed out after 300 s.' },
  ])
  expect(await world.sql`select 1 from ingest_leases`).toEqual([])
  expect(await world.watermark()).toBe('2025-01-09')
})

test('the receipt is stored as it is returned', async () => {
  await using world = await startNbaWorld({ games: [game(1, '2025-01-10')] })
  const { status, units, items, rows, watermarks, from, to, targetDate, season, dryRun, stillOpen, failed } =
    await world.daily('2025-01-11T12:00:00Z')
  const [{ counts }] = await world.sql<[{ counts: object }]>`select counts from ingest_runs`
  const returned = { status, units, items, rows, watermarks, from, to, targetDate, season, dryRun, stillOpen, failed }
  expect(counts).toMatchObject({ job: 'daily', sport: 'nba', run: 1, ...returned })
})

test('while a run is at work it has no receipt, so that one that is killed has none that says it was done', async () => {
  const bad = game(1, '2025-01-10')
  let running: Promise<readonly object[]> | undefined
  const league: HandMadeLeague = { games: [bad] }
  await using world = await startNbaWorld(league)
  league.boxes = {
    [bad.id]: () => {
      running = Promise.resolve(world.sql`select status, counts from ingest_runs`)
      return reply(404)
    },
  }
  await world.daily('2025-01-11T12:00:00Z')
  expect(await running).toEqual([{ status: 'running', counts: {} }])
})
