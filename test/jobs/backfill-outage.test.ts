import { describe, expect, test } from 'vitest'
import { accessDenied, boxesGivenOnce, boxesOf, type HandMadeGame, type HandMadeLeague, idsOf } from '../support/hand-made-nba.ts'
import { game, season, startNbaWorld, threeADay } from '../support/nba-world.ts'
import { type Reply, reply } from '../support/provider-server.ts'

const noon = '2025-01-20T12:00:00Z'
const all = threeADay(['2025-01-10', '2025-01-11', '2025-01-12', '2025-01-13'])
const [first, second, third, fourth] = all as [HandMadeGame[], HandMadeGame[], HandMadeGame[], HandMadeGame[]]
const games = all.flat()
const down = () => reply(503)

/** Gives these games' files, and from then on nothing any more. */
const givesOnly = (given: readonly HandMadeGame[], then: () => Reply): NonNullable<HandMadeLeague['boxes']> => ({
  ...boxesOf(games, then),
  ...boxesGivenOnce(given, then),
})

describe('a provider that is down', () => {
  test('from the middle of a run on fails two chunks; those after them are not begun, and nothing is set aside', async () => {
    const league: HandMadeLeague = { games, boxes: givesOnly(first, down) }
    await using world = await startNbaWorld(league)
    const run = await world.backfill(noon, { chunkDays: 1 })
    const failed = { message: expect.stringContaining('The last 3 games asked for could not be loaded') }
    expect(run).toMatchObject({
      code: 3,
      games: { asked: 3, loaded: 3, dead: 0 },
      units: { planned: 4, done: 1, failed: 2, pending: 1 },
      failures: 3,
      failed: [
        { unit: '2025-01-11', ...failed },
        { unit: '2025-01-12', ...failed },
      ],
      watermarkAfter: '0022400003',
    })
    expect(new Set(run.asked.boxes)).toEqual(new Set(idsOf([...first, ...second, ...third])))
    expect(await world.letters()).toEqual([])
    const chunks = await world.sql`select status, error_class as class from ingest_chunks order by window_from`
    expect([...chunks]).toEqual([
      { status: 'done', class: null },
      { status: 'failed', class: 'ProviderUnavailableError' },
      { status: 'failed', class: 'ProviderUnavailableError' },
      { status: 'pending', class: null },
    ])

    league.boxes = {}
    const next = await world.backfill(noon, { chunkDays: 1 })
    expect(next).toMatchObject({ code: 0, settled: 3, asked: { boxes: idsOf(games.slice(3)) }, watermarkAfter: '0022400012' })
  })

  test('for one chunk only costs that chunk: the run goes on', async () => {
    const league: HandMadeLeague = { games, boxes: { ...boxesGivenOnce(first, down), ...boxesOf(second, down) } }
    await using world = await startNbaWorld(league)
    expect(await world.backfill(noon, { chunkDays: 1 })).toMatchObject({
      code: 1,
      games: { asked: 9, loaded: 9 },
      units: { done: 3, failed: 1, pending: 0 },
      watermarkAfter: '0022400003',
    })
    expect(await world.letters()).toEqual([])
    expect(await world.settled()).toEqual(idsOf([...third, ...fourth]))
  })

  test('from the first game on ends the run with 1, and leaves no trace but the run', async () => {
    await using world = await startNbaWorld({ games, boxes: boxesOf(games, down) })
    const run = await world.backfill(noon, { chunkDays: 1 })
    expect(run).toMatchObject({ code: 1, said: expect.stringContaining('The last 3 games asked for could not be loaded') })
    expect(idsOf([...third, ...fourth]).filter(id => run.asked.boxes.includes(id))).toEqual([])
    expect(await world.statuses()).toEqual({})
    expect(await world.letters()).toEqual([])
    expect(await world.watermark(season)).toBeUndefined()
    const [kept] = await world.sql`select status, failures, error from ingest_runs`
    expect(kept).toMatchObject({ status: 'stopped', error: expect.stringContaining('The last 3 games') })
  })

  test('from the middle of a chunk on has nothing kept of it, not even what it gave before', async () => {
    const league: HandMadeLeague = { games, boxes: givesOnly([...first, ...second, ...third], down) }
    await using world = await startNbaWorld(league)
    expect(await world.backfill(noon, { chunkDays: 2 })).toMatchObject({
      code: 1,
      games: { asked: 6, loaded: 6, dead: 0 },
      units: { planned: 2, done: 1, failed: 1 },
      watermarkAfter: '0022400006',
    })
    expect(Object.keys(await world.statuses()).sort()).toEqual(idsOf([...first, ...second]))
    expect(await world.letters()).toEqual([])
    expect(await world.settled()).toEqual([])
    league.boxes = {}
    const next = await world.backfill(noon, { chunkDays: 2 })
    expect(next).toMatchObject({ code: 0, asked: { boxes: idsOf([...third, ...fourth]) }, watermarkAfter: '0022400012' })
  })

  test('is known as such in chunks of one game, too, from the third one on', async () => {
    const single = [0, 1, 2, 3, 4, 5].map(n => game(n + 1, `2025-01-1${n}`))
    const [one, ...rest] = single as [HandMadeGame, ...HandMadeGame[]]
    const boxes = { ...boxesOf(rest, down), ...boxesGivenOnce([one], down) }
    await using world = await startNbaWorld({ games: single, boxes })
    const run = await world.backfill(noon, { chunkDays: 1 })
    // Two are set aside for a reason that passes; two chunks fail, the last one is not begun.
    expect(run).toMatchObject({
      games: { asked: 3, loaded: 1, dead: 2 },
      units: { done: 3, failed: 2, pending: 1 },
      failures: 5,
    })
  })

  test('so that there is no schedule ends the run with 1', async () => {
    await using world = await startNbaWorld({ games, schedule: down })
    expect(await world.backfill(noon)).toMatchObject({
      code: 1,
      said: expect.stringContaining('and without the schedule nothing can be loaded'),
    })
  })

  test('with two chunks under way: both may fail, none is begun after them', async () => {
    await using world = await startNbaWorld({ games, boxes: boxesOf(games, down) })
    const run = await world.backfill(noon, { chunkDays: 1, concurrency: 2 })
    expect(run).toMatchObject({ code: 1, said: expect.stringContaining('The last 3 games') })
    expect(run.asked.boxes).not.toContain(fourth[0]?.id)
    expect(await world.letters()).toEqual([])
    const chunks = await world.sql`select status from ingest_chunks order by window_from`
    expect(chunks.at(-1)).toEqual({ status: 'pending' })
  })
})

