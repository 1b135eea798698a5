import { expect, test } from 'vitest'
import { loadedBy } from '../../src/jobs/plan/days.ts'
import { type HandMadeGame, type HandMadeLeague, scoreboardOf } from '../support/hand-made-nba.ts'
import { liveNba, openLiveWorld } from '../support/live-world.ts'
import { game, season, startNbaWorld } from '../support/nba-world.ts'
import { reply } from '../support/provider-server.ts'

const days = ['2025-01-10', '2025-01-11', '2025-01-12', '2025-01-13', '2025-01-14', '2025-01-15']
const mornings = days.map(day => `2025-01-${Number(day.slice(8)) + 1}`)

/** Two games a day. */
const listed = () => days.flatMap((day, i) => [game(2 * i + 1, day), game(2 * i + 2, day)])

const leagueOf = (games: HandMadeGame[]) => ({ games, stats: { schedules: { '2024-25': games } } })

test('a game that is listed when the watermark has passed its day is loaded by the next daily run', async () => {
  const league = leagueOf(listed())
  await using world = await startNbaWorld(league)
  await world.mornings(...mornings)
  const late = [game(91, '2025-01-11'), game(92, '2025-01-11', { status: 1, text: 'PPD' })]
  const before = [game(93, '2025-01-05'), { ...game(94, '2024-04-02'), id: '0022301094' }]
  league.games.push(...late, ...before)
  const run = await world.daily('2025-01-17T12:00:00Z')
  expect(run).toMatchObject({ code: 0, games: { asked: 6, loaded: 1 } })
  expect(Object.keys(await world.points())).toHaveLength(2 * days.length + 1)
  expect(await world.statuses()).toMatchObject({ [late[0]?.id as string]: 'final', [late[1]?.id as string]: 'postponed' })
  expect(Object.keys(await world.statuses())).not.toContain(before[0]?.id)
  // Once: the day after it is not asked for again.
  expect((await world.daily('2025-01-18T12:00:00Z')).asked.boxes).not.toContain(late[0]?.id)
})

test('a game that only the scoreboard had told of is as the schedule has it, whenever that lists it', async () => {
  const day = '2025-01-11'
  const league: HandMadeLeague = leagueOf(listed())
  await using world = await startNbaWorld(league)
  await world.mornings(day)
  const late = game(14, day, { score: [95, 88] })
  const [home, away] = late.sides as [number, number]
  const told: HandMadeGame = { ...late, sides: [away, home], score: [88, 95], more: { gameTimeUTC: '2025-01-12T00:30:00Z' } }
  league.scoreboard = () => {
    const { scoreboard } = scoreboardOf([told]) as { scoreboard: object }
    return reply(200, {}, { scoreboard: { ...scoreboard, gameDate: day } })
  }
  const live = await openLiveWorld(world.store, world.env)
  const only = ['scoreboard']
  await live.follow({ sports: [liveNba], now: '2025-01-12T03:30:00Z', only, until: 1 })
  const stored = async () =>
    await world.sql`
      select home_team_id as home, home_score as score, venue, status from games where provider_id = ${late.id}`
  expect([...(await stored())]).toEqual([{ home: String(away), score: 88, venue: null, status: 'final' }])
  await world.mornings('2025-01-12', '2025-01-16')
  league.games.push(late)
  const run = await world.daily('2025-01-17T12:00:00Z')
  expect(run).toMatchObject({ code: 0, findings: [] })
  expect([...(await stored())]).toEqual([{ home: String(home), score: 95, venue: 'Hall', status: 'final' }])
  // Once.
  expect((await world.daily('2025-01-18T12:00:00Z')).asked.boxes).not.toContain(late.id)
})

