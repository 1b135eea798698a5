import { describe, expect, test } from 'vitest'
import { type HandMadeGame, type HandMadeLeague, idsOf } from '../support/hand-made-nba.ts'
import { game, season, startNbaWorld } from '../support/nba-world.ts'

const noon = '2025-01-20T12:00:00Z'
const noRows = { inserted: 0, updated: 0, deleted: 0 }
const later = { status: 1, text: '7:00 pm ET' } as const
const postponed = { status: 1, text: 'PPD' } as const
const played = { status: 3, text: 'Final' } as const

describe('a season', () => {
  const [one, two, three, four] = [game(1, '2025-01-10'), game(2, '2025-01-10'), game(3, '2025-01-12'), game(4, '2025-01-19')]
  const games = [one, two, three, four]

  test('is loaded whole, in chunks, and the watermark stands on its greatest id', async () => {
    await using world = await startNbaWorld({ games })
    const run = await world.backfill(noon)
    expect(run).toMatchObject({
      code: 0,
      status: 'done',
      from: '2025-01-10',
      to: '2025-01-19',
      settled: 0,
      games: { asked: 4, loaded: 4 },
      units: { planned: 1, done: 1, failed: 0, pending: 0 },
      requests: 5,
      watermarkBefore: null,
      watermarkAfter: four.id,
      asked: { boxes: idsOf(games), stats: [] },
    })
    expect(await world.points()).toEqual(Object.fromEntries(games.map(({ id }) => [id, 200])))
    expect(await world.watermark(season)).toBe(four.id)
    expect(await world.settled()).toEqual([])
  })

  test('that is loaded is not asked for again: a second run wants its schedule and no more', async () => {
    await using world = await startNbaWorld({ games })
    await world.backfill(noon)
    expect(await world.backfill(noon)).toMatchObject({
      code: 0,
      from: null,
      to: null,
      settled: 4,
      games: { asked: 0 },
      rows: noRows,
      units: { planned: 0, done: 0, failed: 0, pending: 0 },
      requests: 1,
      watermarkBefore: four.id,
      watermarkAfter: four.id,
    })
  })

  test.each([1, 2, 4])('gives the same by %i chunks at a time', async concurrency => {
    await using world = await startNbaWorld({ games: [...games, game(5, '2025-01-11'), game(6, '2025-01-14')] })
    expect(await world.backfill(noon, { chunkDays: 1, concurrency })).toMatchObject({
      code: 0,
      games: { asked: 6, loaded: 6 },
      units: { planned: 5, done: 5 },
      watermarkAfter: '0022400006',
    })
    expect(await world.settled()).toEqual([])
    const chunks = await world.sql`select window_from as day, status, attempts from ingest_chunks order by 1`
    const days = ['2025-01-10', '2025-01-11', '2025-01-12', '2025-01-14', '2025-01-19']
    expect([...chunks]).toEqual(days.map(day => ({ day, status: 'done', attempts: 1 })))
  })

  test('without a single game that was played has nothing to load, and no watermark', async () => {
    await using world = await startNbaWorld({ games: [game(1, '2025-01-20', later)] })
    expect(await world.backfill(noon)).toMatchObject({ code: 0, games: { asked: 0 }, watermarkAfter: null })
    expect(await world.watermark(season)).toBeUndefined()
  })
})

describe('a watermark', () => {
  test('passes no game that is not settled, whatever the order of their days; those beyond it are remembered', async () => {
    const games = [game(1, '2025-01-10'), game(2, '2025-01-15'), game(3, '2025-01-11'), game(4, '2025-01-16')]
    await using world = await startNbaWorld({ games })
    expect(await world.backfill(noon, { to: '2025-01-12' })).toMatchObject({ code: 0, watermarkAfter: '0022400001' })
    expect(await world.settled()).toEqual(['0022400003'])
    const rest = await world.backfill(noon)
    expect(rest).toMatchObject({ settled: 2, watermarkAfter: '0022400004', asked: { boxes: ['0022400002', '0022400004'] } })
    expect(await world.settled()).toEqual([])
  })

  test('moves with each chunk, as far as that lets it', async () => {
    const games = [game(1, '2025-01-14'), game(2, '2025-01-10'), game(3, '2025-01-12'), game(4, '2025-01-16')]
    await using world = await startNbaWorld({ games })
    await world.backfill(noon, { chunkDays: 1 })
    const moves = await world.sql`select previous, value, changed_by as by from ingest_watermark_history order by id`
    expect([...moves]).toEqual([
      { previous: null, value: '0022400003', by: 'run' },
      { previous: '0022400003', value: '0022400004', by: 'run' },
    ])
  })

  test('waits for games to come, and not for games that were called off', async () => {
    const off = game(2, '2025-01-11', { status: 1, text: 'Cancelled' })
    const today = game(4, '2025-01-20', later)
    const games = [game(1, '2025-01-10'), off, game(3, '2025-01-12'), today, game(5, '2025-01-13')]
    await using world = await startNbaWorld({ games })
    expect(await world.backfill(noon)).toMatchObject({ code: 0, games: { asked: 4, loaded: 4 }, watermarkAfter: '0022400003' })
    expect(await world.settled()).toEqual(['0022400005'])
    expect(await world.statuses()).toMatchObject({ [off.id]: 'cancelled' })
    Object.assign(today, played)
    const next = await world.backfill('2025-01-21T12:00:00Z')
    expect(next).toMatchObject({ asked: { boxes: [today.id] }, watermarkAfter: '0022400005' })
    expect(await world.settled()).toEqual([])
  })
})

