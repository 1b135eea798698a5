import { describe, expect, test } from 'vitest'
import { reply } from '../support/provider-server.ts'
import { fixture, race, rowersOf, twoSeasons } from '../support/regatta/office.ts'
import { daily, season, startRegatta } from '../support/regatta/world.ts'

const none = { inserted: 0, updated: 0, deleted: 0 }

/** Days of 2024-25 up to the day before `afterwards`. */
const days = ['2024-12-30', '2024-12-31', '2025-01-01', '2025-01-02', '2025-01-03', '2025-01-04', '2025-01-05']

const page = (day: string, number = 1) => `/results/${day}?page=${number}`
const fixturesOf = (league: string) => `/fixtures/${league}/2024-25.json`
const people = '/rowers/2024-25.csv'

/** All that a run asks for which loads the later season for the first time. */
const everything = [fixturesOf('eng.1'), fixturesOf('esp.1'), people, ...days.map(day => page(day)), page('2025-01-01', 2)].sort()

describe.concurrent('a backfill of a sport of days, leagues and files', () => {
  test('loads two seasons whole; the next run asks for no settled unit and writes nothing', async () => {
    await using world = await startRegatta(twoSeasons())
    const first = await world.backfill({ seasons: ['2023-24', '2024-25'], concurrency: 3 })
    expect(first, first.said).toMatchObject({
      code: 0,
      season: '2023-24..2024-25',
      units: { planned: 10 + 7 + 4 + 2, failed: 0, pending: 0 },
      watermarks: [
        { key: 'regatta:2023-24', before: null, after: '2024-12-29' },
        { key: 'regatta:2024-25', before: null, after: '2025-01-05' },
      ],
    })
    const tables = ['regatta_races', 'regatta_boats', 'regatta_rowers']
    expect(await Promise.all(tables.map(world.count))).toEqual([10, 16, 6])
    const before = await world.tables()
    const second = await world.backfill({ seasons: ['2023-24', '2024-25'] })
    expect(second).toMatchObject({ code: 0, rows: none, units: { done: 2, unchanged: 2 } })
    // Files say themselves whether they have changed, and the fixtures of a season that is not over may have.
    expect(second.asked.sort()).toEqual([fixturesOf('eng.1'), fixturesOf('esp.1'), '/rowers/2023-24.csv', people])
    expect(await world.tables()).toEqual(before)
  })

  test('asks for all pages of a day, each league once, and the file', async () => {
    await using world = await startRegatta(twoSeasons())
    const run = await world.backfill()
    expect(run.asked.sort()).toEqual(everything)
    expect(run.items).toContainEqual(expect.objectContaining({ noun: 'races', asked: 7, loaded: 7, corrected: 0, dead: 0 }))
    expect(run.items).toContainEqual(expect.objectContaining({ noun: 'rows', asked: 3, loaded: 3 }))
    expect(await world.settled()).toEqual([])
  })

  test('counts a race once that two pages show', async () => {
    const office = twoSeasons()
    const [first, second, third] = [1, 2, 3].map(n => race('2025-01-01', n))
    office.instead[page('2025-01-01')] = reply(200, {}, { total: 3, next: 2, races: [first, second] })
    office.instead[page('2025-01-01', 2)] = reply(200, {}, { total: 3, next: null, races: [second, third] })
    await using world = await startRegatta(office)
    const run = await world.backfill({ only: ['results'] })
    expect(run).toMatchObject({ code: 0, items: [{ noun: 'races', asked: 4, loaded: 4, dead: 0 }] })
    expect(await world.count('regatta_boats')).toBe(8)
  })

  test('of a day that has fewer races than it says makes a dead letter, which a retry resolves', async () => {
    const office = twoSeasons()
    office.totals['2025-01-03'] = 2
    await using world = await startRegatta(office)
    const run = await world.backfill()
    expect(run).toMatchObject({ code: 1, units: { failed: 1 }, failed: [{ unit: '2025-01-03', dataset: 'results' }] })
    expect(run.said).toBe('2025-01-03: regatta-office says that results of 2025-01-03 has 2 races, and sent 1.')
    expect(await world.letters()).toMatchObject([{ dataset: 'results', item: '2025-01-03', status: 'open', attempts: 1 }])
    expect(await world.statuses()).toMatchObject({ '20250101-1': 'rowed', '20250103-1': 'listed' })
    // Nobody knows what races that day has.
    expect(await world.watermark()).toBe('2025-01-02')

    const again = await world.retry()
    expect(again).toMatchObject({ code: 1, items: [{ noun: 'letters', asked: 1, loaded: 0, dead: 1 }, {}] })
    expect(await world.letters()).toMatchObject([{ item: '2025-01-03', attempts: 2 }])

    office.totals = {}
    const resolved = await world.retry()
    expect(resolved).toMatchObject({ code: 0, stillOpen: 0, asked: [page('2025-01-03')] })
    expect(await world.letters()).toEqual([])
    expect(await world.statuses()).toMatchObject({ '20250103-1': 'rowed' })
    const last = await world.backfill()
    expect(last).toMatchObject({ code: 0, asked: expect.arrayContaining([page('2025-01-03')]), rows: none })
    expect(await world.watermark()).toBe('2025-01-05')
  })

  test('of a race that the table refuses makes a dead letter of the race, which a retry resolves', async () => {
    const office = twoSeasons()
    const slow = race('2025-01-03', 2, { boats: [{ lane: 1, club: 'Heron', seconds: 3_000_000_000 }] })
    office.results['2025-01-03'] = [race('2025-01-03', 1), slow]
    await using world = await startRegatta(office)
    expect(await world.backfill()).toMatchObject({ code: 1, units: { failed: 0 } })
    expect(await world.letters()).toMatchObject([{ dataset: 'results', item: '20250103-2', attempts: 1 }])
    expect(await world.statuses()).toMatchObject({ '20250103-1': 'rowed' })

    expect(await world.retry()).toMatchObject({ code: 1, asked: [page('2025-01-03')] })
    expect(await world.letters()).toMatchObject([{ item: '20250103-2', attempts: 2 }])

    office.results['2025-01-03'] = [race('2025-01-03', 1), race('2025-01-03', 2)]
    expect(await world.retry()).toMatchObject({ code: 0, stillOpen: 0 })
    expect(await world.letters()).toEqual([])
    expect(await world.count('regatta_boats')).toBe(10)
  })

  test('of a league that cannot be had makes a dead letter of that league alone, and a retry asks for no other', async () => {
    const office = twoSeasons()
    office.instead[fixturesOf('esp.1')] = reply(404)
    await using world = await startRegatta(office)
    expect(await world.backfill()).toMatchObject({ code: 1, failed: [{ unit: 'esp.1 2024-25', dataset: 'fixtures' }] })
    expect(await world.letters()).toMatchObject([{ dataset: 'fixtures', item: 'esp.1 2024-25' }])
    office.instead = {}
    expect(await world.retry()).toMatchObject({ code: 0, stillOpen: 0, asked: [fixturesOf('esp.1')] })
    expect(await world.statuses()).toMatchObject({ '20250109-1': 'listed' })
  })

  test('of a file that is not there makes a dead letter of its season, which a retry resolves', async () => {
    const office = twoSeasons()
    office.rowers = {}
    await using world = await startRegatta(office)
    // Before a race of the season is over nobody expects the file.
    expect(await world.backfill()).toMatchObject({ code: 0, units: { missing: 1 } })
    expect(await world.backfill()).toMatchObject({ code: 1, failed: [{ unit: '2024-25', dataset: 'people', isMissing: true }] })
    expect(await world.letters()).toMatchObject([{ dataset: 'people', item: '2024-25', status: 'open' }])
    office.rowers['2024-25'] = rowersOf('2024-25')
    expect(await world.retry()).toMatchObject({ code: 0, stillOpen: 0, asked: [people] })
    expect(await world.letters()).toEqual([])
    expect(await world.count('regatta_rowers')).toBe(3)
  })

  test('leaves nothing of a dry run, which says what it would write', async () => {
    await using world = await startRegatta(twoSeasons())
    const before = await world.tables()
    const run = await world.backfill({ dryRun: true })
    expect(run).toMatchObject({ code: 0, run: null, rows: { inserted: 6 + 1 + 8 + 3 }, watermarks: [{ after: null }] })
    expect(await world.tables()).toEqual(before)
    const left = ['ingest_runs', 'ingest_chunks', 'ingest_leases', 'payloads', 'ingest_watermark_history']
    expect(await Promise.all(left.map(world.count))).toEqual([0, 0, 0, 0, 0])
  })

  test('from a day within the season leaves the watermark before it; the next one loads the days before', async () => {
    await using world = await startRegatta(twoSeasons())
    const part = await world.backfill({ from: '2025-01-02' })
    expect(part).toMatchObject({ code: 0, watermarks: [{ before: null, after: null }] })
    expect(part.asked.filter(path => path.startsWith('/results'))).toEqual(days.slice(3).map(day => page(day)))
    expect(await world.settled()).toEqual(days.slice(3))
    const rest = await world.backfill()
    expect(rest).toMatchObject({ code: 0, watermarks: [{ after: '2025-01-05' }] })
    expect(rest.asked.filter(path => path.startsWith('/results'))).toEqual([
      ...days.slice(0, 3).map(day => page(day)),
      page('2025-01-01', 2),
    ])
  })

  test('that the provider stops goes on where it stopped, also with --retry-failed', async () => {
    const office = twoSeasons()
    office.instead[page('2025-01-01')] = reply(429, { 'retry-after': '7200' })
    await using world = await startRegatta(office)
    const run = await world.backfill()
    expect(run).toMatchObject({ units: { failed: 1, pending: 4 }, watermarks: [{ after: '2024-12-31' }] })
    expect(await world.letters()).toEqual([])
    office.instead = {}
    const next = await world.backfill({ retryFailed: true })
    expect(next).toMatchObject({ code: 0, watermarks: [{ after: '2025-01-05' }] })
    expect(next.asked.filter(path => path.startsWith('/results'))).toEqual([
      page('2025-01-01'),
      page('2025-01-01', 2),
      ...days.slice(3).map(day => page(day)),
    ])
  })

  test('loads a season again from the start where a person restarts it', async () => {
    await using world = await startRegatta(twoSeasons())
    await world.backfill()
    const again = await world.backfill({ restart: { user: 'test' } })
    expect(again).toMatchObject({ code: 0, rows: none, watermarks: [{ after: '2025-01-05' }] })
    expect(again.asked.sort()).toEqual(everything)
  })
})

