import { describe, expect, test } from 'vitest'
import type { EventFile } from '../../../src/pipeline/dataset.ts'
import { type LoadEventsOptions, loadEventsFile } from '../../../src/pipeline/files/load-events-file.ts'
import { games } from '../../../src/sports/nfl/games.ts'
import { nfl } from '../../../src/sports/nfl/index.ts'
import { nflLive } from '../../../src/sports/nfl/live.ts'
import { type CsvRow, csv } from '../../support/csv.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { gameLine, toCome } from '../../support/hand-made-nfl.ts'

const sunday = new Date('2024-09-08T20:00:00Z')
const monday = new Date('2024-09-09T12:00:00Z')
const hoursLater = (hours: number) => new Date(new Date('2024-09-08T17:00:00Z').getTime() + hours * 3_600_000)
const { events: file } = games.content as { events: EventFile }

type Options = Partial<Pick<LoadEventsOptions, 'at' | 'mayShrink' | 'lacks'>>

const load = (db: TestDatabase, records: readonly CsvRow[] | string, { at = sunday, ...options }: Options = {}) =>
  db.database.transaction(async tx => {
    const chunks = async function* () {
      yield Buffer.from(typeof records === 'string' ? records : csv(records))
    }
    const { counts, ...loaded } = await loadEventsFile(tx, file, chunks(), {
      ...{ sport: nfl, dataset: 'games', at },
      ...options,
    })
    return { ...counts, written: counts.rows, ...loaded }
  })

const states = async ({ sql }: TestDatabase): Promise<Record<string, string>> => {
  const rows = await sql<{ id: string; status: string; score: string | null }[]>`
    select provider_id as id, status, away_score || ':' || home_score as score from games order by 1`
  return Object.fromEntries(rows.map(({ id, status, score }) => [id, score ? `${status} ${score}` : status]))
}

const [one, two, three] = ['2024_01_BAL_KC', '2024_01_LV_LAC', '2024_02_KC_LV'] as const

test('games are over where they have scores, and start at Eastern wall time', async () => {
  await using db = await createTestDatabase()
  const winter = gameLine(three, { gameday: '2024-12-25', gametime: '09:30' })
  expect(await load(db, [gameLine(one), gameLine(two, toCome), winter])).toMatchObject({
    rows: 3,
    bad: [],
    findings: [],
    unknown: [],
  })
  expect(await states(db)).toEqual({ [one]: 'final 17:20', [two]: 'scheduled', [three]: 'final 17:20' })
  const starts = await db.sql<{ at: Date }[]>`select starts_at as at from games order by provider_id`
  expect(starts.map(({ at }) => at.toISOString())).toEqual([
    '2024-09-08T17:00:00.000Z',
    '2024-09-08T17:00:00.000Z',
    '2024-12-25T14:30:00.000Z',
  ])
})

test('the same file again writes nothing, whoever has written it; of one that changed only what did', async () => {
  await using db = await createTestDatabase()
  const records = [gameLine(one, { espn: 401, result: 3, temp: 71 }), gameLine(two)]
  await load(db, records)
  const written = await db.sql`select xmin::text from games union select xmin::text from nfl_games`
  const pandas = records.map(record => ({
    ...record,
    away_score: '17.0',
    espn: record['espn'] === 401 ? '401.0' : record['espn'],
    temp: record['temp'] && '71.0',
    result: record['result'] && '3.0',
  }))
  expect(await load(db, pandas, { at: monday })).toMatchObject({ rows: 2, written: { inserted: 0, updated: 0, deleted: 0 } })
  expect(await db.sql`select xmin::text from games union select xmin::text from nfl_games`).toEqual(written)

  await load(db, [records[0] as CsvRow, gameLine(two, { home_score: 24 })], { at: monday })
  expect(await db.sql`select provider_id as id from games where updated_at = ${monday}`).toEqual([{ id: two }])
  expect(await states(db)).toMatchObject({ [one]: 'final 17:20', [two]: 'final 17:24' })
})

