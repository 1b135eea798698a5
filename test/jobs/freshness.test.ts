import { describe, expect, test } from 'vitest'
import { type Freshness, readFreshness } from '../../src/jobs/freshness.ts'
import type { Sport } from '../../src/pipeline/sport.ts'
import { nba } from '../../src/sports/nba/index.ts'
import { nfl } from '../../src/sports/nfl/index.ts'
import { racing } from '../../src/sports/racing/index.ts'
import { createPayloadArchive } from '../../src/store/payload-archive.ts'
import { csv } from '../support/csv.ts'
import type { TestDatabase } from '../support/database.ts'
import type { HandMadeLeague } from '../support/hand-made-nba.ts'
import { gameLine, nflFiles, toCome } from '../support/hand-made-nfl.ts'
import { card, result } from '../support/hand-made-racing.ts'
import { game, startNbaWorld } from '../support/nba-world.ts'
import { startNflWorld } from '../support/nfl-world.ts'
import { reply } from '../support/provider-server.ts'
import { startRacingWorld } from '../support/racing-world.ts'
import { at, createTestClock } from '../support/test-clock.ts'

const hourMs = 3_600_000

/** With the default of 24 hours, whatever was asked for in the last month. */
const look = (store: TestDatabase, sport: Sport, now: string, unaskedHours = 24 * 30): Promise<Freshness> =>
  readFreshness({ database: store.database, archive: createPayloadArchive(store.database, createTestClock(now)) }, sport, {
    ...{ now: at(now), staleMs: 24 * hourMs, unaskedMs: unaskedHours * hourMs },
  })

/** One game on the 10th, which is over, and one on the 14th; both begin at 00:30 UTC of the next day and take two and a half hours. */
const twoGames = (): HandMadeLeague => ({
  games: [game(1, '2024-12-10'), game(2, '2024-12-14', { status: 1, text: '7:30 pm ET' })],
})

