import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Receipt } from '../../src/pipeline/receipt.ts'
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
const numberIn = (text: string) => (/^\d*\.?\d+$/.test(text) ? Number(text) : 0)
const isNumber = (text: string) => /^\d*\.?\d+$/.test(text)

const sum = (reads: readonly Read[], value: (read: Read) => number) =>
  Math.round(reads.reduce((total, read) => total + value(read), 0) * 100) / 100
const count = (reads: readonly Read[], is: (read: Read) => boolean) => reads.filter(is).length

const secondsOf = (text: string) => {
  const [minutes = '', seconds = ''] = text.split(':')
  return text.includes(':') ? Number(minutes) * 60 + Number(seconds) : 0
}
const poundsOf = (text: string) => {
  const [stone, pounds] = text.split('-').map(Number)
  return (stone ?? 0) * 14 + (pounds ?? 0)
}
const price = (read: Read) => /^(?:(\d+)(?:\/(\d+))?|Evens|Evs)([FJC])?$/i.exec(read('sp')) ?? undefined
const heatKey = (read: Read) => `${raceOf(read)} ${read('pos')}`

/** What the tables should have of some runners, told by other code than the product's. */
function expectedOf(reads: readonly Read[]) {
  const placed = reads.filter(read => isNumber(read('pos')))
  const heats = Map.groupBy(placed, heatKey)
  return {
    races: new Set(reads.map(raceOf)).size,
    runners: reads.length,
    horses: new Set(reads.map(read => read('horse_id') || read('horse'))).size,
    placed: placed.length,
    places: sum(placed, read => Number(read('pos'))),
    dead_heats: count(placed, read => (heats.get(heatKey(read))?.length ?? 0) > 1),
    pulled_up: count(reads, read => read('pos') === 'PU'),
    fell: count(reads, read => read('pos') === 'F'),
    unseated: count(reads, read => read('pos') === 'UR'),
    others: count(reads, read => ['BD', 'RR', 'SU', 'RO', 'REF', 'DSQ'].includes(read('pos'))),
    lengths: sum(reads, read => numberIn(read('btn'))),
    total_lengths: sum(reads, read => numberIn(read('ovr_btn'))),
    seconds: sum(reads, read => secondsOf(read('time'))),
    pounds: sum(reads, read => poundsOf(read('wgt'))),
    ages: sum(reads, read => numberIn(read('age'))),
    draws: sum(reads, read => numberIn(read('draw'))),
    official: sum(reads, read => numberIn(read('or'))),
    rpr: sum(reads, read => numberIn(read('rpr'))),
    topspeed: sum(reads, read => numberIn(read('ts'))),
    prize: sum(reads, read => numberIn(read('prize').replace('€', ''))),
    in_euros: count(reads, read => read('prize').startsWith('€')),
    numerators: sum(reads, read => (price(read) ? Number(price(read)?.[1] ?? 1) : 0)),
    denominators: sum(reads, read => (price(read) ? Number(price(read)?.[2] ?? 1) : 0)),
    favourites: count(reads, read => price(read)?.[3] === 'F'),
    joint: count(reads, read => price(read)?.[3] === 'J' || price(read)?.[3] === 'C'),
  }
}

async function storedOf({ sql }: TestDatabase, days: readonly string[]) {
  const [found] = await sql`
    select count(distinct race_id)::int as races, count(*)::int as runners, count(distinct horse_id)::int as horses,
      count(position)::int as placed, coalesce(sum(position), 0)::float8 as places,
      count(*) filter (where is_dead_heat)::int as dead_heats, count(*) filter (where outcome = 'pulled-up')::int as pulled_up,
      count(*) filter (where outcome = 'fell')::int as fell, count(*) filter (where outcome = 'unseated')::int as unseated,
      count(*) filter (where outcome in ('brought-down', 'refused-to-race', 'slipped-up', 'ran-out', 'refused', 'disqualified'))::int as others,
      round(sum(beaten_lengths)::numeric, 2)::float8 as lengths, round(sum(total_beaten_lengths)::numeric, 2)::float8 as total_lengths,
      round(coalesce(sum(extract(epoch from time)), 0), 2)::float8 as seconds, sum(weight_lbs)::float8 as pounds, sum(age)::float8 as ages,
      coalesce(sum(draw), 0)::float8 as draws, sum(official_rating)::float8 as official, sum(racing_post_rating)::float8 as rpr,
      sum(topspeed_rating)::float8 as topspeed, sum(prize)::float8 as prize, count(*) filter (where prize_currency = 'EUR')::int as in_euros,
      sum(sp_numerator)::float8 as numerators, sum(sp_denominator)::float8 as denominators,
      count(*) filter (where favourite = 'favourite')::int as favourites, count(*) filter (where favourite in ('joint', 'co'))::int as joint
    from runners u where u.ran and exists (select from races r where r.provider_id = u.race_id and r.race_date in ${sql([...days])})`
  return found
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
    expect(expectedOf(volume)).toMatchObject({ races: 368, runners: 3525 })
    expect(await storedOf(store, sixDays)).toEqual(expectedOf(volume))
    const again = await run(store, api.racing, '2015-05-03T12:00:00Z', ['--days-back', '6'], everywhere)
    expect(again).toMatchObject({ code: 0, receipt: { rows: { inserted: 0, updated: 0, deleted: 0 } } })

    const captured = await run(store, api.racing, '2025-10-14T12:00:00Z', ['--days-back', '7', '--no-catch-up'], everywhere)
    expect(captured, captured.stderr).toMatchObject({ code: 0, receipt: { findings: [] } })
    expect(await storedOf(store, october)).toEqual(expectedOf(readCaptured(october)))
  })

  test('the regions are Great Britain and Ireland where nothing else is said', { timeout: 60_000 }, async () => {
    await using api = await startRealProvider()
    await using store = await createTestDatabase()
    expect(await run(store, api.racing, '2015-05-03T12:00:00Z', ['--days-back', '6'])).toMatchObject({ code: 0 })
    const atHome = readVolume().filter(read => ['GB', 'IRE'].includes(regionOf(read)))
    expect(await storedOf(store, sixDays)).toEqual(expectedOf(atHome))
  })
})
