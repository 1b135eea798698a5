import { describe, expect, test } from 'vitest'
import {
  accessDenied,
  boxesOf,
  boxScoreOf,
  type HandMadeGame,
  type HandMadeLeague,
  scheduleOf,
} from '../support/hand-made-nba.ts'
import { game, type NbaWorld, season, startNbaWorld } from '../support/nba-world.ts'
import { type Reply, reply } from '../support/provider-server.ts'
import { pruneAt } from '../support/prune.ts'

interface Box {
  game: { awayTeam: Side; homeTeam: Side }
}
interface Side {
  teamId: number
  players: { personId: number; name: string; statistics: Record<string, unknown> }[]
}

/** A game's own box score, with something changed. */
const changedBox = (of: HandMadeGame, change: (sides: { home: Side; away: Side }) => void) => (): Reply => {
  const box = boxScoreOf(of) as Box
  change({ home: box.game.homeTeam, away: box.game.awayTeam })
  return reply(200, {}, box)
}

const codesOf = (outcomes: readonly { code: number }[]) => outcomes.map(({ code }) => code)

const noRows = { inserted: 0, updated: 0, deleted: 0 }

describe('a provider that says no', () => {
  test('to two games of a day it has said no to before does not keep later days out', async () => {
    const [there, ...lacking] = [game(1, '2025-01-06'), game(2, '2025-01-06'), game(3, '2025-01-06')] as const
    const later = [game(4, '2025-01-10'), game(5, '2025-01-11'), game(6, '2025-01-12'), game(7, '2025-01-13')]
    await using world = await startNbaWorld({ games: [there, ...lacking, ...later], boxes: boxesOf(lacking, accessDenied) })
    await world.setWatermark('2025-01-05')
    const runs = await world.mornings('2025-01-11', '2025-01-12', '2025-01-13', '2025-01-14')
    expect(codesOf(runs)).toEqual([2, 2, 2, 0])
    expect(runs.map(run => run.watermarkAfter)).toEqual(['2025-01-10', '2025-01-11', '2025-01-12', '2025-01-13'])
    expect(Object.keys(await world.points())).toEqual(expect.arrayContaining([there.id, ...later.map(({ id }) => id)]))
    expect(await world.letters()).toMatchObject([
      { attempts: 3, status: 'open' },
      { attempts: 3, status: 'open' },
    ])
  })

  test('to those two games does not keep out the one day that is asked for', async () => {
    const games = [game(1, '2025-01-10'), game(2, '2025-01-10'), game(3, '2025-01-10'), game(4, '2025-01-11')]
    await using world = await startNbaWorld({ games, boxes: boxesOf(games.slice(1, 3), accessDenied) })
    expect(codesOf(await world.mornings('2025-01-11'))).toEqual([2])
    const day = await world.daily('2025-01-12T12:00:00Z', { date: '2025-01-11' })
    expect(day).toMatchObject({ code: 2, watermarkAfter: '2025-01-11', games: { loaded: 1 } })
  })

  test('to all games of a day means those games, where it gives another file in the same run', async () => {
    const games = [game(1, '2025-01-10'), game(2, '2025-01-11'), game(3, '2025-01-11'), game(4, '2025-01-12')]
    await using world = await startNbaWorld({ games, boxes: boxesOf(games.slice(1, 3), accessDenied) })
    await world.setWatermark('2025-01-09')
    const [run] = await world.mornings('2025-01-13')
    expect(run).toMatchObject({ code: 2, watermarkAfter: '2025-01-12', games: { loaded: 2, dead: 2 } })
  })

  test('to all games of a run means those games, where it still gives a file that it gave before', async () => {
    const games = [game(1, '2025-01-10'), game(2, '2025-01-20'), game(3, '2025-01-20')]
    await using world = await startNbaWorld({ games, boxes: boxesOf(games.slice(1), accessDenied) })
    const runs = await world.mornings('2025-01-11', '2025-01-21')
    expect(runs).toMatchObject([{ code: 0 }, { code: 2, watermarkAfter: '2025-01-20' }])
  })

  test('to a game it has said no to before is no evidence: nothing else is asked for because of it', async () => {
    const games = [game(1, '2025-01-10'), game(2, '2025-01-10')]
    const league: HandMadeLeague = { games, boxes: boxesOf(games.slice(1), accessDenied) }
    await using world = await startNbaWorld(league)
    await world.mornings('2025-01-11', '2025-01-15')
    league.boxes = boxesOf(games, accessDenied)
    // The schedule and that game.
    expect(await world.mornings('2025-01-19')).toMatchObject([{ code: 1, requests: 2, watermarkAfter: '2025-01-18' }])
  })

  test.each([
    ['as it was sent', async (_: NbaWorld) => ({})],
    ['by its rows alone', (world: NbaWorld) => pruneAt(world.store.url, '2025-01-15T13:00:00Z')],
  ])('to one game, and to a file that it gave before, means us: that one is known %s', async (_, forget) => {
    const games = [game(1, '2025-01-10'), game(2, '2025-01-20')]
    const league: HandMadeLeague = { games }
    await using world = await startNbaWorld(league)
    // The second run, so that the first game is not looked at again for its corrections by the third.
    await world.mornings('2025-01-11', '2025-01-15')
    await forget(world)
    league.boxes = boxesOf(games, accessDenied)
    const [refused] = await world.mornings('2025-01-21')
    expect(refused).toMatchObject({ code: 104, said: expect.stringContaining('blocks this client or address') })
    expect(await world.watermark()).toBe('2025-01-19')
    expect(await world.letters()).toEqual([])
  })

  test('from the middle of a run on means us: what was loaded stays, the days that are left are failures of their own', async () => {
    const games = [game(1, '2025-01-10'), game(2, '2025-01-11'), game(3, '2025-01-12')]
    const [first, ...others] = games as [HandMadeGame, ...HandMadeGame[]]
    const answers = [reply(200, {}, boxScoreOf(first))]
    const boxes = { [first.id]: () => answers.pop() ?? accessDenied(), ...boxesOf(others, accessDenied) }
    await using world = await startNbaWorld({ games, boxes })
    await world.setWatermark('2025-01-09')
    const [run] = await world.mornings('2025-01-13')
    expect(run).toMatchObject({ code: 2, watermarkAfter: '2025-01-10', games: { loaded: 1, dead: 0 } })
    expect(run).toMatchObject({ failed: [{ unit: '2025-01-11' }], units: { failed: 1, pending: 1 } })
    expect(await world.letters()).toEqual([])
  })

  test('to three days of one game each means us, though each no for itself could be about its game', async () => {
    const games = [game(1, '2025-01-10'), game(2, '2025-01-11'), game(3, '2025-01-12')]
    const league: HandMadeLeague = { games, boxes: boxesOf(games, accessDenied) }
    await using world = await startNbaWorld(league)
    await world.setWatermark('2025-01-09')
    expect(codesOf(await world.mornings('2025-01-13'))).toEqual([104])
    expect(await world.points()).toEqual({})
    league.boxes = {}
    expect(codesOf(await world.mornings('2025-01-14'))).toEqual([0])
    expect(Object.keys(await world.points())).toHaveLength(3)
  })
})