describe('a sport whose schedule is kept', () => {
  test('is fresh, then quiet as long as no game is due, then stale, and fresh again once that game is loaded', async () => {
    const league = twoGames()
    await using world = await startNbaWorld(league)
    await world.mornings('2024-12-11')
    const loaded = { id: '0022400001', day: '2024-12-10', startsAt: at('2024-12-11T00:30:00Z') }
    expect(await look(world.store, nba, '2024-12-11T12:00:00Z')).toMatchObject({ state: 'fresh', newestComplete: loaded })
    // Four days without a game, and the one of the 14th is not due before 27 hours after its start.
    for (const now of ['2024-12-13T12:00:00Z', '2024-12-16T02:59:00Z'])
      expect(await look(world.store, nba, now)).toMatchObject({ state: 'quiet', overdue: null, newestComplete: loaded })

    const due = { id: '0022400002', day: '2024-12-14', startsAt: at('2024-12-15T00:30:00Z') }
    expect(await look(world.store, nba, '2024-12-16T03:00:00Z')).toEqual({
      ...{ sport: 'nba', state: 'stale', newestComplete: loaded, overdue: { count: 1, first: due, last: due } },
      askedAt: at('2024-12-11T12:00:00Z'),
      why: 'The game 0022400002 of 2024-12-14 should have been complete 24 hours after the usual end, and is not.',
    })

    league.games[1] = game(2, '2024-12-14')
    await world.daily('2024-12-16T01:00:00Z', { date: '2024-12-14' })
    expect(await look(world.store, nba, '2024-12-16T02:00:00Z')).toMatchObject({ state: 'fresh', newestComplete: due })
  })

  test('stays stale whatever a backfill loads of former days', async () => {
    const league = twoGames()
    league.games.unshift(game(3, '2024-11-20'), game(4, '2024-11-21'))
    await using world = await startNbaWorld(league)
    await world.mornings('2024-12-11')
    expect(await world.backfill('2024-12-17T12:00:00Z', { from: '2024-11-20', to: '2024-11-21' })).toMatchObject({ code: 0 })
    expect(await look(world.store, nba, '2024-12-17T12:00:00Z')).toMatchObject({ state: 'stale', overdue: { count: 1 } })
  })

  test('is stale where nobody has asked for the schedule any more, though no game is due', async () => {
    const league = twoGames()
    league.games.pop()
    await using world = await startNbaWorld(league)
    await world.mornings('2024-12-11', '2024-12-12')
    expect(await look(world.store, nba, '2024-12-13T12:00:00Z', 24)).toMatchObject({ state: 'quiet' })
    expect(await look(world.store, nba, '2024-12-13T12:01:00Z', 24)).toMatchObject({
      ...{ state: 'stale', overdue: null, askedAt: at('2024-12-12T12:00:00Z') },
      why: 'No run has asked for the games of nba since 2024-12-12 12:00Z, so nothing is known of newer ones.',
    })
    // A day that somebody names says nothing about newer ones.
    await world.daily('2024-12-13T12:02:00Z', { date: '2024-12-10', catchUp: false })
    expect(await look(world.store, nba, '2024-12-13T12:03:00Z', 24)).toMatchObject({ state: 'stale' })
  })

  test('is stale where all games have dead letters, until somebody discards them', async () => {
    const league = twoGames()
    league.games[1] = game(2, '2024-12-14')
    league.boxes = { '0022400002': () => reply(200, {}, { game: 'of another shape' }) }
    await using world = await startNbaWorld(league)
    await world.mornings('2024-12-11', '2024-12-15', '2024-12-16')
    expect(await look(world.store, nba, '2024-12-16T12:00:00Z')).toMatchObject({ state: 'stale', overdue: { count: 1 } })
    await world.sql`update dead_letters set status = 'discarded', discarded_at = now(), discarded_by = 'test', discarded_reason = 'no'`
    expect((await look(world.store, nba, '2024-12-16T12:00:00Z')).state).not.toBe('stale')
  })

  test('does not wait for games that are put off, or whose files the provider may not have', async () => {
    const [moved, exhibition] = [
      game(2, '2024-12-14', { status: 1, text: 'PPD' }),
      { ...game(3, '2024-12-14'), id: '0032400001' },
    ]
    await using world = await startNbaWorld({ games: [game(1, '2024-12-10'), moved, exhibition] })
    await world.mornings('2024-12-11')
    expect(await look(world.store, nba, '2024-12-17T12:00:00Z')).toMatchObject({ state: 'quiet' })
  })

  test('owes nothing before its first run, and is empty as long as nothing is loaded', async () => {
    const league = { games: [game(1, '2024-12-01'), game(2, '2024-12-10')], boxes: { '0022400002': () => reply(500) } }
    await using world = await startNbaWorld(league)
    expect(await look(world.store, nba, '2024-12-11T12:00:00Z')).toMatchObject({ state: 'empty', newestComplete: null })
    await world.mornings('2024-12-11')
    expect(await look(world.store, nba, '2024-12-13T12:00:00Z')).toMatchObject({ state: 'empty' })
    await world.backfill('2024-12-13T12:00:00Z', { to: '2024-12-01' })
    expect(await look(world.store, nba, '2024-12-13T12:00:00Z')).toMatchObject({
      ...{ state: 'stale', newestComplete: { id: '0022400001' }, overdue: { count: 1, first: { id: '0022400002' } } },
    })
  })
})

test('a sport of files is stale where a game is over and its lines are not there', async () => {
  const files = nflFiles(2024)
  await using world = await startNflWorld(files)
  await world.daily('2024-09-17T12:00:00Z')
  const before = await look(world.store, nfl, '2024-09-17T12:00:00Z')
  expect(before).toMatchObject({ state: 'quiet', newestComplete: { day: '2024-09-15' } })
  const listed = (more: object) => gameLine('2024_03_BAL_KC', { gameday: '2024-09-22', gametime: '13:00', ...more })
  files['games'] = `${files['games']}${csv([listed(toCome)])
    .split('\n')
    .slice(1)
    .join('\n')}`
  await world.daily('2024-09-18T12:00:00Z')
  expect(await look(world.store, nfl, '2024-09-23T20:14:00Z')).toMatchObject({ state: 'quiet' })
  expect(await look(world.store, nfl, '2024-09-23T20:15:00Z')).toMatchObject({
    ...{ state: 'stale', newestComplete: before.newestComplete, overdue: { count: 1, first: { id: '2024_03_BAL_KC' } } },
  })
})

test('a sport of days is stale where a race of the stored cards has no result', async () => {
  const [day, next] = ['2025-10-06', '2025-10-07']
  await using world = await startRacingWorld({
    results: { [day]: [result(day, 1)] },
    cards: { [next]: [card(next, 1), card(next, 2)] },
    today: next,
  })
  await world.daily(`${next}T12:00:00Z`)
  expect(await look(world.store, racing, '2025-10-07T12:00:00Z')).toMatchObject({ state: 'fresh' })
  expect(await look(world.store, racing, '2025-10-08T16:00:00Z')).toMatchObject({
    ...{ state: 'stale', newestComplete: { day }, overdue: { count: 2, last: { day: next } } },
  })
})
