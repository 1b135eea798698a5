import { tmpdir } from 'node:os'
import type { Sql } from 'postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type App, openApp } from '../../src/app.ts'
import { createClock } from '../../src/core/clock.ts'
import { loadConfig } from '../../src/core/config/load.ts'
import { addDays, eachDay } from '../../src/core/days.ts'
import { silentLog } from '../../src/core/log.ts'
import { runBackfill } from '../../src/jobs/backfill.ts'
import { runDaily } from '../../src/jobs/daily.ts'
import { runReference } from '../../src/jobs/reference.ts'
import type { Receipt } from '../../src/pipeline/receipt.ts'
import type { Sport } from '../../src/pipeline/sport.ts'
import { isIn } from '../../src/sandbox/racing/field.ts'
import { createRacing } from '../../src/sandbox/racing/league.ts'
import { createSimulatedRacing } from '../../src/sandbox/racing/providers.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts'
import { racing } from '../../src/sports/racing/index.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { backfillOptions, dailyOptions } from '../support/regatta/jobs.ts'
import { at, createTestClock } from '../support/test-clock.ts'

let now = '2025-03-01T06:00:00Z'
let server: Sandbox

beforeAll(async () => {
  server = await startSandbox({ clock: { ...createClock(), now: () => at(now) }, leagues: createSimulatedRacing(1) })
})
afterAll(() => server.close())

/** Does some work at an instant, with a database. */
async function run(store: TestDatabase, instant: string, work: (app: App, sport: Sport) => Promise<Receipt>): Promise<Receipt> {
  now = instant
  await store.sql`delete from ingest_rate_budgets`
  const env = {
    ...{ DATABASE_URL: store.url, SPORTS_INGEST_PROVIDER_THE_RACING_API_URL: server.baseUrlOf('the-racing-api') },
    ...{ RACING_API_USERNAME: 'user', RACING_API_PASSWORD: 'pass' },
    ...{ SPORTS_INGEST_RACING_RATE_LIMIT: '500', SPORTS_INGEST_RACING_FREE_RATE_LIMIT: '500' },
  }
  const { config } = await loadConfig({ env, cwd: tmpdir() })
  const app = await openApp({ config, clock: createTestClock(now), log: silentLog, signal: new AbortController().signal })
  try {
    return await work(app, racing.withSettings?.(config) as Sport)
  } finally {
    await app.close()
  }
}

const daily = (store: TestDatabase, instant: string) =>
  run(store, instant, (app, sport) => runDaily(app, sport, dailyOptions, () => {}))
const backfill = (store: TestDatabase, instant: string, from: string, to: string) =>
  run(store, instant, (app, sport) =>
    runBackfill(app, sport, [from.slice(0, 4)], { ...backfillOptions, from, to, concurrency: 1 }),
  )

const written = ({ rows }: Receipt) => rows.inserted + rows.updated + rows.deleted

/** What results say, in every table; races and horses of which there are only cards are left out. */
async function tellings(sql: Sql, from: string, to: string) {
  // Of a card alone: what the prize is, how many are declared, and whether the race is a big one.
  const own = '{created_at,updated_at,last_checked_at,prize,prize_currency,field_size,is_big_race}'
  const races = await sql<{ it: object }[]>`
    select to_jsonb(r) - ${own}::text[] as it from races r
    where status in ('final', 'void') and race_date between ${from} and ${to} order by provider_id`
  const ran = sql`select u.* from runners u join races r on r.provider_id = u.race_id
    where r.status in ('final', 'void') and r.race_date between ${from} and ${to}`
  const lines = await sql<{ it: object }[]>`
    select to_jsonb(u) - '{created_at,updated_at}'::text[] as it from (${ran}) u order by provider_id`
  const tables = { horses: 'horse_id', jockeys: 'jockey_id', trainers: 'trainer_id', owners: 'owner_id' }
  const entities: Record<string, object[]> = {}
  for (const [table, column] of Object.entries(tables)) {
    const found = await sql<{ it: object }[]>`
      select to_jsonb(e) - '{created_at,updated_at}'::text[] as it from ${sql(table)} e
      where provider_id in (select ${sql(column)} from (${ran}) u) order by provider_id`
    entities[table] = found.map(({ it }) => it)
  }
  return { races: races.map(({ it }) => it), runners: lines.map(({ it }) => it), ...entities }
}