describe.concurrent('fixtures', () => {
  test('never overwrite the result of a race, whichever comes first', async () => {
    const office = twoSeasons()
    await using world = await startRegatta(office)
    expect(await world.backfill({ only: ['fixtures'] })).toMatchObject({ code: 0 })
    expect(await world.statuses()).toEqual({ '20250103-1': 'listed', '20250108-1': 'listed', '20250109-1': 'listed' })
    await world.backfill({ only: ['results'] })
    const rowed = await world.statuses()
    expect(rowed).toMatchObject({ '20250103-1': 'rowed', '20250108-1': 'listed' })
    // Still listed as it was; and one that has been rowed under another title.
    office.fixtures['eng.1 2024-25']?.push(fixture('2025-01-01', 2, { title: 'Listed late', status: 'abandoned' }))
    const late = await world.backfill({ only: ['fixtures'] })
    expect(late).toMatchObject({ code: 0, rows: none, items: [{ asked: 4, unchanged: 4 }] })
    expect(await world.statuses()).toEqual(rowed)
    expect(await world.count('regatta_boats')).toBe(8)
  })

  test('that are moved or called off are written', async () => {
    const office = twoSeasons()
    await using world = await startRegatta(office)
    await world.daily('2025-01-06T12:00:00Z')
    office.fixtures['eng.1 2024-25'] = [fixture('2025-01-08', 1, { status: 'postponed' })]
    office.fixtures['esp.1 2024-25'] = [fixture('2025-01-09', 1, { status: 'abandoned' })]
    await world.daily('2025-01-07T12:00:00Z')
    expect(await world.statuses()).toMatchObject({ '20250108-1': 'postponed', '20250109-1': 'abandoned' })
  })
})

