import { describe, expect, test } from 'vitest'
import { discardDeadLetters } from '../../src/store/dead-letters.ts'
import { type CsvRow, csv } from '../support/csv.ts'
import { gameIdsOf, gameLine, type NflFiles, nflFiles, perSeason, toCome, weekLinesOf } from '../support/hand-made-nfl.ts'
import { type NflWorld, startNflWorld } from '../support/nfl-world.ts'
import { at } from '../support/test-clock.ts'

const [one, two, three, four] = gameIdsOf(2024) as [string, string, string, string]
const daily = 'daily:nfl'
const none = { inserted: 0, updated: 0, deleted: 0 }

/** Games of the 8th and the 15th, these of them as is said. */
const games = (more: Record<string, CsvRow> = {}) => csv([one, two, three, four].map(id => gameLine(id, more[id])))

test('the season that is on is loaded, and the watermark goes to yesterday where all games up to it are settled', async () => {
  await using world = await startNflWorld(nflFiles(2023, 2024))
  const run = await world.daily('2024-09-17T14:00:00Z')
  expect(run).toMatchObject({ code: 0, job: 'daily', targetDate: '2024-09-16', units: { planned: perSeason.planned } })
  expect(run.watermarks).toMatchObject([
    { key: daily, before: null, after: '2024-09-16' },
    { key: 'nfl:2024', before: null, after: four },
  ])
  expect(await world.watermark(daily)).toBe('2024-09-16')
  expect(await world.watermark()).toBe(four)
  expect(await world.count('nfl_player_game_stats')).toBe(8)
  expect(await world.daily('2024-09-18T14:00:00Z')).toMatchObject({ code: 0, rows: none, units: { done: 0 } })
  expect(await world.watermark(daily)).toBe('2024-09-17')
})

test('files that a clock ahead has read are read again', async () => {
  await using world = await startNflWorld(nflFiles(2024))
  const ahead = await world.daily('2024-09-27T14:00:00Z')
  expect(await world.daily('2024-09-17T14:00:00Z')).toMatchObject({ code: 0, units: { done: ahead.units?.done } })
  expect(await world.watermark(daily)).toBe('2024-09-16')
  expect(await world.daily('2024-09-18T14:00:00Z')).toMatchObject({ code: 0, units: { done: 0 } })
})

test.each<[string, Record<string, CsvRow>, string]>([
  ['that is not over', { [three]: toCome }, '2024-09-14'],
  ['of the first day that is not over', { [one]: toCome }, '2024-09-07'],
  ['that is to come', { [three]: { ...toCome, gameday: '2024-09-18' } }, '2024-09-16'],
])('the watermark waits for a game %s', async (_, more, day) => {
  await using world = await startNflWorld({ ...nflFiles(2024), games: games(more) })
  await world.daily('2024-09-17T14:00:00Z')
  expect(await world.watermark(daily)).toBe(day)
})

test('the watermark waits for the lines of a game that is over', async () => {
  const files = nflFiles(2024)
  files['stats_player_week_2024'] = csv(weekLinesOf(2024).filter(line => line['week'] === 1))
  await using world = await startNflWorld(files)
  await world.daily('2024-09-17T14:00:00Z')
  expect(await world.watermark(daily)).toBe('2024-09-14')
  files['stats_player_week_2024'] = csv(weekLinesOf(2024))
  await world.daily('2024-09-18T14:00:00Z')
  expect(await world.watermark(daily)).toBe('2024-09-17')
})

