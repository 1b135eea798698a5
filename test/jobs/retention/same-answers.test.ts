import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { verifyWatermark } from '../../../src/jobs/verify.ts'
import { nba } from '../../../src/sports/nba/index.ts'
import { discardDeadLetters } from '../../../src/store/dead-letters.ts'
import { createPayloadArchive } from '../../../src/store/payload-archive.ts'
import { listWatermarks } from '../../../src/store/watermarks.ts'
import {
  accessDenied,
  boxesGivenOnce,
  boxesOf,
  boxScoreOf,
  type HandMadeGame,
  type HandMadeLeague,
  scheduleOf,
} from '../../support/hand-made-nba.ts'
import { game, type NbaWorld, startNbaWorld, threeADay } from '../../support/nba-world.ts'
import { reply } from '../../support/provider-server.ts'
import { lettersInUse, pruneAt, tablesInUse, toldBy, withoutAndPruned } from '../../support/prune.ts'
import { at, createTestClock } from '../../support/test-clock.ts'

const days = ['06', '07', '08', '09', '10', '11', '12', '13', '14'].map(day => `2025-01-${day}`)
const noon = (day: string) => `${day}T12:00:00Z`
const now = noon('2025-01-16')
const down = () => reply(503)

/** Of these games, it gives some, and is down from then on. */
const givesOnly = (games: readonly HandMadeGame[], given: readonly HandMadeGame[]): NonNullable<HandMadeLeague['boxes']> => ({
  ...boxesOf(games, down),
  ...boxesGivenOnce(given, down),
})

/** A game of an earlier season. */
const former = (year: number, n: number, day: string): HandMadeGame => ({
  ...game(n, day),
  id: `002${year}${String(n).padStart(5, '0')}`,
})

/** All that a person or a job would be told now; nothing is written. */
async function answersOf(world: NbaWorld) {
  const parts = { database: world.store.database, archive: createPayloadArchive(world.store.database, createTestClock(now)) }
  const verified = []
  for (const { stage, key, value } of await listWatermarks(world.sql))
    if (key.includes('nba')) verified.push(await verifyWatermark(parts, nba, { stage, key }, value))
  const plans = []
  for (const of of ['2024-25', '2023-24', '2022-23'])
    for (const options of [{}, { retryFailed: true }, { from: '2025-01-07', to: '2025-01-09' }]) {
      const { asked, ...plan } = await world.forecast(now, { season: of, ...options })
      plans.push(plan)
    }
  const { asked, said, from, to, findings, items } = await world.daily(now, { dryRun: true })
  return { verified, plans, daily: { asked, said, from, to, findings, items } }
}

const count = async ({ sql }: Pick<NbaWorld, 'sql'>, table: string): Promise<number> => {
  const [row] = await sql<[{ count: number }]>`select count(*)::int as count from ${sql(table)}`
  return row.count
}

