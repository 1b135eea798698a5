import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Receipt } from '../../src/pipeline/receipt.ts'
import { brokenRules } from '../support/broken-rules.ts'
import { runCli } from '../support/cli.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { readRecords } from '../support/real-nfl.ts'
import { noSharedData, sharedFolder } from '../support/shared-data.ts'
import { startRealProvider } from '../support/shared-provider.ts'

type Read = (name: string) => string

const folder = join(sharedFolder ?? '', 'data', 'racing')

/** Every runner of the six days, as its source has it. */
function readVolume(): Read[] {
  const files = join(folder, 'volume', 'rpscrape-results')
  return readdirSync(files).flatMap(name => [...readRecords(readFileSync(join(files, name), 'utf8'))])
}

/** Every runner of the results that were captured, on some days. */
function readCaptured(days: readonly string[]): Read[] {
  const files = join(folder, 'api.theracingapi.com', 'v1', 'results')
  const races = readdirSync(files)
    .filter(name => /^rac_\d+\.json$/.test(name))
    .map(
      name =>
        JSON.parse(readFileSync(join(files, name), 'utf8')) as Record<string, string> & { runners: Record<string, string>[] },
    )
    .filter(({ date = '' }) => days.includes(date))
  const names: Record<string, string> = { pos: 'position', wgt: 'weight', ts: 'tsr', num: 'number' }
  return races.flatMap(race => race.runners.map(runner => (name: string) => runner[names[name] ?? name] ?? race[name] ?? ''))
}

const regionOf = (read: Read) => /\((?!AW)([A-Z]{2,3})\)$/.exec(read('course'))?.[1] ?? 'GB'
// The source has one id for two races.
const raceOf = (read: Read) => `${read('date')} ${read('race_id')}`
const isNumber = (text: string) => /^\d*\.?\d+$/.test(text)
const numberOf = (text: string) => (isNumber(text) ? Number(text) : null)
const textOf = (text: string) => (['', '-', '–'].includes(text) ? null : text)

const secondsOf = (text: string) => {
  const [minutes = '', seconds = ''] = text.split(':')
  return text.includes(':') ? Math.round(Number(minutes) * 6000 + Number(seconds) * 100) / 100 : null
}
const poundsOf = (text: string) => {
  const [stone, pounds] = text.split('-').map(Number)
  return (stone ?? 0) * 14 + (pounds ?? 0)
}
const price = (read: Read) => /^(?:(\d+)(?:\/(\d+))?|Evens|Evs)([FJC])?$/i.exec(read('sp')) ?? undefined
const heatKey = (read: Read) => `${raceOf(read)} ${read('pos')}`

const outcomes = new Map([
  ['PU', 'pulled-up'],
  ['F', 'fell'],
  ['UR', 'unseated'],
  ['BD', 'brought-down'],
  ['RR', 'refused-to-race'],
  ['SU', 'slipped-up'],
  ['RO', 'ran-out'],
  ['REF', 'refused'],
  ['DSQ', 'disqualified'],
])
const favourites = new Map([
  ['F', 'favourite'],
  ['J', 'joint'],
  ['C', 'co'],
])

/** What the tables should have of each runner, told by other code than the product's: one text a row, sorted. */
function expectedOf(reads: readonly Read[]): string[] {
  const heats = Map.groupBy(reads, heatKey)
  const rows = reads.map(read => {
    const position = numberOf(read('pos'))
    const [said, numerator = '1', denominator = '1', suffix = ''] = price(read) ?? []
    return {
      ...{ day: read('date'), course: read('course'), race: read('race_name'), ran: true },
      horse: read('horse').replace(/ (\([A-Z]{2,4}\)|GB)$/, ''),
      ...{ position, outcome: outcomes.get(read('pos')) ?? null, finished: position !== null },
      heat: position === null ? null : (heats.get(heatKey(read)) ?? []).length > 1,
      ...{ btn: numberOf(read('btn')), total: numberOf(read('ovr_btn')), seconds: secondsOf(read('time')) },
      ...{ number: numberOf(read('num')), draw: numberOf(read('draw')) || null, age: numberOf(read('age')) },
      ...{
        pounds: poundsOf(read('wgt')),
        official: numberOf(read('or')),
        rpr: numberOf(read('rpr')),
        topspeed: numberOf(read('ts')),
      },
      ...{ prize: numberOf(read('prize').replace('€', '')), currency: read('prize').startsWith('€') ? 'EUR' : null },
      ...{ numerator: said ? Number(numerator) : null, denominator: said ? Number(denominator) : null },
      favourite: favourites.get(suffix.toUpperCase()) ?? null,
      ...{
        jockey: textOf(
          read('jockey')
            .replace(/\(\d+\)$/, '')
            .trim(),
        ),
        trainer: textOf(read('trainer')),
        owner: textOf(read('owner')),
      },
    }
  })
  return rows.map(row => JSON.stringify(row)).sort()
}