describe('a provider that asks us to wait', () => {
  const quota = () => reply(429, { 'retry-after': '3600' }, 'quota')
  const games = ['2025-01-01', '2025-01-02', '2025-01-03'].flatMap((day, i) => [game(2 * i + 1, day), game(2 * i + 2, day)])

  test('before anything was loaded ends the run with 104; it was no attempt, and the next run loads it all', async () => {
    const league: HandMadeLeague = { games, boxes: boxesOf(games, quota) }
    await using world = await startNbaWorld(league)
    await world.setWatermark('2024-12-31')
    for (const hour of ['10', '11', '12', '13'])
      expect(await world.daily(`2025-01-04T${hour}:00:00Z`)).toMatchObject({ code: 104 })
    expect(await world.letters()).toEqual([])
    expect(await world.watermark()).toBe('2024-12-31')
    league.boxes = {}
    expect(await world.mornings('2025-01-05')).toMatchObject([{ code: 0, games: { loaded: 6 }, watermarkAfter: '2025-01-04' }])
  })

  test('at the schedule ends the run with 104', async () => {
    await using world = await startNbaWorld({ games, schedule: quota })
    expect(codesOf(await world.mornings('2025-01-04'))).toEqual([104])
  })

  test('after a day was loaded keeps that day; each day that is left is a failure, and none of its games is set aside', async () => {
    const league: HandMadeLeague = { games, boxes: boxesOf(games.slice(2), quota) }
    await using world = await startNbaWorld(league)
    await world.setWatermark('2024-12-31')
    const [run] = await world.mornings('2025-01-04')
    expect(run).toMatchObject({ code: 2, watermarkAfter: '2025-01-01', games: { loaded: 2, dead: 0 } })
    expect(run).toMatchObject({ failed: [{ unit: '2025-01-02' }], units: { failed: 1, pending: 1 } })
    expect(await world.letters()).toEqual([])
    league.boxes = {}
    expect(await world.mornings('2025-01-05')).toMatchObject([{ code: 0, watermarkAfter: '2025-01-04' }])
    expect(Object.keys(await world.points())).toHaveLength(6)
  })
})