test('of the NBA: verify, plans, catch-up, --retry-failed and full runs are the same when everything old is pruned', async () => {
  const all = threeADay(days)
  const [first, second] = all as [HandMadeGame[], HandMadeGame[]]
  const former23 = [1, 2, 3, 4, 5, 6].map(n => former(23, n, n > 3 ? '2023-11-02' : '2023-11-01'))
  const former22 = [1, 2, 3].map(n => former(22, n, '2022-11-01'))
  const stats = { schedules: { '2023-24': former23, '2022-23': former22 } }
  const league: HandMadeLeague = { games: all.flat(), stats }
  await using world = await startNbaWorld(league)

  // The current season by day: a stretch that a person has passed, one that was loaded twice, and a game that has no file.
  league.boxes = boxesOf([first[0] as HandMadeGame], () => reply(404))
  await world.mornings('2025-01-07', '2025-01-08')
  await world.setWatermark('2025-01-09')
  await world.mornings('2025-01-11')
  await world.setWatermark('2025-01-08')
  await world.setWatermark('2025-01-07')
  await world.mornings('2025-01-09', '2025-01-12')
  league.boxes = {}
  await world.mornings('2025-01-13')
  // A game of a day that is loaded, and one of the stretch that was passed, are listed late.
  const listed = [...all.flat(), game(91, '2025-01-10'), game(92, '2025-01-11')]
  league.games = listed

  // The same season by backfill: chunks fail, some are loaded since, with other bounds; letters stay open and are discarded.
  const noFile = boxesOf([first[1], second[1]] as HandMadeGame[], () => reply(404))
  const again = { chunkDays: 1, restart: { user: 'test' } }
  league.boxes = givesOnly(all.flat(), [...first, ...second])
  await world.backfill(noon('2025-01-13'), again)
  league.boxes = noFile
  await world.backfill(noon('2025-01-14'), { chunkDays: 2, from: '2025-01-08', to: '2025-01-09' })
  league.boxes = { ...givesOnly(all.flat(), all.slice(0, 5).flat()), ...noFile }
  await world.backfill(noon('2025-01-14'), again)
  league.boxes = noFile
  await world.backfill(noon('2025-01-14'), { chunkDays: 1, from: '2025-01-11', to: '2025-01-11' })
  const open = await world.sql<{ id: number }[]>`select id from dead_letters where status = 'open' order by id`
  expect(open).toHaveLength(2)
  const discard = { ids: open.slice(1).map(({ id }) => id), by: 'test', reason: 'none', at: at(now) }
  await world.store.database.transaction(tx => discardDeadLetters(tx, discard))

  // Former seasons: one with a failed chunk, one of which nothing could be loaded. Nobody gives their schedules any more.
  league.boxes = givesOnly([...all.flat(), ...former23], former23.slice(0, 3))
  await world.backfill(noon('2025-01-14'), { season: '2023-24', chunkDays: 1 })
  league.boxes = boxesOf([...all.flat(), ...former22], down)
  await world.backfill(noon('2025-01-14'), { season: '2022-23', chunkDays: 1 })
  league.boxes = {}
  league.stats = { answer: () => reply(403) }
  // Schedules of another season by the provider of the current one: daily runs may have gone by it.
  for (const [hash, year, fetched] of [
    [Buffer.of(1), '2021-22', '2022-04-01'],
    [Buffer.of(2), '2021-22', '2022-05-01'],
  ] as const) {
    const body = Buffer.from(JSON.stringify(scheduleOf([former(21, 1, '2021-11-01')], year)))
    await world.sql`
      insert into payloads (provider, url, hash, body, bytes, status, fetched_at)
      select provider, url, ${hash}, ${gzipSync(body)}, ${body.length}, 200, ${`${fetched}T12:00:00Z`}
      from payloads where url like '%scheduleLeagueV2.json' limit 1`
  }

  // Whole runs, at the end of which a day is refused of which nothing was ever given.
  const newcomers = [game(95, '2025-01-16'), game(96, '2025-01-16')]
  const ofFormer = Object.fromEntries(former23.map(one => [one.id, () => reply(200, {}, boxScoreOf(one))]))
  const runs = await withoutAndPruned(world.store, now, async () => {
    Object.assign(league, { games: listed, boxes: ofFormer })
    const letters = await lettersInUse(world.sql)
    const done = [
      await world.daily(now),
      await world.backfill(now, { retryFailed: true }),
      await world.backfill(now),
      await world.backfill(now, { season: '2023-24', retryFailed: true }),
      await world.retryLetters(now),
    ]
    Object.assign(league, { games: [...listed, ...newcomers], boxes: boxesOf(newcomers, accessDenied) })
    done.push(await world.daily(noon('2025-01-17')), await world.daily(noon('2025-02-20')))
    return { letters, done: done.map(run => toldBy({ ...run, asked: run.asked.boxes })), after: await tablesInUse(world.sql) }
  })
  expect(runs.pruned).toEqual(runs.asIs)
  const [daily, , , ofFormerSeason] = runs.asIs.done
  expect([daily, ofFormerSeason]).toMatchObject([{ code: 0 }, { code: 0 }])
  expect(runs.asIs.done.at(-2)).toMatchObject({ code: 2, watermarks: [{ after: '2025-01-16' }] })
  Object.assign(league, { games: listed, boxes: {} })

  const before = await answersOf(world)
  const [, retried, named, , retriedFormer, , , retriedOldest] = before.plans
  expect([retried, retriedFormer, named, retriedOldest]).toMatchObject([
    { games: expect.any(Number) },
    { games: 3, scheduleKeptAt: expect.any(Date) },
    { games: expect.any(Number) },
    { games: 3, scheduleKeptAt: expect.any(Date) },
  ])
  expect(retried?.games).toBeGreaterThan(0)
  expect(before.daily.asked.boxes.length).toBeGreaterThan(6)
  expect(before.verified.some(({ listed }) => listed)).toBe(true)
  const rows = { runs: await count(world, 'ingest_runs'), chunks: await count(world, 'ingest_chunks') }

  const deleted = await pruneAt(world.store.url, now)
  expect(Object.keys(deleted).sort()).toEqual(['chunks', 'dead_letters', 'payloads', 'run_logs', 'runs', 'watermark_history'])
  const { asked, ...caughtUp } = before.daily
  const after = await answersOf(world)
  expect(after.verified).toEqual(before.verified)
  expect(after.plans).toEqual(before.plans)
  expect(after.daily).toMatchObject({ ...caughtUp, asked: { boxes: asked.boxes } })
  expect(await count(world, 'ingest_runs')).toBeLessThan(rows.runs)
  expect(await count(world, 'ingest_chunks')).toBeLessThan(rows.chunks / 2)
  expect(await world.sql`select 1 from ingest_chunks where status = 'done'`).toEqual([])
  expect(await world.sql`select encode(hash, 'hex') as hash from payloads where fetched_at < '2023-01-01'`).toEqual([
    { hash: '02' },
  ])
  await pruneAt(world.store.url, now)
  expect((await answersOf(world)).plans).toEqual(before.plans)

  // Once the failed chunks are loaded, nothing is left to retry, and they go as well.
  await world.backfill(now, { retryFailed: true })
  expect(await world.forecast(now, { retryFailed: true })).toMatchObject({ games: 0 })
  await pruneAt(world.store.url, noon('2025-01-17'))
  expect(await world.forecast(now, { retryFailed: true })).toMatchObject({ games: 0 })
  expect(await world.sql`select distinct r.season from ingest_chunks c join ingest_runs r on r.id = c.run_id order by 1`).toEqual(
    [{ season: '2022-23' }, { season: '2023-24' }],
  )
})