describe('a stored game', () => {
  test('that is live stays so while the file says nothing of it, and is over when the file says so', async () => {
    await using db = await createTestDatabase()
    await load(db, [gameLine(one, toCome), gameLine(two)])
    await db.sql`update games set status = 'live', away_score = 7, home_score = 3 where provider_id = ${one}`
    await load(db, [gameLine(one, toCome), gameLine(two)])
    expect(await states(db)).toMatchObject({ [one]: 'live 7:3' })
    await load(db, [gameLine(one), gameLine(two)])
    expect(await states(db)).toMatchObject({ [one]: 'final 17:20' })
  })

  test('that is over is not taken back by a file that lags behind', async () => {
    await using db = await createTestDatabase()
    await load(db, [gameLine(one), gameLine(two)])
    const lagging = await load(db, [gameLine(one, toCome), gameLine(two)])
    expect(lagging).toMatchObject({ findings: [], left: { againAt: hoursLater(72) } })
    expect(await states(db)).toMatchObject({ [one]: 'final 17:20' })
    const message = `Game ${one} was played, and the file games lists it without a result; it stays as it is.`
    const later = await load(db, [gameLine(one, { ...toCome, stadium: 'Elsewhere' }), gameLine(two)], { at: hoursLater(72) })
    expect(later).toMatchObject({ findings: [{ item: one, check: 'status-back', message }], left: { againAt: undefined } })
    expect(await states(db)).toMatchObject({ [one]: 'final 17:20' })
    // All else is what the file says.
    expect(await db.sql`select venue, status_text as text, period from games where provider_id = ${one}`).toEqual([
      { venue: 'Elsewhere', text: 'Final', period: 4 },
    ])
  })

  test('that is moved to another day keeps its id', async () => {
    await using db = await createTestDatabase()
    await load(db, [gameLine(one, toCome)])
    await load(db, [gameLine(one, { ...toCome, gameday: '2024-09-10' })])
    expect(await db.sql`select provider_id as id, game_date as day from games`).toEqual([{ id: one, day: '2024-09-10' }])
  })

  test('that is live, put off or called off is moved by a file that has it on another day', async () => {
    await using db = await createTestDatabase()
    for (const status of ['live', 'postponed', 'cancelled']) {
      await load(db, [gameLine(one, toCome)])
      await db.sql`update games set status = ${status}, home_score = 7`
      await load(db, [gameLine(one, { ...toCome, gameday: '2024-09-10' })])
      expect([status, await db.sql`select status, game_date as day from games`]).toEqual([
        status,
        [{ status: 'scheduled', day: '2024-09-10' }],
      ])
    }
  })

  test.each(['postponed', 'cancelled'])(
    'that a live feed has %s stays so for some days while the file has it where it was, and then is what the file says',
    async status => {
      await using db = await createTestDatabase()
      await load(db, [gameLine(one, toCome), gameLine(two)])
      await db.sql`update games set status = ${status}, status_text = ${status} where provider_id = ${one}`
      await load(db, [gameLine(one, toCome), gameLine(two)])
      for (const at of [monday, hoursLater(71)]) {
        const loaded = await load(db, [gameLine(one, toCome), gameLine(two)], { at })
        expect(loaded).toMatchObject({ written: { updated: 0 }, left: { againAt: hoursLater(72) } })
        expect(await states(db)).toMatchObject({ [one]: status })
      }
      const loaded = await load(db, [gameLine(one, toCome), gameLine(two)], { at: hoursLater(72) })
      expect(loaded).toMatchObject({ written: { updated: 1 }, left: { againAt: undefined } })
      expect(await db.sql`select status, status_text as text from games where provider_id = ${one}`).toEqual([
        { status: 'scheduled', text: null },
      ])
    },
  )

  test('that is live stays so for half a day, also where the file has put its start off a little', async () => {
    await using db = await createTestDatabase()
    for (const gametime of ['13:00', '13:25']) {
      await load(db, [gameLine(one, toCome)])
      await db.sql`update games set status = 'live', home_score = 7`
      const start = gametime === '13:00' ? 0 : 25 / 60
      const loaded = await load(db, [gameLine(one, { ...toCome, gametime })], { at: hoursLater(11.9) })
      expect(loaded.left).toEqual({ againAt: hoursLater(12 + start), lacks: [] })
      expect(await states(db)).toEqual({ [one]: 'live' })
      await load(db, [gameLine(one, { ...toCome, gametime })], { at: hoursLater(12 + start) })
      expect(await db.sql`select status, home_score as score from games`).toEqual([{ status: 'scheduled', score: null }])
    }
  })

  test('that ended with another score than the file has keeps it for half a day, and then takes the file’s', async () => {
    await using db = await createTestDatabase()
    await load(db, [gameLine(one, { away_score: 18 }), gameLine(two)])
    const message = `Game ${one} ended 18:20 and is listed with 17:20; the stored score stays for now.`
    const first = await load(db, [gameLine(one), gameLine(two)])
    expect(first).toMatchObject({ findings: [{ item: one, check: 'final-score', message }], left: { againAt: hoursLater(12) } })
    expect(first.tables).not.toHaveProperty('games')
    expect(await load(db, [gameLine(one), gameLine(two)])).toMatchObject({ written: { updated: 0 } })
    expect(await states(db)).toEqual({ [one]: 'final 18:20', [two]: 'final 17:20' })
    const later = await load(db, [gameLine(one), gameLine(two)], { at: hoursLater(12) })
    expect(later).toMatchObject({ findings: [], left: { againAt: undefined } })
    expect(await states(db)).toEqual({ [one]: 'final 17:20', [two]: 'final 17:20' })
  })

  test('that was live and is in the file no longer is called off when its hours are over, and nothing of its score is left', async () => {
    await using db = await createTestDatabase()
    await load(db, [gameLine(one), gameLine(two, toCome)])
    await db.sql`update games set status = 'live', status_text = 'Q3', period = 3, home_score = 7, away_score = 3 where provider_id = ${two}`
    expect((await load(db, [gameLine(one)], { at: hoursLater(11) })).left).toMatchObject({ againAt: hoursLater(12) })
    expect(await states(db)).toMatchObject({ [two]: 'live 3:7' })
    expect((await load(db, [gameLine(one)], { at: hoursLater(12) })).left).toMatchObject({ againAt: undefined })
    expect(
      await db.sql`select status, status_text as text, period, home_score as score from games where provider_id = ${two}`,
    ).toEqual([{ status: 'cancelled', text: null, period: null, score: null }])
  })

  test('that was not played and is in the file no longer is called off once its day is over; another season is another matter', async () => {
    await using db = await createTestDatabase()
    await load(db, [gameLine(one), gameLine(two, toCome), gameLine('2023_01_LV_KC', toCome)])
    const midnight = new Date('2024-09-09T04:00:00Z')
    expect((await load(db, [gameLine(one)])).left).toMatchObject({ againAt: midnight })
    expect(await states(db)).toMatchObject({ [two]: 'scheduled' })
    expect(await load(db, [gameLine(one)], { at: midnight })).toMatchObject({
      written: { updated: 1 },
      left: { againAt: undefined },
    })
    expect(await states(db)).toMatchObject({ [two]: 'cancelled', '2023_01_LV_KC': 'scheduled' })
    expect(await load(db, [gameLine(one)], { at: midnight })).toMatchObject({ written: { updated: 0 } })
    // Back in the file it is what that says, at once.
    await load(db, [gameLine(one), gameLine(two, toCome)], { at: midnight })
    expect(await states(db)).toMatchObject({ [two]: 'scheduled' })
    await load(db, [gameLine(one), gameLine(two)])
    expect(await states(db)).toMatchObject({ [two]: 'final 17:20' })
  })

  test.each([toCome, {}])(
    'that is listed under another id now is called off at once; that of another pair of clubs is not',
    async before => {
      await using db = await createTestDatabase()
      const moved = gameLine('2024_05_BAL_KC', { ...toCome, gameday: '2024-10-06', espn: '42024011' })
      await load(db, [gameLine(one, { ...before, espn: '42024011' }), gameLine(two, { ...toCome, espn: '42024011' })])
      expect(await load(db, [moved])).toMatchObject({ findings: [] })
      expect(await states(db)).toEqual({ [one]: 'cancelled', [two]: 'scheduled', '2024_05_BAL_KC': 'scheduled' })
      expect(await db.database.run(async sql => await nflLive.aliases?.(sql, ['42024011']))).toEqual(
        new Map([['42024011', '2024_05_BAL_KC']]),
      )
    },
  )

  test('that was played stays, where a few of them are no longer in the file; a file without more of them is incomplete', async () => {
    await using db = await createTestDatabase()
    const weeks = Array.from({ length: 5 }, (_, i) => gameLine(`2024_0${i + 1}_LV_KC`, { gameday: '2024-09-08' }))
    await load(db, weeks)
    await expect(load(db, weeks.slice(4))).rejects.toThrow(
      'The file games lacks 4 games that were played, 2024_01_LV_KC among them.',
    )
    const message = (week: number) =>
      `Game 2024_0${week}_LV_KC was played, and the file games no longer lists it; it stays as it is.`
    for (const _ of [1, 2])
      expect((await load(db, weeks.slice(3))).findings).toEqual(
        [1, 2, 3].map(week => ({ item: `2024_0${week}_LV_KC`, check: 'unlisted', message: message(week) })),
      )
    expect(Object.values(await states(db))).toEqual(Array(5).fill('final 17:20'))
  })

  test('that was played stays where a person said that the file is right, and is a finding from then on', async () => {
    await using db = await createTestDatabase()
    const weeks = Array.from({ length: 7 }, (_, i) => gameLine(`2024_0${i + 1}_LV_KC`, { gameday: '2024-09-08' }))
    await load(db, weeks)
    const findings = [
      {
        item: '2024_01_LV_KC',
        check: 'unlisted',
        message:
          '4 games were played, and the file games no longer lists them; they stay as they are: 2024_01_LV_KC, 2024_02_LV_KC, 2024_03_LV_KC, …',
      },
    ]
    const { left, ...accepted } = await load(db, weeks.slice(4), { mayShrink: true })
    expect(accepted).toMatchObject({ findings, rows: 3 })
    const { lacks = [] } = left ?? {}
    expect(lacks).toEqual([1, 2, 3, 4].map(week => `2024_0${week}_LV_KC`))
    expect(await load(db, weeks.slice(4), { lacks })).toMatchObject({ findings, left: { lacks } })
    expect(await load(db, weeks.slice(3), { lacks })).toMatchObject({ left: { lacks: lacks.slice(0, 3) } })
    expect(Object.values(await states(db))).toEqual(Array(7).fill('final 17:20'))
    const none = gameLine('2024_09_LV_KC', { gameday: '2024-09-08' })
    await expect(load(db, [none], { lacks: lacks.slice(0, 3) })).rejects.toThrow(
      'The file games lacks 4 games that were played, 2024_04_LV_KC among them.',
    )
  })
})