describe('a box score that cannot be had', () => {
  const lone = game(1, '2025-01-10')
  // Far enough apart that no run looks at the day for its corrections.
  const days = ['2025-01-11', '2025-01-15', '2025-01-19', '2025-01-23', '2025-01-27']

  test('because the provider is down is tried by every run, until it is there', async () => {
    const league: HandMadeLeague = { games: [lone, game(2, '2025-01-10')], boxes: boxesOf([lone], () => reply(500)) }
    await using world = await startNbaWorld(league)
    expect(codesOf(await world.mornings(...days))).toEqual([1, 1, 1, 1, 1])
    expect(await world.letters()).toMatchObject([{ item: lone.id, attempts: 5, status: 'open' }])
    league.boxes = {}
    expect(codesOf(await world.mornings('2025-01-31'))).toEqual([0])
    expect(await world.letters()).toMatchObject([{ attempts: 5, status: 'resolved' }])
    expect(await world.points()).toHaveProperty(lone.id, 200)
  })

  test.each<[string, () => Reply]>([
    ['the provider has none', () => reply(404)],
    ['it is refused', accessDenied],
    ['it is malformed', () => reply(200, {}, { game: 5 })],
  ])('because %s is tried by three runs', async (_, answer) => {
    await using world = await startNbaWorld({ games: [lone, game(2, '2025-01-10')], boxes: boxesOf([lone], answer) })
    expect(codesOf(await world.mornings(...days))).toEqual([1, 1, 1, 0, 0])
    expect(await world.letters()).toMatchObject([{ item: lone.id, attempts: 3, status: 'open' }])
  })
})