describe('a month', () => {
  const [from, to] = ['2025-03-01', '2025-03-31'] as const
  const end = `${addDays(to, 4)}T06:00:00Z`

  test('loaded day by day is the month loaded at its end, with every correction; a second run writes nothing', async () => {
    await using byDay = await createTestDatabase()
    await using atOnce = await createTestDatabase()
    let corrected = 0
    for (const day of eachDay(addDays(from, 1), addDays(to, 4))) {
      const receipt = await daily(byDay, `${day}T06:00:00Z`)
      // Results that come late, and meetings that were abandoned without a word on the card of the morning.
      expect({ day, findings: receipt.findings.filter(({ check }) => check !== 'no-result') }).toEqual({ day, findings: [] })
      const other =
        await byDay.sql`select item, message from dead_letters where status = 'open' and message not like '% has no result.'`
      expect([day, [...other]]).toEqual([day, []])
      corrected += receipt.items[0]?.corrected ?? 0
    }
    expect(corrected).toBeGreaterThan(3)
    expect(written(await daily(byDay, end))).toBe(0)

    expect(await backfill(atOnce, end, from, to)).toMatchObject({ failures: 0, findings: [] })
    expect(written(await backfill(atOnce, end, from, to))).toBe(0)

    // Of both it is known in the end.
    const open = await byDay.sql`
      select (select count(*)::int from dead_letters where status = 'open' and day <= ${to}) as letters,
        (select count(*)::int from races where status in ('scheduled', 'live') and race_date between ${addDays(from, 1)} and ${to}) as races,
        (select count(*)::int from races where status = 'abandoned') > 0 as abandoned`
    expect(open).toEqual([{ letters: 0, races: 0, abandoned: true }])

    const [first, second] = [await tellings(byDay.sql, from, to), await tellings(atOnce.sql, from, to)]
    expect(first.races.length).toBeGreaterThan(300)
    expect(first).toEqual(second)

    const { races, field } = createRacing(1)
    const odd = eachDay(from, to)
      .flatMap(races)
      .filter(({ fate, isAbandoned }) => fate !== 'run' && !isAbandoned)
      .map(race => {
        const runners = field(race).filter(entry => isIn(entry, race.offAt)).length
        return { id: race.id, fate: race.fate, runners, placed: race.fate === 'void' ? 0 : 1 }
      })
    expect(new Set(odd.map(({ fate }) => fate))).toEqual(new Set(['walkover', 'void']))
    const stored = await byDay.sql`
      select race_id as id, case status when 'final' then 'walkover' else status end as fate, count(*)::int as runners,
        count(position)::int as placed
      from runners join races r on r.provider_id = race_id where (is_walkover or status not in ('final', 'abandoned'))
        and race_date between ${from} and ${to} group by 1, 2 order by 1`
    expect([...stored]).toEqual(odd.sort((a, b) => (a.id < b.id ? -1 : 1)))
  }, 300_000)
})

test('reference data has the courses by the names of their list, and the bookmakers; the second run writes nothing', async () => {
  await using store = await createTestDatabase()
  const reference = () =>
    run(store, '2025-07-05T06:00:00Z', (app, sport) => runReference(app, sport, { only: [], dryRun: false }, () => {}))
  expect(await reference()).toMatchObject({ failures: 0 })
  expect(written(await reference())).toBe(0)
  await daily(store, '2025-07-05T06:00:00Z')
  const found = await store.sql`
    select (select count(*)::int from courses) as courses, (select count(*)::int from courses where name like '%)') as others,
      (select count(*)::int from bookmakers) as bookmakers, (select count(*)::int from racing_regions) as regions`
  expect(found).toEqual([{ courses: 22, others: 0, bookmakers: 6, regions: 3 }])
})