describe('games that have no answer though the provider is there', () => {
  const never = () => reply(500)

  test('are two: they are set aside', async () => {
    const lacking = second.slice(1)
    await using world = await startNbaWorld({ games, boxes: boxesOf(lacking, never) })
    const run = await world.backfill(noon, { chunkDays: 1 })
    expect(run).toMatchObject({ code: 2, games: { loaded: 10, dead: 2 }, units: { done: 4 }, watermarkAfter: '0022400012' })
    expect(await world.letters()).toMatchObject(lacking.map(({ id }) => ({ item: id, status: 'open' })))
  })

  test.each<[string, object]>([
    ['in the middle of a chunk', {}],
    ['all of a chunk, where a file of another one is given', { chunkDays: 1 }],
  ])('are three, %s: they are set aside', async (_, how) => {
    await using world = await startNbaWorld({ games, boxes: boxesOf(second, never) })
    const run = await world.backfill(noon, how)
    expect(run).toMatchObject({ code: 3, games: { loaded: 9, dead: 3 }, units: { failed: 0 }, watermarkAfter: '0022400012' })
    expect(await world.letters()).toMatchObject(second.map(({ id }) => ({ item: id, status: 'open' })))
  })

  test('are the last three of a chunk: the file it was given before is given again, and they are set aside', async () => {
    await using world = await startNbaWorld({ games, boxes: boxesOf(fourth, never) })
    expect(await world.backfill(noon)).toMatchObject({ code: 3, games: { loaded: 9, dead: 3 }, watermarkAfter: '0022400012' })
  })

  test('are the first of all, when no file is known yet: they hold the season up for one run, not for ever', async () => {
    await using world = await startNbaWorld({ games, boxes: boxesOf(first, never) })
    const run = await world.backfill(noon, { chunkDays: 1 })
    expect(run).toMatchObject({ code: 1, games: { asked: 9, loaded: 9 }, units: { done: 3, failed: 1 }, watermarkAfter: null })
    expect(await world.letters()).toEqual([])
    const next = await world.backfill(noon, { chunkDays: 1 })
    expect(next).toMatchObject({ code: 3, settled: 9, games: { asked: 3, dead: 3 }, units: { done: 1, failed: 0 } })
    expect(next).toMatchObject({ watermarkAfter: '0022400012' })
    expect(await world.letters()).toMatchObject(first.map(({ id }) => ({ item: id, status: 'open' })))
  })
})