describe('a game that was postponed', () => {
  const league = (): HandMadeLeague & { games: [HandMadeGame, HandMadeGame, HandMadeGame] } => ({
    games: [game(1, '2025-01-10'), game(2, '2025-01-11', postponed), game(3, '2025-01-12')],
  })

  test('holds the watermark until it has been played', async () => {
    const nba = league()
    await using world = await startNbaWorld(nba)
    const first = await world.backfill(noon)
    expect(first).toMatchObject({ code: 0, games: { asked: 3, loaded: 2, postponed: 1 }, watermarkAfter: '0022400001' })
    expect(await world.settled()).toEqual(['0022400003'])
    // Asked for by its entry of the schedule; there is no box score yet.
    expect(await world.backfill(noon)).toMatchObject({ code: 0, games: { asked: 1, postponed: 1 }, requests: 1 })
    Object.assign(nba.games[1], { day: '2025-01-25', ...later })
    expect(await world.backfill(noon)).toMatchObject({ code: 0, games: { asked: 0 }, watermarkAfter: '0022400001' })
    Object.assign(nba.games[1], played)
    const last = await world.backfill('2025-01-26T12:00:00Z')
    expect(last).toMatchObject({ asked: { boxes: ['0022400002'] }, games: { loaded: 1 }, watermarkAfter: '0022400003' })
    expect(await world.settled()).toEqual([])
  })

  test('is found again though its id sorts before a watermark that a person has set', async () => {
    const nba = league()
    await using world = await startNbaWorld(nba)
    await world.backfill(noon)
    await world.setWatermark('0022400003', season)
    Object.assign(nba.games[1], { day: '2025-01-25', ...played })
    const run = await world.backfill('2025-01-26T12:00:00Z')
    expect(run).toMatchObject({ asked: { boxes: ['0022400002'] }, games: { loaded: 1 }, watermarkAfter: '0022400003' })
    expect(await world.points()).toHaveProperty('0022400002', 200)
  })

  test('and played is loaded by daily; the watermark follows with the next backfill', async () => {
    const nba = league()
    await using world = await startNbaWorld(nba)
    await world.backfill(noon)
    await world.setWatermark('2025-01-24')
    Object.assign(nba.games[1], { day: '2025-01-25', ...played })
    expect(await world.mornings('2025-01-26')).toMatchObject([{ code: 0, games: { loaded: 1 } }])
    expect(await world.points()).toHaveProperty('0022400002', 200)
    expect(await world.watermark(season)).toBe('0022400001')
    expect(await world.backfill('2025-01-26T13:00:00Z')).toMatchObject({ games: { unchanged: 1 }, watermarkAfter: '0022400003' })
  })

  test('and called off is settled', async () => {
    const nba = league()
    await using world = await startNbaWorld(nba)
    await world.backfill(noon)
    Object.assign(nba.games[1], { text: 'Cancelled' })
    expect(await world.backfill(noon)).toMatchObject({ code: 0, games: { loaded: 1 }, watermarkAfter: '0022400003' })
    expect(await world.statuses()).toHaveProperty('0022400002', 'cancelled')
    expect(await world.backfill(noon)).toMatchObject({ games: { asked: 0 } })
  })

  test('and is no longer listed is called off, and holds nothing any more', async () => {
    const nba = league()
    await using world = await startNbaWorld(nba)
    await world.backfill(noon)
    const [gone] = nba.games.splice(1, 1)
    expect(await world.backfill(noon)).toMatchObject({ code: 0, games: { asked: 1, loaded: 1 }, watermarkAfter: '0022400003' })
    expect(await world.statuses()).toHaveProperty(gone?.id ?? '', 'cancelled')
    expect(await world.settled()).toEqual([])
    expect(await world.backfill(noon)).toMatchObject({ games: { asked: 0 } })
  })
})