test('of two records of one game the one with a score counts, and of two with one that whose text comes last, in any order', async () => {
  const [ahead, low, high] = [gameLine(one, toCome), gameLine(one), gameLine(one, { home_score: 24 })] as const
  for (const [records, counted, kept] of [
    [[ahead, low], low, ahead],
    [[low, high], high, low],
  ] as const)
    for (const order of [records, records.toReversed()]) {
      await using db = await createTestDatabase()
      // Far from each other, so that the first is written when the second comes.
      const others = Array.from({ length: 400 }, (_, i) => {
        const id = `2024_${String(i % 100).padStart(2, '0')}_LV_${['KC', 'BAL', 'NE', 'DEN'][Math.floor(i / 100)]}`
        return gameLine(id, { gameday: '2024-09-08' })
      })
      for (const far of [[], others]) {
        const { bad } = await load(db, [order[0] as CsvRow, ...far, order[1] as CsvRow, gameLine(two, toCome)])
        const [second, first] = [far.length + 3, 2]
        const [right, wrong] = order[0] === counted ? [first, second] : [second, first]
        expect(bad.map(({ line, item, reason, raw }) => ({ line, item, reason, raw: Buffer.from(raw).toString() }))).toEqual([
          {
            line: wrong,
            item: one,
            reason: `is there twice: in line ${right}, which counts, and in line ${wrong}`,
            raw: csv([kept], Object.keys(gameLine(one))).split('\n')[1],
          },
        ])
        expect(await states(db)).toMatchObject({ [one]: `final 17:${counted['home_score']}`, [two]: 'scheduled' })
      }
      // It is known which of the others are there.
      await load(db, [order[0] as CsvRow, order[1] as CsvRow, ...others], { at: monday })
      expect(await states(db)).toMatchObject({ [two]: 'cancelled' })
    }
})