describe('a game whose data cannot be right', () => {
  const [bad, good, next] = [game(1, '2025-01-10'), game(2, '2025-01-10'), game(3, '2025-01-11')] as const
  const lineOf = ({ home }: { home: Side }) => home.players[0] as Side['players'][number]

  test.each<[string, Parameters<typeof changedBox>[1], string]>([
    ['a fraction where a count belongs', sides => Object.assign(lineOf(sides).statistics, { plus: 12.5 }), 'statistics.plus'],
    ['more points than a column holds', sides => Object.assign(lineOf(sides).statistics, { points: 9e9 }), 'statistics.points'],
    [
      'more minutes than there are',
      sides => Object.assign(lineOf(sides).statistics, { minutes: 'PT99999999999999M' }),
      'minutes',
    ],
    ['one team on both sides', ({ home, away }) => Object.assign(away, { teamId: home.teamId }), 'on both sides'],
    [
      'player 0 on both sides',
      ({ home, away }) => {
        for (const side of [home, away]) Object.assign(side.players[0] ?? {}, { personId: 0 })
      },
      'lists player 0 twice',
    ],
    ['nobody on one side', ({ away }) => away.players.splice(0), 'has no players of team'],
  ])('%s is set aside alone: its day and the next are loaded', async (_, change, message) => {
    await using world = await startNbaWorld({ games: [bad, good, next], boxes: { [bad.id]: changedBox(bad, change) } })
    const runs = await world.mornings('2025-01-11', '2025-01-12')
    expect(runs).toMatchObject([
      { code: 1, watermarkAfter: '2025-01-10', games: { loaded: 1, dead: 1 } },
      { code: 1, watermarkAfter: '2025-01-11', games: { loaded: 1, dead: 1 } },
    ])
    expect(Object.keys(await world.points()).sort()).toEqual([good.id, next.id])
    const letter = { dataset: 'box-scores', item: bad.id, stage: 'transform', attempts: 2, status: 'open' }
    expect(await world.letters()).toEqual([{ ...letter, message: expect.stringContaining(message) }])
  })

  test.each<[string, object, string]>([
    ['a day there is not', { gameDateEst: '2025-02-30T00:00:00Z' }, 'gameDateEst'],
    ['a time there is not', { gameDateTimeUTC: '2025-02-30T00:00:00Z' }, 'gameDateTimeUTC'],
    ['a score no column holds', { homeTeam: { teamId: 1, teamName: 'One', score: 9e9 } }, 'homeTeam.score'],
  ])('%s in its entry of the schedule, likewise', async (_, more, message) => {
    await using world = await startNbaWorld({ games: [{ ...bad, more }, good, next] })
    const runs = await world.mornings('2025-01-11', '2025-01-12')
    expect(runs).toMatchObject([{ code: 1 }, { code: 1, watermarkAfter: '2025-01-11' }])
    expect(Object.keys(await world.points()).sort()).toEqual([good.id, next.id])
    const letter = { dataset: 'schedule', item: bad.id, stage: 'transform', message: expect.stringContaining(message) }
    expect(await world.letters()).toMatchObject([letter])
  })

  test('an id of the schedule that cannot be read, likewise; its letter is closed when the schedule has it right, and nothing is called off', async () => {
    const wrong = { ...bad, more: { gameId: '02240001' } }
    const league: HandMadeLeague = { games: [{ ...bad, status: 1, text: '7:30 pm ET' }] }
    await using world = await startNbaWorld(league)
    await world.daily('2025-01-10T12:00:00Z', { daysAhead: 1 })
    expect(await world.statuses()).toMatchObject({ [bad.id]: 'scheduled' })

    league.games = [wrong, good, next]
    const runs = await world.mornings('2025-01-11', '2025-01-12')
    expect(runs).toMatchObject([{ code: 1 }, { code: 1, watermarkAfter: '2025-01-11' }])
    expect(Object.keys(await world.points()).sort()).toEqual([good.id, next.id])
    expect((await world.statuses())[bad.id]).toBe('scheduled')
    expect(await world.letters()).toMatchObject([{ dataset: 'schedule', item: 'entry 02240001', stage: 'transform' }])

    expect(await world.backfill('2025-01-13T12:00:00Z')).toMatchObject({ stillOpen: 1 })
    expect(await world.watermark(season)).toBe(next.id)

    league.games = [bad, good, next]
    expect(await world.backfill('2025-01-13T13:00:00Z')).toMatchObject({ code: 0, stillOpen: 0 })
    expect(Object.keys(await world.points()).sort()).toEqual([bad.id, good.id, next.id])
    expect(await world.letters()).toEqual([expect.objectContaining({ item: 'entry 02240001', status: 'resolved' })])
  })

  test('old lines stay when a later box score lists nobody', async () => {
    const league: HandMadeLeague = { games: [bad, good] }
    await using world = await startNbaWorld(league)
    await world.mornings('2025-01-11')
    league.boxes = { [bad.id]: changedBox(bad, ({ home, away }) => [home, away].map(side => side.players.splice(0))) }
    expect(await world.mornings('2025-01-12')).toMatchObject([{ code: 1, rows: noRows }])
    expect(await world.points()).toEqual({ [bad.id]: 200, [good.id]: 200 })
  })
})