describe('a file of lines with a dead letter', () => {
  const afterFirstWeek = '2024-09-10T14:00:00Z'
  const spoilt = csv(weekLinesOf(2024)).replace('passing_yards', 'pass_yards')
  const onGoing = { [three]: toCome, [four]: toCome }

  test('holds the watermarks while its season is on, until a person discards it', async () => {
    const files = { ...nflFiles(2024), games: games(onGoing), stats_player_week_2024: spoilt }
    await using world = await startNflWorld(files)
    expect(await world.daily(afterFirstWeek)).toMatchObject({ code: 1, units: { failed: 1 } })
    expect(await world.letters()).toMatchObject([{ dataset: 'player-stats', status: 'open' }])
    expect([await world.watermark(), await world.watermark(daily)]).toEqual([undefined, undefined])
    await discardAll(world, afterFirstWeek)
    expect(await world.daily('2024-09-11T14:00:00Z')).toMatchObject({ code: 0 })
    expect([await world.watermark(), await world.watermark(daily)]).toEqual([two, '2024-09-10'])
  })

  test('holds watermarks that have moved before, and they go on when it is right', async () => {
    const files: NflFiles = { ...nflFiles(2024), games: games({ [two]: { ...toCome, gameday: '2024-09-09' }, ...onGoing }) }
    await using world = await startNflWorld(files)
    await world.daily('2024-09-09T14:00:00Z')
    expect([await world.watermark(), await world.watermark(daily)]).toEqual([one, '2024-09-08'])
    Object.assign(files, { games: games({ ...onGoing, [two]: { gameday: '2024-09-09' } }), stats_player_week_2024: spoilt })
    await world.sql`delete from nfl_player_game_stats where team in ('LV', 'LAC') and week = 1`
    await world.daily(afterFirstWeek)
    expect([await world.watermark(), await world.watermark(daily)]).toEqual([one, '2024-09-08'])
    files['stats_player_week_2024'] = csv(weekLinesOf(2024).map(line => ({ ...line, attempts: 1 })))
    await world.daily('2024-09-10T18:00:00Z')
    expect([await world.watermark(), await world.watermark(daily)]).toEqual([two, '2024-09-09'])
  })

  test('holds nothing of a season that is over', async () => {
    const files = { ...nflFiles(2024), stats_player_week_2024: spoilt }
    await using world = await startNflWorld(files)
    expect(await world.daily('2024-09-17T14:00:00Z')).toMatchObject({ code: 1, units: { failed: 1 } })
    expect([await world.watermark(), await world.watermark(daily)]).toEqual([four, '2024-09-16'])
  })
})

const discardAll = ({ store }: NflWorld, now: string) =>
  store.database.transaction(async tx => {
    const open = await tx<{ id: number }[]>`select id from dead_letters where status = 'open'`
    await discardDeadLetters(tx, { ids: open.map(({ id }) => id), by: 'test', reason: 'it is known', at: at(now) })
  })

test('a day named with --date, a part of the datasets and a dry run leave the watermark alone', async () => {
  await using world = await startNflWorld(nflFiles(2023, 2024))
  expect(await world.daily('2024-09-17T14:00:00Z', { date: '2024-01-05' })).toMatchObject({
    code: 0,
    watermarks: [{ key: daily }, { key: 'nfl:2023' }],
  })
  expect(await world.daily('2024-09-17T14:00:00Z', { only: ['games'] })).toMatchObject({ code: 0, units: { planned: 1 } })
  expect(await world.daily('2024-09-17T14:00:00Z', { dryRun: true })).toMatchObject({ code: 0, run: null })
  expect(await world.watermark(daily)).toBeUndefined()
})

test('a day of winter is of the season of the year before, and one of summer of the next', async () => {
  await using world = await startNflWorld(nflFiles(2023, 2024))
  expect(await world.daily('2024-02-12T14:00:00Z')).toMatchObject({ watermarks: [{ key: daily }, { key: 'nfl:2023' }] })
  expect(await world.daily('2024-05-01T14:00:00Z')).toMatchObject({ watermarks: [{ key: daily }, { key: 'nfl:2023' }] })
  expect(await world.daily('2024-05-02T14:00:00Z')).toMatchObject({ watermarks: [{ key: daily }, { key: 'nfl:2024' }] })
})

test('there is nothing to load of the datasets of another sport', async () => {
  await using world = await startNflWorld(nflFiles(2024))
  expect(await world.daily('2024-09-17T14:00:00Z', { only: ['box-scores'] })).toMatchObject({
    code: 0,
    asked: [],
    units: { planned: 0 },
  })
})
