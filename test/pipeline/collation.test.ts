import { expect, test } from 'vitest'
import { listMissing } from '../../src/pipeline/missing.ts'
import { nfl } from '../../src/sports/nfl/index.ts'
import { forgetSettled, keepSettled, readSettled } from '../../src/store/settled.ts'
import { csv } from '../support/csv.ts'
import { createTestDatabase } from '../support/database.ts'
import { gameLine, nflFiles, persons, toCome, weekLine } from '../support/hand-made-nfl.ts'
import { startNflWorld } from '../support/nfl-world.ts'

// As bytes `2024_01_LAC_LV` comes first; a dictionary has the shorter word first.
const [first, second] = ['2024_01_LAC_LV', '2024_01_LA_SF'] as const
const icuLocale = 'en-US'
const monday = '2024-09-09T14:00:00Z'

const files = (more: Parameters<typeof gameLine>[1], other: Parameters<typeof gameLine>[1]) => ({
  ...nflFiles(2024),
  games: csv([gameLine(first, more), gameLine(second, other)]),
  stats_player_week_2024: csv(
    ['LAC', 'LV', 'LA', 'SF'].map((club, i) => weekLine({ ...(persons[i] as (typeof persons)[number]), club }, 2024, 1)),
  ),
})

test('a watermark that stands on ids passes no game in a database that sorts as a dictionary does', async () => {
  const served = files(toCome, {})
  await using world = await startNflWorld(served, { icuLocale })
  expect(await world.sql`select ${second}::text < ${first} as differs`).toEqual([{ differs: true }])
  await world.daily(monday)
  expect(await world.watermark()).toBeUndefined()
  Object.assign(served, files({}, {}))
  await world.daily(monday)
  expect(await world.watermark()).toBe(second)
  expect(await world.verify()).toMatchObject({ proven: true, games: 2, unfinished: 0 })

  await using other = await startNflWorld(files({}, toCome), { icuLocale })
  await other.daily(monday)
  expect(await other.watermark()).toBe(first)
  expect(await other.verify()).toMatchObject({ proven: true, games: 1, unfinished: 0 })
})

test('what is settled beyond a watermark, and what is missing up to it, go by the same order', async () => {
  await using world = await startNflWorld(files({}, {}), { icuLocale })
  await world.daily(monday, { only: ['games'] })
  const missing = async (upToId: string) =>
    (await world.store.database.run(sql => listMissing(sql, nfl, { season: '2024', upToId }))).map(({ id }) => id)
  expect([await missing(first), await missing(second)]).toEqual([[first], [first, second]])

  await using db = await createTestDatabase({ icuLocale })
  const name = { stage: 'backfill', key: 'nfl:2024' }
  const settledAfter = (which: Parameters<typeof forgetSettled>[2]) =>
    db.database.transaction(async tx => {
      await keepSettled(tx, name, [first, second])
      await forgetSettled(tx, name, which)
      return [...(await readSettled(tx, name))]
    })
  expect(await settledAfter({ upTo: first })).toEqual([second])
  expect(await settledAfter({ after: first })).toEqual([first])
})