describe.concurrent('daily runs', () => {
  test('catch up with missed days, move the watermark day by day, and ask again for the days before', async () => {
    const office = twoSeasons()
    await using world = await startRegatta(office)
    const first = await world.daily('2025-01-02T12:00:00Z')
    expect(first).toMatchObject({
      code: 0,
      targetDate: '2025-01-01',
      watermarks: [{ key: daily.key, before: null, after: '2025-01-01' }],
    })
    expect(first.asked.sort()).toEqual([
      fixturesOf('eng.1'),
      fixturesOf('esp.1'),
      page('2025-01-01'),
      page('2025-01-01', 2),
      people,
    ])

    // Corrected after two days, and listed as one race more.
    office.results['2025-01-01']?.push(race('2025-01-01', 4))
    const later = await world.daily('2025-01-06T12:00:00Z')
    expect(later).toMatchObject({ code: 0, from: '2025-01-02', to: '2025-01-05', watermarks: [{ after: '2025-01-05' }] })
    expect(later.asked.filter(path => path.startsWith('/results'))).toEqual([
      page('2025-01-01'),
      page('2025-01-01', 2),
      ...days.slice(3).map(day => page(day)),
    ])
    expect(await world.statuses()).toMatchObject({ '20250101-4': 'rowed', '20250103-1': 'rowed', '20250108-1': 'listed' })
    const values = await world.sql<{ value: string }[]>`
      select value from ingest_watermark_history where key = ${daily.key} order by id`
    expect(values.map(({ value }) => value)).toEqual(days.slice(2))

    const next = await world.daily('2025-01-07T12:00:00Z')
    expect(next.asked.filter(path => path.startsWith('/results'))).toEqual(
      ['2025-01-04', '2025-01-05', '2025-01-06'].map(day => page(day)),
    )
    expect(next).toMatchObject({ code: 0, rows: none, watermarks: [{ after: '2025-01-06' }] })
  })

  test('try a day that could not be had again, also when it is no longer among the days before', async () => {
    const office = twoSeasons()
    office.totals['2025-01-01'] = 9
    await using world = await startRegatta(office)
    expect(await world.daily('2025-01-02T12:00:00Z')).toMatchObject({ code: 1, watermarks: [{ after: null }] })
    expect(await world.letters()).toMatchObject([{ dataset: 'results', item: '2025-01-01', attempts: 1 }])
    await world.sql`update dead_letters set error_class = 'ProviderUnavailableError'`
    office.totals = {}
    // As if somebody had set it behind that day.
    await world.sql`insert into ingest_watermarks (stage, key, value, updated_at) values ('schedule', 'daily:regatta', '2025-01-05', now())`
    const run = await world.daily('2025-01-07T12:00:00Z')
    expect(run, run.said).toMatchObject({ code: 0, stillOpen: 0, watermarks: [{ after: '2025-01-06' }] })
    expect(await world.letters()).toEqual([])
    expect(await world.statuses()).toMatchObject({ '20250101-1': 'rowed' })
  })

  test('leave nothing of a dry run', async () => {
    await using world = await startRegatta(twoSeasons())
    const before = await world.tables()
    expect(await world.daily('2025-01-06T12:00:00Z', { dryRun: true })).toMatchObject({ code: 0, run: null })
    expect(await world.tables()).toEqual(before)
  })

  test('of a part of the datasets leave the watermark alone', async () => {
    await using world = await startRegatta(twoSeasons())
    const run = await world.daily('2025-01-06T12:00:00Z', { only: ['results'] })
    expect(run).toMatchObject({ code: 0, watermarks: [{ after: null }], asked: [page('2025-01-05')] })
  })
})

