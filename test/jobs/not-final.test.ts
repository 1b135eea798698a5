import { expect, test } from 'vitest'
import { discardDeadLetters } from '../../src/store/dead-letters.ts'
import { boxScoreOf, type HandMadeGame, type HandMadeLeague, scoreboardOf } from '../support/hand-made-nba.ts'
import { liveNba, openLiveWorld } from '../support/live-world.ts'
import { game, season, startNbaWorld } from '../support/nba-world.ts'
import { reply } from '../support/provider-server.ts'
import { at } from '../support/test-clock.ts'

const [first, last] = [game(1, '2025-01-10'), game(2, '2025-01-10')]
const noon = (day: number) => `2025-01-${day}T12:00:00Z`

/** A league whose schedule says that both games are over, while the box score of the first one says something else. */
function leagueWith(box: Partial<HandMadeGame>, { listed = {} }: { listed?: Partial<HandMadeGame> } = {}) {
  const boxes: Record<string, (() => ReturnType<typeof reply>) | undefined> = {
    [first.id]: () => reply(200, {}, JSON.stringify(boxScoreOf({ ...first, ...box }))),
  }
  return { games: [{ ...first, ...listed }, last], boxes, stats: { schedules: { '2024-25': [first, last] } } }
}

const inFourth: Partial<HandMadeGame> = { status: 2, text: 'Q4 0:41', score: [100, 97] }
const notBegun: Partial<HandMadeGame> = { status: 1, text: 'pregame' }

test.each<[string, Partial<HandMadeGame>]>([
  ['of the last quarter', inFourth],
  ['of before the game', notBegun],
])('a box score %s of a game that is listed as over: no lines, and every daily run asks for it again', async (_, box) => {
  const league = leagueWith(box)
  await using world = await startNbaWorld(league)
  const runs = await world.mornings('2025-01-11', '2025-01-12', '2025-01-16', '2025-01-17', '2025-01-18')
  expect(runs.map(({ code }) => code)).toEqual([1, 1, 1, 1, 1])
  expect(runs.at(-1)?.asked.boxes).toContain(first.id)
  expect(await world.points()).toEqual({ [last.id]: 200 })
  expect(await world.watermark()).toBe('2025-01-17')
  expect(await world.letters()).toMatchObject([{ item: first.id, dataset: 'box-scores', attempts: 5, status: 'open' }])
  league.boxes[first.id] = undefined
  expect(await world.daily(noon(19))).toMatchObject({ code: 0 })
  expect(await world.points()).toEqual({ [first.id]: 200, [last.id]: 200 })
  expect(await world.letters()).toMatchObject([{ status: 'resolved' }])
})

test('a game that is stored as over without its lines is asked for until they are there, also by lists that lag behind', async () => {
  const league = leagueWith(notBegun, { listed: { status: 1, text: '7:00 pm ET' } })
  await using world = await startNbaWorld(league)
  await world.daily(noon(11))
  // As the scoreboard has it, whose box score comes later.
  await world.sql`update games set status = 'final', home_score = 101, away_score = 99 where provider_id = ${first.id}`
  await world.setWatermark('2025-01-09')
  expect(await world.daily(noon(11))).toMatchObject({ code: 1 })
  expect(await world.letters()).toMatchObject([{ item: first.id, dataset: 'box-scores', status: 'open' }])
  Object.assign(league, leagueWith({}), { boxes: {} })
  expect(await world.daily(noon(12))).toMatchObject({ code: 0 })
  expect(await world.points()).toEqual({ [first.id]: 200, [last.id]: 200 })
})

test('the frontier of a season waits for the box score, verify names the game, and any run loads it', async () => {
  const league = leagueWith(inFourth)
  await using world = await startNbaWorld(league)
  await world.backfill(noon(12))
  expect(await world.watermark(season)).toBeUndefined()
  expect(await world.settled()).toEqual([last.id])
  await world.setWatermark(last.id, season)
  expect(await world.verify()).toMatchObject({ proven: false, first: { id: first.id, what: 'is over, but not by its own file' } })
  expect((await world.backfill(noon(12))).asked.boxes).toEqual([first.id])
  await world.setWatermark('2025-01-14')
  expect((await world.daily(noon(16))).asked.boxes).toEqual([first.id])
  league.boxes[first.id] = undefined
  expect(await world.daily(noon(17))).toMatchObject({ code: 0 })
  expect(await world.points()).toEqual({ [first.id]: 200, [last.id]: 200 })
  expect(await world.verify()).toMatchObject({ proven: true })
})

test('a person ends it: a discarded letter lets the frontier pass', async () => {
  await using world = await startNbaWorld(leagueWith(inFourth))
  expect(await world.backfill(noon(12))).toMatchObject({ code: 1 })
  const [letter] = await world.sql<{ id: number }[]>`select id from dead_letters`
  const discard = { ids: [letter?.id as number], by: 'test', reason: 'The box score stays as it is.', at: at(noon(12)) }
  await world.sql.begin(tx => discardDeadLetters(tx, discard))
  expect(await world.backfill(noon(13))).toMatchObject({ code: 0 })
  expect(await world.watermark(season)).toBe(last.id)
  expect(await world.letters()).toMatchObject([{ status: 'discarded' }])
})