test('of three records of one game each of the two others has a dead letter of its own', async () => {
  await using db = await createTestDatabase()
  const { bad } = await load(
    db,
    [20, 24, 21].map(home_score => gameLine(one, { home_score })),
  )
  expect(bad.map(({ item, line }) => [item, line])).toEqual([
    [one, 2],
    [`${one} line 4`, 4],
  ])
  expect(await states(db)).toEqual({ [one]: 'final 17:24' })
})

test('a start may be told with its seconds, or be open', async () => {
  await using db = await createTestDatabase()
  const times = { [one]: '13:00:00', [two]: 'TBD', [three]: '' }
  await load(
    db,
    Object.entries(times).map(([id, gametime]) => gameLine(id, { ...toCome, gametime })),
  )
  const rows = await db.sql<{ id: string; start: string | null }[]>`
    select provider_id as id, to_char(starts_at at time zone 'America/New_York', 'HH24:MI') as start from games`
  expect(Object.fromEntries(rows.map(({ id, start }) => [id, start]))).toEqual({ [one]: '13:00', [two]: null, [three]: null })
})

test('where a row cannot be read, no game is called off, and none counts as missing from the file', async () => {
  await using db = await createTestDatabase()
  const weeks = Array.from({ length: 5 }, (_, i) => gameLine(`2024_0${i + 1}_LV_KC`, { gameday: '2024-09-08' }))
  await load(db, [...weeks, gameLine(two, toCome)])
  const before = await states(db)
  const spoilt = [...weeks.slice(1), gameLine(two)].map(record => ({ ...record, home_score: 'x' }))
  expect((await load(db, [weeks[0] as CsvRow, ...spoilt])).bad).toHaveLength(5)
  expect(await states(db)).toEqual(before)
})

