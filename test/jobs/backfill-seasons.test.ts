import { describe, expect, test } from 'vitest'
import { accessDenied, boxesOf, type HandMadeGame, type HandMadeLeague, idsOf, scheduleOf } from '../support/hand-made-nba.ts'
import { game, startNbaWorld } from '../support/nba-world.ts'
import { reply } from '../support/provider-server.ts'

const noon = '2025-01-20T12:00:00Z'
const seasons = ['2022-23', '2023-24', '2024-25']
const gamesOf = (year: number): HandMadeGame[] =>
  [1, 2, 3].map(n => ({ ...game(n, `20${year + 1}-01-1${n}`), id: `002${year}0000${n}` }))
const [older, former, now] = [22, 23, 24].map(gamesOf) as [HandMadeGame[], HandMadeGame[], HandMadeGame[]]

/** The cdn serves the schedule of the season that is on; that of the oldest one nobody has. */
const league = (): HandMadeLeague => ({
  games: [...older, ...former, ...now],
  schedule: () => reply(200, {}, scheduleOf(now)),
  stats: { schedules: { '2023-24': former } },
})

const runsOf = async ({ sql }: { sql: Awaited<ReturnType<typeof startNbaWorld>>['sql'] }) => [
  ...(await sql`select season, status from ingest_runs order by id`),
]

describe('a range of seasons', () => {
  test('is loaded one after the other', async () => {
    await using world = await startNbaWorld({ ...league(), stats: { schedules: { '2022-23': older, '2023-24': former } } })
    const outcome = await world.backfillSeasons(noon, seasons)
    expect(outcome).toMatchObject({ code: 0, failures: 0, failedSeasons: [] })
    expect(outcome.runs?.map(({ season, items }) => [season, items[0]?.loaded])).toEqual(seasons.map(season => [season, 3]))
  })

  test('goes on after a season whose schedule nobody gives: it is one failure, and the others are loaded', async () => {
    await using world = await startNbaWorld(league())
    const outcome = await world.backfillSeasons(noon, seasons)
    expect(outcome).toMatchObject({
      code: 1,
      failures: 1,
      failedSeasons: [
        {
          season: '2022-23',
          message: expect.stringContaining('nba-stats, the only provider of the schedule of 2022-23, did not send it'),
          hint: expect.stringContaining('try from another one'),
        },
      ],
    })
    expect(outcome.runs?.map(({ season, items }) => [season, items[0]?.loaded])).toEqual([
      ['2023-24', 3],
      ['2024-25', 3],
    ])
    expect(await runsOf(world)).toEqual([
      { season: '2022-23', status: 'stopped' },
      { season: '2023-24', status: 'done' },
      { season: '2024-25', status: 'done' },
    ])
  })

  test('goes on after a season of which no game has an answer, and counts it beside what the others set aside', async () => {
    const [lacking] = now as [HandMadeGame]
    const boxes = { ...boxesOf(former, () => reply(503)), [lacking.id]: () => reply(404) }
    await using world = await startNbaWorld({ ...league(), boxes })
    const outcome = await world.backfillSeasons(noon, ['2023-24', '2024-25'])
    expect(outcome).toMatchObject({ code: 2, failures: 2, failedSeasons: [{ season: '2023-24' }], runs: [{ failures: 1 }] })
    expect(Object.keys(await world.points()).sort()).toEqual(idsOf(now.slice(1)))
  })

  test.each([
    ['refuses us', accessDenied, 104],
    ['is down', () => reply(503), 1],
  ])('of which none comes to its end, because the cdn %s, ends with what the first one said', async (_, schedule, code) => {
    await using world = await startNbaWorld({ ...league(), schedule })
    const said = expect.stringContaining('and without the schedule nothing can be loaded')
    expect(await world.backfillSeasons(noon, ['2023-24', '2024-25'])).toMatchObject({ code, said })
    expect((await runsOf(world)).map(({ status }) => status)).toEqual(['stopped', 'stopped'])
  })

  test('is not gone on with where the database fails: that is every season’s trouble', async () => {
    await using world = await startNbaWorld(league())
    await world.sql`alter table ingest_settled rename to elsewhere`
    expect(await world.backfillSeasons(noon, ['2023-24', '2024-25'])).toMatchObject({ code: 102 })
    expect((await runsOf(world)).map(({ season }) => season)).toEqual(['2023-24'])
  })
})