describe('a game whose rows the database refuses', () => {
  const [bad, good, next] = [game(1, '2025-01-10', { score: [140, 99] }), game(2, '2025-01-10'), game(3, '2025-01-11')] as const
  // Each stands for whatever the tables may not take one day.
  const refuse = {
    lines: 'alter table nba_player_game_stats add constraint fewer check (points < 60)',
    game: 'alter table games add constraint fewer check (home_score < 140)',
    silently: `
      create function lose() returns trigger language plpgsql as $$ begin return case when new.points < 60 then new end; end $$;
      create trigger lose before insert on nba_player_game_stats for each row execute function lose()`,
  }

  test.each<[string, string, string[]]>([
    ['lines break a constraint', refuse.lines, [bad.id, good.id, next.id]],
    ['lines are not there after all', refuse.silently, [bad.id, good.id, next.id]],
    ['own row breaks a constraint', refuse.game, [good.id, next.id]],
  ])('because its %s is set aside alone, with what was to be written', async (_, statements, stored) => {
    await using world = await startNbaWorld({ games: [bad, good, next] })
    await world.sql.unsafe(statements)
    const runs = await world.mornings('2025-01-11', '2025-01-12')
    expect(runs).toMatchObject([
      { code: 1, watermarkAfter: '2025-01-10', games: { loaded: 1, dead: 1 } },
      { code: 1, watermarkAfter: '2025-01-11', games: { loaded: 1, dead: 1 } },
    ])
    expect(Object.keys(await world.statuses()).sort()).toEqual(stored)
    expect(Object.keys(await world.points()).sort()).toEqual([good.id, next.id])
    expect(await world.letters()).toMatchObject([{ item: bad.id, stage: 'load', attempts: 2, status: 'open' }])
    const [kept] = await world.sql<{ payload: Buffer }[]>`select payload from dead_letters`
    expect(JSON.parse(String(kept?.payload))).toContainEqual(expect.objectContaining({ gameId: bad.id, points: 70 }))
  })

  test('is loaded, and its letter resolved, once the database takes them', async () => {
    await using world = await startNbaWorld({ games: [bad, good] })
    await world.sql.unsafe(refuse.lines)
    await world.mornings('2025-01-11')
    await world.sql.unsafe('alter table nba_player_game_stats drop constraint fewer')
    expect(codesOf(await world.mornings('2025-01-15'))).toEqual([0])
    expect(await world.letters()).toMatchObject([{ status: 'resolved' }])
    expect(await world.points()).toHaveProperty(bad.id, 239)
  })

  test('is found by a dry run, too', async () => {
    await using world = await startNbaWorld({ games: [bad, good] })
    await world.sql.unsafe(refuse.lines)
    const dry = await world.daily('2025-01-11T12:00:00Z', { dryRun: true })
    expect(await world.statuses()).toEqual({})
    const real = await world.daily('2025-01-11T12:00:00Z')
    expect([dry.code, dry.games, dry.rows]).toEqual([real.code, real.games, real.rows])
  })
})

describe('a schedule that is not whole', () => {
  const played = [1, 2, 3, 4, 5].map(n => game(n, '2025-01-10'))
  const open = game(6, '2025-01-10', { status: 1, text: 'PPD' })

  test.each<[string, HandMadeGame[], HandMadeGame[]]>([
    ['has no game at all', played.slice(0, 1), []],
    ['lacks four that were played', played, [...played.slice(0, 1), game(7, '2025-01-11')]],
  ])('because it %s is refused: no game is cancelled, and the watermark stays', async (_, before, listed) => {
    const league: HandMadeLeague = { games: [...before, open] }
    await using world = await startNbaWorld(league)
    await world.mornings('2025-01-11')
    const stood = await world.statuses()
    league.schedule = () => reply(200, {}, scheduleOf(listed))
    expect(await world.mornings('2025-01-12')).toMatchObject([{ code: 1, said: expect.stringContaining('sent a schedule ') }])
    expect(await world.statuses()).toEqual(stood)
    expect(await world.watermark()).toBe('2025-01-10')
  })

  test('but for three that were played is taken: an exhibition may be called off', async () => {
    const league: HandMadeLeague = { games: [...played, open] }
    await using world = await startNbaWorld(league)
    await world.mornings('2025-01-11')
    league.games = played.slice(3)
    expect(await world.mornings('2025-01-12')).toMatchObject([{ code: 0, watermarkAfter: '2025-01-11' }])
    expect(await world.statuses()).toMatchObject({ [open.id]: 'cancelled', '0022400001': 'final' })
  })
})