test('unknown columns are stored in extra', async () => {
  await using db = await createTestDatabase()
  const { unknown } = await load(db, [gameLine(one, { mood: 'tense' }), gameLine(two)])
  expect(unknown).toEqual(['mood'])
  expect(await db.sql`select extra from nfl_games order by game_id`).toEqual([{ extra: { mood: 'tense' } }, { extra: null }])
})

test.each<[string, CsvRow, string]>([
  ['a club that there was not then', gameLine('2024_02_STL_KC'), 'names a club that did not exist in 2024: STL'],
  ['another week than its id', gameLine(three, { week: 3 }), `is of week 3 of 2024, and its id is ${three}`],
  ['another season than its id', gameLine(three, { season: 2023 }), `is of week 2 of 2023, and its id is ${three}`],
  ['other clubs than its id', gameLine(three, { away_team: 'LV' }), `is LV at LV, and its id is ${three}`],
  ['a club against itself', gameLine('2024_02_LV_LV'), 'has LV on both sides'],
  ['a result that its scores do not have', gameLine(three, { result: 4 }), 'ended 17:20, and has a result of 4'],
  ['a total that its scores do not have', gameLine(three, { total: 38 }), 'ended 17:20, and has a total of 38'],
  ['an id that is none', gameLine(three, { game_id: 'week two' }), 'is not a game: week two'],
  ['a day that is none', gameLine(three, { gameday: '2024-02-30' }), `is not a game: ${three}`],
  ['a score that is none', gameLine(three, { home_score: 'x' }), 'has "x" for home_score, which is not a number'],
  ['half a point', gameLine(three, { home_score: 0.5 }), 'has 0.5 for home_score, which is not a whole number'],
  ['a blank for a score', gameLine(three, { home_score: ' ' }), 'has " " for home_score, which is not a number'],
  ['a score in hexadecimal digits', gameLine(three, { home_score: '0x1F' }), 'has "0x1F" for home_score, which is not a number'],
  ['a half where there are none', gameLine(three, { total: 0.5 }), 'has 0.5 for total, which is not a whole number'],
  ['more than a column holds', gameLine(three, { total: 3e9 }), 'has 3000000000 for total, which no column holds'],
  ['an hour that is none', gameLine(three, { gametime: '25:00' }), 'has "25:00" for gametime, which is not a time of day'],
  ['half a day’s clock', gameLine(three, { gametime: '8:20 PM' }), 'has "8:20 PM" for gametime, which is not a time of day'],
  ['an id that is there already', gameLine(one, { stadium: 'A' }), 'is there twice: in line 2, which counts, and in line 3'],
])('a game with %s becomes a dead letter, and the others are loaded', async (_, record, reason) => {
  await using db = await createTestDatabase()
  const { bad, rows } = await load(db, [gameLine(one), record, gameLine(two)])
  expect(bad).toMatchObject([{ line: 3, item: record['game_id'], reason }])
  expect(rows).toBe(2)
  expect(Object.keys(await states(db))).toEqual([one, two])
})

test.each([
  [
    'without a column that there has to be',
    csv([gameLine(one)]).replace('stadium', 'arena'),
    'The file games lacks the column stadium.',
  ],
  ['without a game', csv([gameLine(one)]).split('\n')[0] ?? '', 'The file games has no games.'],
  ['that is a page', '<!doctype html>\n<title>Sorry</title>\n', 'The file games lacks the column game_id.'],
  [
    'of which most cannot be read',
    csv(Array.from({ length: 30 }, (_, i) => gameLine(`2024_0${i % 9}_KC`))),
    '30 of 30 rows of games cannot be read; the first, in line 2, is not a game: 2024_00_KC.',
  ],
])('a file %s is refused', async (_, text, message) => {
  await using db = await createTestDatabase()
  await expect(load(db, text)).rejects.toThrow(message)
  expect(await states(db)).toEqual({})
})