test('days that a person has passed by hand stay passed', async () => {
  const league = leagueOf(listed())
  await using world = await startNbaWorld(league)
  await world.mornings('2025-01-11')
  await world.setWatermark('2025-01-13')
  await world.daily('2025-01-15T12:00:00Z')
  await world.daily('2025-01-16T12:00:00Z')
  // The two days before the watermark are looked back at.
  expect(Object.keys(await world.statuses()).sort()).toEqual([1, 2, 5, 6, 7, 8, 9, 10, 11, 12].map(n => game(n, '').id))
})

test.each<[string, { previous: string | null; value: string | null; runId: number | null }[], string[]]>([
  ['none', [], []],
  ['the first', [{ previous: null, value: '2025-01-11', runId: 1 }], ['2025-01-11']],
  ['by hand', [{ previous: '2025-01-09', value: '2025-01-11', runId: null }], []],
  ['by a run', [{ previous: '2025-01-10', value: '2025-01-12', runId: 2 }], ['2025-01-11', '2025-01-12']],
  ['forgotten', [{ previous: '2025-01-10', value: null, runId: 2 }], []],
])('days that runs have loaded: %s', (_, changes, loaded) => expect(days.filter(loadedBy(changes))).toEqual(loaded))

test('up to three played games that leave the schedule are told, more refuse it, and a person accepts it for good', async () => {
  const all = listed()
  const league = leagueOf([...all])
  await using world = await startNbaWorld(league)
  await world.mornings(...mornings)
  const without = (count: number) => {
    league.games = all.slice(count)
    league.stats.schedules['2024-25'] = league.games
  }

  without(3)
  const told = await world.daily('2025-01-17T12:00:00Z')
  expect(told.code).toBe(0)
  expect(told.findings?.map(({ item, check }) => [item, check])).toEqual(all.slice(0, 3).map(({ id }) => [id, 'unlisted']))
  expect(told.findings?.[0]?.message).toBe(
    'The game 0022400001 of 2025-01-10 was played, and the schedule no longer lists it; it stays stored.',
  )

  without(4)
  const command = 'sports-ingest schedule backfill --sport nba --season 2024-25 --restart'
  for (const refused of [await world.daily('2025-01-18T12:00:00Z'), await world.backfill('2025-01-18T12:00:00Z')])
    expect(refused).toMatchObject({ code: 1, said: expect.stringMatching(new RegExp(`lacks 4 games of 2024-25 .* ${command}$`)) })

  const accepted = await world.backfill('2025-01-18T12:00:00Z', { restart: { user: 'test' } })
  expect(accepted.code).toBe(0)
  expect(accepted.findings).toHaveLength(4)
  expect(Object.keys(await world.points())).toHaveLength(all.length)
  expect(await world.watermark(season)).toBe(all.at(-1)?.id)
  expect(await world.verify()).toMatchObject({ proven: true })

  without(7)
  const later = await world.daily('2025-01-19T12:00:00Z')
  expect(later).toMatchObject({ code: 0 })
  expect(later.findings).toHaveLength(7)
  without(8)
  expect(await world.daily('2025-01-20T12:00:00Z')).toMatchObject({ code: 1 })
  without(0)
  expect(await world.daily('2025-01-20T12:00:00Z')).toMatchObject({ code: 0, findings: [] })
})

test('a game that the schedule lists under two days is stored once, and the run names both', async () => {
  const [put, moved] = [
    game(1, '2025-01-10', { status: 1, text: 'PPD' }),
    game(1, '2025-01-20', { status: 1, text: '7:30 pm ET' }),
  ]
  for (const games of [
    [put, moved, game(2, '2025-01-10')],
    [game(2, '2025-01-10'), moved, put],
  ]) {
    await using world = await startNbaWorld({ games })
    const run = await world.daily('2025-01-21T12:00:00Z', { daysBack: 12 })
    expect(run.findings?.map(({ check }) => check)).toContain('listed-twice')
    expect(await world.sql`select game_date, status from games where provider_id = ${put.id}`).toMatchObject([
      { status: 'scheduled' },
    ])
  }
})