describe('a schedule of another season', () => {
  test('does not count the days it cannot tell of as loaded', async () => {
    await using world = await startNbaWorld({ games: [game(1, '2025-06-20')] })
    await world.setWatermark('2025-10-20')
    const [run] = await world.mornings('2025-10-23')
    expect(run).toMatchObject({
      code: 2,
      watermarkAfter: '2025-10-20',
      said: expect.stringContaining('2025-10-21: nba-cdn serves the season 2024-25 only'),
    })
  })

  test('leaves a game that was live to its own file, which finishes it', async () => {
    const live = game(2, '2025-06-22', { status: 2, text: 'Q4 1:00', score: [90, 88] })
    const league: HandMadeLeague = { games: [game(1, '2025-06-21'), live] }
    await using world = await startNbaWorld(league)
    await world.setWatermark('2025-06-20')
    await world.daily('2025-06-23T04:30:00Z')
    expect(await world.statuses()).toHaveProperty(live.id, 'live')
    league.season = '2025-26'
    league.games = [{ id: '0012500001', day: '2025-10-04', status: 1, text: '7:00 pm ET' }]
    league.boxes = { [live.id]: () => reply(200, {}, boxScoreOf({ ...live, status: 3, text: 'Final', score: [101, 97] })) }
    expect(await world.mornings('2025-08-01')).toMatchObject([{ code: 0, watermarkAfter: '2025-07-31' }])
    expect(await world.statuses()).toHaveProperty(live.id, 'final')
    expect(await world.points()).toHaveProperty(live.id, 198)
  })
})

describe('a schedule that changes its mind', () => {
  test.each([
    // Its file is asked for, and is gone: nobody knows whether the lines are those of the end.
    ['7:00 pm ET', 1],
    ['PPD', 0],
    ['Cancelled', 0],
  ])('about a game that is over, with the word %s, is a finding, and the game stays final', async (text, code) => {
    const [back, other] = [game(1, '2025-01-10'), game(2, '2025-01-10')]
    const league: HandMadeLeague = { games: [back, other] }
    await using world = await startNbaWorld(league)
    await world.mornings('2025-01-11')
    league.games = [{ ...back, status: 1, text }, other]
    const [run] = await world.mornings('2025-01-12')
    expect(run).toMatchObject({ code, rows: noRows, findings: [{ item: back.id, check: 'status-back' }] })
    expect(await world.statuses()).toHaveProperty(back.id, 'final')
    expect(await world.sql`select home_score from games where provider_id = ${back.id}`).toEqual([{ home_score: 101 }])
  })

  test('about a game that is over has its file asked for, which may have been corrected', async () => {
    const [back, other] = [game(1, '2025-01-10'), game(2, '2025-01-10')]
    const league: HandMadeLeague = { games: [back, other] }
    await using world = await startNbaWorld(league)
    await world.mornings('2025-01-11')
    league.games = [{ ...back, status: 1, text: '7:00 pm ET' }, other]
    league.boxes = { [back.id]: () => reply(200, {}, boxScoreOf({ ...back, score: [104, 99] })) }
    const [run] = await world.mornings('2025-01-12')
    expect(run).toMatchObject({ code: 0, findings: [{ check: 'final-score' }, { item: back.id, check: 'status-back' }] })
    expect(await world.sql`select status, home_score from games where provider_id = ${back.id}`).toEqual([
      { status: 'final', home_score: 104 },
    ])
    expect(await world.points()).toHaveProperty(back.id, 203)
  })

  test.each<[string, (league: HandMadeLeague) => void, string]>([
    ['was postponed', ({ games: [lacking] }) => Object.assign(lacking ?? {}, { status: 1, text: 'PPD' }), 'postponed'],
    ['was cancelled', ({ games: [lacking] }) => Object.assign(lacking ?? {}, { status: 1, text: 'Cancelled' }), 'cancelled'],
    ['has gone from it', ({ games }) => Object.assign(games[0] ?? {}, { status: 1, text: '7:00 pm ET' }), 'scheduled'],
  ])('and no longer has a game begun, because it %s, settles its letter', async (_, change, status) => {
    const lacking = game(1, '2025-01-10', { status: 2, text: 'Q1' })
    const league: HandMadeLeague = { games: [lacking, game(2, '2025-01-10')], boxes: { [lacking.id]: accessDenied } }
    await using world = await startNbaWorld(league)
    expect(codesOf(await world.mornings('2025-01-11'))).toEqual([1])
    change(league)
    expect(codesOf(await world.mornings('2025-01-12', '2025-01-16'))).toEqual([0, 0])
    expect(await world.statuses()).toHaveProperty(lacking.id, status)
    expect(await world.letters()).toMatchObject([{ item: lacking.id, attempts: 1, status: 'resolved' }])
  })
})