test('a record that is there twice is no news', async () => {
  await using db = await createTestDatabase()
  expect(await load(db, [gameLine(one), gameLine(two), gameLine(one)])).toMatchObject({ rows: 2, bad: [], findings: [] })
  expect(await states(db)).toEqual({ [one]: 'final 17:20', [two]: 'final 17:20' })
})

test('ids that were written as numbers are read as what they are, and told where digits are lost', async () => {
  await using db = await createTestDatabase()
  const { findings } = await load(db, [
    gameLine(one, { espn: '401.0', pff: '4.01e+05' }),
    gameLine(two, { espn: '4e+06', pff: '7' }),
  ])
  expect(await db.sql`select espn, pff from nfl_games order by game_id`).toEqual([
    { espn: '401', pff: '4.01e+05' },
    { espn: '4e+06', pff: '7' },
  ])
  expect(findings).toEqual(
    [
      ['pff', '4.01e+05'],
      ['espn', '4e+06'],
    ].map(([column, example]) => ({
      item: 'games',
      check: 'number-ids',
      message: `The column ${column} of games has 1 ids written as numbers, "${example}" for one; their digits are lost, and they are stored as they are.`,
    })),
  )
})

test('a file with more games than have ever been played is refused', async () => {
  await using db = await createTestDatabase()
  const clubs =
    'ARI ATL BAL BUF CAR CHI CIN CLE DAL DEN DET GB HOU IND JAX KC LA LAC LV MIA MIN NE NO NYG NYJ PHI PIT SEA SF TB TEN WAS'
  const codes = clubs.split(' ')
  const pairs = codes.flatMap(away => codes.filter(home => home !== away).map(home => `${away}_${home}`))
  const weeks = ['2023', '2024'].flatMap(season =>
    Array.from({ length: 18 }, (_, n) => `${season}_${String(n + 1).padStart(2, '0')}`),
  )
  const endless = weeks.flatMap(week => pairs.map(pair => gameLine(`${week}_${pair}`, { gameday: '2024-09-08' })))
  await expect(load(db, endless)).rejects.toThrow('The file games has more than 30000 games.')
  expect(await states(db)).toEqual({})
})

describe('a file that breaks the rules of CSV', () => {
  const good = csv([gameLine(one), gameLine(two)])

  test('in one row has that row set aside', async () => {
    await using db = await createTestDatabase()
    const spoilt = good.replace('Field of KC', '"Field" of KC')
    const { bad, rows } = await load(db, spoilt)
    expect({ rows, bad }).toMatchObject({
      rows: 1,
      bad: [{ line: 2, item: 'line 2', reason: 'has text behind a closing quote' }],
    })
    expect(await states(db)).toEqual({ [two]: 'final 17:20' })
  })

  test.each([
    [
      'in a record that spans lines',
      good.replace('Field of KC', '"Field\nof" KC'),
      'The record of lines 2 to 3 of games has text behind a closing quote: which lines',
    ],
    [
      'and misses one quote',
      good.replace('Field of KC', '"Field of KC'),
      'The quoted field that begins in line 2 of games does not end.',
    ],
    ['and has a name twice', good.replace('stadium', 'espn'), 'The file games has two columns called espn.'],
  ])('%s is refused', async (_, spoilt, message) => {
    await using db = await createTestDatabase()
    await expect(load(db, spoilt)).rejects.toThrow(message)
    expect(await states(db)).toEqual({})
  })

  test('by two columns without a name has both kept', async () => {
    await using db = await createTestDatabase()
    const [header, ...rows] = good.trimEnd().split('\n')
    const wide = [`${header},,`, ...rows.map((row, n) => `${row},${n},x`)].join('\n')
    const columns = header?.split(',').length ?? 0
    const names = [`column ${columns + 1}`, `column ${columns + 2}`] as const
    expect(await load(db, wide)).toMatchObject({ rows: 2, unknown: names })
    expect(await db.sql`select extra from nfl_games order by game_id`).toEqual([
      { extra: { [names[0]]: '0', [names[1]]: 'x' } },
      { extra: { [names[0]]: '1', [names[1]]: 'x' } },
    ])
  })
})