async function storedOf({ sql }: TestDatabase, days: readonly string[]): Promise<string[]> {
  const rows = await sql`
    select r.race_date::text as day, r.course, r.name as race, u.ran, u.horse, u.position, u.outcome, u.finished, u.is_dead_heat as heat,
      u.beaten_lengths as btn, u.total_beaten_lengths as total, extract(epoch from u.time)::float8 as seconds, u.number, u.draw, u.age,
      u.weight_lbs as pounds, u.official_rating as official, u.racing_post_rating as rpr, u.topspeed_rating as topspeed,
      u.prize::float8 as prize, u.prize_currency as currency, u.sp_numerator as numerator, u.sp_denominator as denominator, u.favourite,
      u.jockey, u.trainer, u.owner
    from runners u join races r on r.provider_id = u.race_id where r.race_date in ${sql([...days])}`
  return rows.map(row => JSON.stringify(row)).sort()
}

/** Row by row, with a short list of what is different. */
function expectSame(stored: readonly string[], expected: readonly string[]): void {
  const without = (some: readonly string[], others: readonly string[]) => {
    const known = new Set(others)
    return some.filter(row => !known.has(row)).slice(0, 5)
  }
  expect({ rows: stored.length, more: without(stored, expected), less: without(expected, stored) }).toEqual({
    ...{ rows: expected.length, more: [], less: [] },
  })
}

const sixDays = ['2015-04-27', '2015-04-28', '2015-04-29', '2015-04-30', '2015-05-01', '2015-05-02']
const october = ['2025-10-07', '2025-10-12', '2025-10-13']

describe.skipIf(noSharedData)('on real races', () => {
  const daily = ['schedule', 'daily', '--sport', 'racing', '--only', 'results', '--json']

  async function run(
    store: TestDatabase,
    racing: string,
    now: string,
    words: readonly string[],
    env: Record<string, string> = {},
  ) {
    const result = await runCli([...daily, ...words], {
      ...{
        DATABASE_URL: store.url,
        SPORTS_INGEST_PROVIDER_THE_RACING_API_URL: racing,
        SPORTS_INGEST_NOW: now,
        LOG_LEVEL: 'error',
      },
      ...{ RACING_API_USERNAME: 'user', RACING_API_PASSWORD: 'pass', SPORTS_INGEST_RACING_RATE_LIMIT: '500', ...env },
    })
    const [receipt] = (JSON.parse(result.stdout) as { runs: Receipt[] }).runs
    return { ...result, receipt }
  }

  test('six days and the captures of October 2025 are loaded, each value as an independent count of the files has it', {
    timeout: 120_000,
  }, async () => {
    await using api = await startRealProvider()
    await using store = await createTestDatabase()
    const everywhere = { SPORTS_INGEST_RACING_REGIONS: 'all' }
    const six = await run(store, api.racing, '2015-05-03T12:00:00Z', ['--days-back', '6'], everywhere)
    expect(six, six.stderr).toMatchObject({ code: 0, receipt: { findings: [], failures: 0 } })
    const volume = readVolume()
    expect([new Set(volume.map(raceOf)).size, volume.length]).toEqual([368, 3525])
    expectSame(await storedOf(store, sixDays), expectedOf(volume))
    const again = await run(store, api.racing, '2015-05-03T12:00:00Z', ['--days-back', '6'], everywhere)
    expect(again).toMatchObject({ code: 0, receipt: { rows: { inserted: 0, updated: 0, deleted: 0 } } })

    const captured = await run(store, api.racing, '2025-10-14T12:00:00Z', ['--days-back', '7', '--no-catch-up'], everywhere)
    expect(captured, captured.stderr).toMatchObject({ code: 0, receipt: { findings: [] } })
    expectSame(await storedOf(store, october), expectedOf(readCaptured(october)))
    expect(await brokenRules('racing', { DATABASE_URL: store.url })).toEqual({})
  })

  test('the regions are Great Britain and Ireland where nothing else is said', { timeout: 60_000 }, async () => {
    await using api = await startRealProvider()
    await using store = await createTestDatabase()
    expect(await run(store, api.racing, '2015-05-03T12:00:00Z', ['--days-back', '6'])).toMatchObject({ code: 0 })
    const atHome = readVolume().filter(read => ['GB', 'IRE'].includes(regionOf(read)))
    expectSame(await storedOf(store, sixDays), expectedOf(atHome))
  })
})