describe('no game is passed by', () => {
  test('when the first run of all failed: the next one begins where that one would have', async () => {
    const league: HandMadeLeague = { games: [game(1, '2025-01-10'), game(2, '2025-01-11')], schedule: accessDenied }
    await using world = await startNbaWorld(league)
    expect(codesOf(await world.mornings('2025-01-11'))).toEqual([104])
    delete league.schedule
    const [run] = await world.mornings('2025-01-12')
    expect(run).toMatchObject({
      code: 0,
      from: '2025-01-10',
      to: '2025-01-11',
      games: { loaded: 2 },
      watermarkAfter: '2025-01-11',
    })
  })

  test('when its end was seen by --only schedule, which has no lines of it: it is finished by a run that has', async () => {
    const live = game(1, '2025-01-10', { status: 2, text: 'Q4 2:00', score: [90, 88] })
    const league: HandMadeLeague = { games: [live, game(2, '2025-01-10')] }
    await using world = await startNbaWorld(league)
    await world.daily('2025-01-11T05:30:00Z')
    league.games = [{ ...live, status: 3, text: 'Final', score: [120, 118] }, game(2, '2025-01-10')]
    const part = await world.daily('2025-01-11T12:00:00Z', { only: ['schedule'] })
    expect(part).toMatchObject({ code: 0, games: { asked: 2 } })
    expect(await world.statuses()).toHaveProperty(live.id, 'live')
    expect(await world.daily('2025-01-16T12:00:00Z')).toMatchObject({ code: 0 })
    expect(await world.statuses()).toHaveProperty(live.id, 'final')
    expect(await world.points()).toHaveProperty(live.id, 238)
  })

  test('when its lines were corrected during an outage', async () => {
    const [first, ...others] = [10, 11, 12, 13, 14].map(n => game(n, `2025-01-${n}`)) as [HandMadeGame, ...HandMadeGame[]]
    const league: HandMadeLeague = { games: [first, ...others] }
    await using world = await startNbaWorld(league)
    await world.mornings('2025-01-11')
    league.games = [{ ...first, score: [103, 99] }, ...others]
    expect(await world.mornings('2025-01-15')).toMatchObject([{ code: 0, games: { loaded: 4, corrected: 1 } }])
    expect(await world.points()).toHaveProperty(first.id, 202)
  })

  test('when it was moved into a day that is loaded already', async () => {
    const moved = game(2, '2025-01-20', { status: 1, text: '7:00 pm ET' })
    const league: HandMadeLeague = { games: [game(1, '2025-01-10'), moved, game(3, '2025-01-12')] }
    await using world = await startNbaWorld(league)
    await world.mornings('2025-01-11')
    Object.assign(moved, { day: '2025-01-10', status: 3, text: 'Final' })
    expect(await world.mornings('2025-01-12')).toMatchObject([{ code: 0, games: { loaded: 1, unchanged: 1 } }])
    expect(await world.points()).toHaveProperty(moved.id, 200)
  })
})

describe('the same again is nothing new', () => {
  test('though two games know a player by different names: the newer one counts, and the second run writes nothing', async () => {
    const [older, newer] = [game(1, '2025-01-10'), game(16, '2025-01-11')]
    const rename = changedBox(older, ({ home }) => Object.assign(home.players[0] ?? {}, { name: 'Old Name' }))
    await using world = await startNbaWorld({ games: [older, newer], boxes: { [older.id]: rename } })
    const runs = await world.mornings('2025-01-11', '2025-01-12', '2025-01-12')
    expect(runs[1]).toMatchObject({ code: 0, rows: { updated: 1 } })
    expect(runs[2]).toMatchObject({ code: 0, games: { asked: 2, unchanged: 2 }, rows: noRows })
    expect(await world.sql`select 1 from players where name = 'Old Name'`).toEqual([])
  })

  test('in a dry run of many days, which counts what the run after it writes', async () => {
    const games = [1, 2, 3, 4].map(n => game(n, `2025-01-0${n + 5}`, { sides: [1610612737, 1610612738] }))
    await using world = await startNbaWorld({ games })
    const dry = await world.daily('2025-01-10T12:00:00Z', { daysBack: 4, dryRun: true })
    const run = await world.daily('2025-01-10T12:00:00Z', { daysBack: 4 })
    expect(run.games).toMatchObject({ loaded: 4 })
    expect(dry.rows).toEqual(run.rows)
  })
})