describe.each<[string, () => Reply]>([
  ['refuses us', accessDenied],
  ['asks for an hour of rest', () => reply(429, { 'retry-after': '3600' }, 'quota')],
])('a provider that %s', (_, answer) => {
  test('from the first game on ends the run with 104; the next one loads it all', async () => {
    const league: HandMadeLeague = { games, boxes: boxesOf(games, answer) }
    await using world = await startNbaWorld(league)
    expect(await world.backfill(noon, { chunkDays: 1 })).toMatchObject({ code: 104 })
    expect(await world.statuses()).toEqual({})
    expect(await world.letters()).toEqual([])
    expect(await world.watermark(season)).toBeUndefined()
    league.boxes = {}
    const next = await world.backfill(noon, { chunkDays: 1 })
    expect(next).toMatchObject({ code: 0, games: { loaded: 12 }, watermarkAfter: '0022400012' })
  })

  test('from the middle of a run on fails the chunk it is at; those after it are not begun, and nothing is set aside', async () => {
    const league: HandMadeLeague = { games, boxes: givesOnly(first, answer) }
    await using world = await startNbaWorld(league)
    const run = await world.backfill(noon, { chunkDays: 1 })
    expect(run).toMatchObject({
      code: 3,
      games: { asked: 3, loaded: 3, dead: 0 },
      units: { planned: 4, done: 1, failed: 1, pending: 2 },
      failed: [{ unit: '2025-01-11' }],
      watermarkAfter: '0022400003',
    })
    expect(await world.letters()).toEqual([])
    expect(idsOf([...third, ...fourth]).filter(id => run.asked.boxes.includes(id))).toEqual([])
    league.boxes = {}
    const next = await world.backfill(noon, { chunkDays: 1 })
    expect(next).toMatchObject({ code: 0, settled: 3, games: { loaded: 9 }, watermarkAfter: '0022400012' })
  })

  test('from the middle of a chunk on ends the run there: nothing of the chunk is kept or set aside', async () => {
    const league: HandMadeLeague = { games, boxes: givesOnly(first, answer) }
    await using world = await startNbaWorld(league)
    const run = await world.backfill(noon, { chunkDays: 2 })
    expect(run).toMatchObject({ code: 104 })
    expect(idsOf([...third, ...fourth]).filter(id => run.asked.boxes.includes(id))).toEqual([])
    expect(await world.statuses()).toEqual({})
    expect(await world.letters()).toEqual([])
    league.boxes = {}
    expect(await world.backfill(noon)).toMatchObject({ code: 0, games: { loaded: 12 }, watermarkAfter: '0022400012' })
  })
})

test('a block is known as such by a game that must have a file, where those asked for may have none', async () => {
  const abroad = [1, 2, 3].map(n => ({ ...game(n, '2024-10-05'), id: `001240000${n}` }))
  const league: HandMadeLeague = { games: [...abroad, ...games], boxes: boxesOf([...abroad, ...games], accessDenied) }
  await using world = await startNbaWorld(league)
  expect(await world.backfill(noon, { chunkDays: 1 })).toMatchObject({ code: 104 })
  expect(await world.letters()).toEqual([])

  // It is given now, and so they have none.
  league.boxes = boxesOf(abroad, accessDenied)
  expect(await world.backfill(noon, { chunkDays: 1 })).toMatchObject({ code: 3, games: { loaded: 12, dead: 3 } })
})

test('a pause that is asked for by the file that should decide is one of the run: nothing is set aside', async () => {
  const league: HandMadeLeague = { games, boxes: boxesGivenOnce(first, () => reply(429, { 'retry-after': '86400' })) }
  for (const { id } of [...second, ...third, ...fourth]) Object.assign(league.boxes ?? {}, { [id]: accessDenied })
  await using world = await startNbaWorld(league)
  expect(await world.backfill(noon, { chunkDays: 1 })).toMatchObject({ games: { loaded: 3, dead: 0 } })
  expect(await world.letters()).toEqual([])
})

test('a block that begins with the last game of a chunk ends the run there: that game is not set aside', async () => {
  const given = [...first, ...second.slice(0, 2)]
  await using world = await startNbaWorld({ games, boxes: givesOnly(given, accessDenied) })
  expect(await world.backfill(noon, { chunkDays: 2 })).toMatchObject({ code: 104 })
  expect(await world.letters()).toEqual([])
})

test('three files that are refused at the end of a chunk, while others are given, are set aside', async () => {
  await using world = await startNbaWorld({ games, boxes: boxesOf(fourth, accessDenied) })
  expect(await world.backfill(noon)).toMatchObject({ code: 3, games: { loaded: 9, dead: 3 }, watermarkAfter: '0022400012' })
  expect(await world.letters()).toMatchObject(fourth.map(({ id }) => ({ item: id, status: 'open' })))
})