describe.concurrent('what is below a watermark', () => {
  test.each([
    ['of a season', season],
    ['of daily runs', daily],
  ])('%s is proven, until a line is gone; the command that is named mends it', async (_, name) => {
    await using world = await startRegatta(twoSeasons())
    if (name === season) await world.backfill()
    else for (const day of ['02', '03', '04', '05', '06']) await world.daily(`2025-01-${day}T12:00:00Z`)
    expect(await world.verify(name)).toMatchObject({ code: 0, value: '2025-01-05', proven: true, holes: 0, listed: false })
    await world.sql`delete from regatta_boats where race_id = '20250101-2'`
    const found = await world.verify(name)
    expect(found).toMatchObject({
      proven: false,
      holes: 1,
      first: {
        id: '20250101-2',
        day: '2025-01-01',
        what: 'is over and lacks its lines in regatta_boats',
        mend: 'sports-ingest schedule daily --sport regatta --date 2025-01-01 --no-catch-up',
      },
    })
    const mended = await world.daily('2025-01-06T12:00:00Z', { date: '2025-01-01', catchUp: false })
    expect(mended).toMatchObject({ code: 0, rows: { inserted: 2 } })
    expect(await world.verify(name)).toMatchObject({ proven: true })
  })

  test('lacks rows of a file', async () => {
    await using world = await startRegatta(twoSeasons())
    await world.backfill()
    await world.sql`delete from regatta_rowers where rower_id = 'r2'`
    expect(await world.verify()).toMatchObject({
      proven: false,
      first: { id: '2024-25 (people)', what: 'has 2 of the 3 rows of its file' },
    })
  })
})

describe.concurrent('a sport whose watermarks stand by what the tables cover', () => {
  test('is loaded by the same jobs; its watermark stands on the last race of which all is there', async () => {
    const office = twoSeasons()
    await using world = await startRegatta(office, 'coverage')
    expect(await world.backfill()).toMatchObject({ code: 0, watermarks: [{ after: '20250103-1' }] })
    expect(await world.backfill()).toMatchObject({ code: 0, rows: none, watermarks: [{ after: '20250103-1' }] })
    office.results['2025-01-06'] = [race('2025-01-06', 1)]
    const run = await world.daily('2025-01-07T12:00:00Z')
    expect(run, run.said).toMatchObject({
      code: 0,
      watermarks: [{ key: daily.key, after: '2025-01-06' }, { after: '20250106-1' }],
    })
    expect(await world.verify()).toMatchObject({ proven: true })
    expect(await world.verify(daily)).toMatchObject({ proven: true })
    await world.sql`delete from regatta_boats where race_id = '20250101-2'`
    expect(await world.verify()).toMatchObject({ proven: false, first: { id: '20250101-2' } })
  })

  test('a day that has fewer races than it says holds it back until a retry resolves the letter', async () => {
    const office = twoSeasons()
    office.totals['2025-01-03'] = 2
    await using world = await startRegatta(office, 'coverage')
    await world.backfill()
    expect(await world.watermark()).toBe('20250101-3')
    office.totals = {}
    expect(await world.retry()).toMatchObject({ code: 0, watermarks: [{ key: daily.key, after: null }, { after: '20250103-1' }] })
  })
})