const scores = async ({ sql }: Awaited<ReturnType<typeof startNbaWorld>>) => [
  ...(await sql`
    select home_team_id as home, home_score, away_score, (select score from nba_team_game_stats s where s.game_id = g.provider_id
      and s.team_id = g.home_team_id and s.is_home) as box from games g where provider_id = ${first.id}`),
]

const [home, away] = first.sides as [number, number]

test('a box score that lists the clubs the other way round: each has its own points', async () => {
  await using world = await startNbaWorld(leagueWith({ sides: [away, home], score: [99, 101] }))
  expect(await world.daily(noon(11))).toMatchObject({ code: 0, findings: [] })
  expect(await scores(world)).toEqual([{ home: String(home), home_score: 101, away_score: 99, box: 101 }])
})

test('a box score that is ahead of the schedule gives the score to its clubs, too', async () => {
  const listed: Partial<HandMadeGame> = { status: 2, text: 'Q4 1:00', score: [90, 95] }
  await using world = await startNbaWorld(leagueWith({ sides: [away, home], score: [99, 101] }, { listed }))
  expect(await world.daily(noon(11))).toMatchObject({ code: 0 })
  expect(await scores(world)).toEqual([{ home: String(home), home_score: 101, away_score: 99, box: 101 }])
})

test.each<[string, [number, number]]>([
  ['two other clubs', [1610612800, 1610612801]],
  ['one other club', [first.sides?.[0] as number, 1610612801]],
])('a box score of %s is a contradiction: nothing of it is stored', async (_, sides) => {
  await using world = await startNbaWorld(leagueWith({ sides }))
  expect(await world.daily(noon(11))).toMatchObject({ code: 1 })
  expect(await world.points()).toEqual({ [last.id]: 200 })
  const [letter] = await world.letters()
  expect(letter?.message).toBe(
    `The box score of game ${first.id} is of the teams ${sides[1]} and ${sides[0]}, and the schedule's game of ${away} and ${home}.`,
  )
})

const listedWithout = (score: object, away: object = score) => ({
  more: {
    homeTeam: { teamId: home, teamName: 'One', ...score },
    awayTeam: { teamId: first.sides?.[1], teamName: 'Two', ...away },
  },
})

test.each<[string, Partial<HandMadeGame>]>([
  ['none', listedWithout({})],
  ['null', listedWithout({ score: null })],
  ['0:0', listedWithout({ score: 0 })],
  ['one of two', listedWithout({ score: 101 }, { score: null })],
])('a final without a score in the schedule (%s) has that of its box score, and it is told', async (_, listed) => {
  await using world = await startNbaWorld(leagueWith({}, { listed }))
  const { code, findings } = await world.daily(noon(11))
  expect(code).toBe(0)
  expect(await scores(world)).toEqual([{ home: String(home), home_score: 101, away_score: 99, box: 101 }])
  const message = `Game ${first.id} is over and has no score in the schedule; that of its box score is stored, 99:101.`
  expect(findings).toEqual([{ item: first.id, check: 'final-score', message }])
})

test('a final that has a score nowhere is asked for again', async () => {
  await using world = await startNbaWorld(leagueWith({ score: [0, 0] }, { listed: listedWithout({}) }))
  const runs = await world.mornings('2025-01-11', '2025-01-15')
  expect(runs.map(({ code }) => code)).toEqual([1, 1])
  expect(await world.letters()).toMatchObject([
    { message: `The box score of game ${first.id} says that the game is over, and has no score.`, attempts: 2 },
  ])
})

test('a schedule that lags behind closes no letter of a game that is over: nothing of it was asked for', async () => {
  const coming: HandMadeGame = { ...first, status: 1, text: '7:30 pm ET' }
  const league: HandMadeLeague = { games: [coming], boxes: { [first.id]: () => reply(500, {}, '') } }
  league.scoreboard = () => reply(200, {}, JSON.stringify(scoreboardOf([first])))
  await using world = await startNbaWorld(league, { SPORTS_INGEST_RETRY_INITIAL_DELAY: '0.001' })
  await world.daily('2025-01-10T17:00:00Z', { daysAhead: 1 })
  const live = await openLiveWorld(world.store, world.env)
  await live.updatedAt('nba', '2025-01-11T02:50:00Z')
  await live.follow({ sports: [liveNba], now: '2025-01-11T03:00:00Z', until: 1 })
  expect(await world.statuses()).toEqual({ [first.id]: 'final' })
  expect(await world.letters()).toMatchObject([{ dataset: 'box-scores', status: 'open' }])
  await world.daily('2025-01-11T12:00:00Z')
  expect(await world.letters()).toMatchObject([{ dataset: 'box-scores', status: 'open' }])
  league.games = [first]
  league.boxes = {}
  expect(await world.daily('2025-01-15T12:00:00Z')).toMatchObject({ code: 0 })
  expect(await world.points()).toEqual({ [first.id]: 200 })
  expect(await world.letters()).toMatchObject([{ status: 'resolved' }])
})