test('a game that was called off and is on again is loaded, also below the watermark', async () => {
  const off = game(1, '2025-01-10', { status: 1, text: 'Cancelled' })
  await using world = await startNbaWorld({ games: [off, game(2, '2025-01-11')] })
  expect(await world.backfill(noon)).toMatchObject({ watermarkAfter: '0022400002' })
  Object.assign(off, { day: '2025-01-21', ...played })
  const run = await world.backfill('2025-01-22T12:00:00Z')
  expect(run).toMatchObject({ code: 0, asked: { boxes: [off.id] }, watermarkAfter: '0022400002' })
  expect(await world.points()).toHaveProperty(off.id, 200)
})

test('a game that is on while it is asked for is asked for again until it is over', async () => {
  const live = game(1, '2025-01-19', { status: 2, text: 'Q4 1:00', score: [90, 88] })
  await using world = await startNbaWorld({ games: [live, game(2, '2025-01-18')] })
  expect(await world.backfill('2025-01-20T05:10:00Z')).toMatchObject({ code: 0, watermarkAfter: null })
  expect(await world.settled()).toEqual(['0022400002'])
  Object.assign(live, { status: 3, text: 'Final', score: [101, 97] })
  const run = await world.backfill(noon)
  expect(run).toMatchObject({ asked: { boxes: [live.id] }, watermarkAfter: '0022400002' })
  expect(await world.points()).toHaveProperty(live.id, 198)
})

describe('a game that the schedule lists only when the watermark has passed its id', () => {
  // As playoff games in April, when the final of the Cup in December had the greatest id of all.
  const cupFinal = { ...game(2, '2025-01-11'), id: '0062400001' }
  const playoff = { ...game(3, '2025-01-25', later), id: '0042400101' }

  test('is loaded when it has been played', async () => {
    const league: HandMadeLeague = { games: [game(1, '2025-01-10'), cupFinal] }
    await using world = await startNbaWorld(league)
    expect(await world.backfill(noon)).toMatchObject({ watermarkAfter: cupFinal.id })
    league.games = [...league.games, playoff]
    expect(await world.backfill(noon)).toMatchObject({ code: 0, games: { asked: 0 } })
    league.games = [...league.games.slice(0, 2), { ...playoff, ...played }]
    const run = await world.backfill('2025-01-26T12:00:00Z')
    expect(run).toMatchObject({ code: 0, settled: 2, asked: { boxes: [playoff.id] }, watermarkAfter: cupFinal.id })
    expect(await world.backfill('2025-01-26T12:00:00Z')).toMatchObject({ settled: 3, games: { asked: 0 } })
    expect(await world.settled()).toEqual([])
  })

  test('is no hole before it has been played, and is one after', async () => {
    const league: HandMadeLeague = { games: [game(1, '2025-01-10'), cupFinal] }
    await using world = await startNbaWorld(league)
    await world.backfill(noon)
    league.games = [...league.games, playoff]
    await world.backfill('2025-01-21T12:00:00Z')
    expect(await world.verify()).toMatchObject({ code: 0, proven: true, listed: true, games: 2 })
    league.games = [...league.games.slice(0, 2), { ...playoff, ...played }]
    // For its schedule, which is kept.
    await world.daily('2025-01-26T12:00:00Z', { date: '2025-01-24', catchUp: false })
    expect(await world.verify()).toMatchObject({ proven: false, games: 3, first: { id: playoff.id, what: 'is not stored' } })
  })

  test('is left out where a person has set the watermark beyond it', async () => {
    await using world = await startNbaWorld({
      games: [game(1, '2025-01-10'), { ...playoff, day: '2025-01-12', ...played }, cupFinal],
    })
    await world.setWatermark('0052400000', season)
    expect(await world.backfill(noon)).toMatchObject({ settled: 2, asked: { boxes: [cupFinal.id] }, watermarkAfter: cupFinal.id })
    expect(await world.backfill(noon)).toMatchObject({ settled: 3, games: { asked: 0 } })
  })
})
