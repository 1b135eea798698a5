import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addDays } from '../../../src/core/days.ts'
import { listEventsToRevisit } from '../../../src/pipeline/events.ts'
import { nba } from '../../../src/sports/nba/index.ts'
import { nfl } from '../../../src/sports/nfl/index.ts'
import { readFirstDay, readNewestTarget } from '../../../src/store/runs.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { pruneAt } from '../../support/prune.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await createTestDatabase()
})
afterAll(() => db[Symbol.asyncDispose]())

const today = '2025-07-05'
const now = `${today}T18:00:00Z`

/** Runs in their order; the clock of some was wrong, by hours or by months. */
const runs = fc.array(
  fc.record({
    job: fc.constantFrom('daily', 'daily', 'daily', 'backfill', 'live'),
    sport: fc.constantFrom('nba', 'nfl'),
    status: fc.constantFrom('done', 'failed', 'stopped', 'lost', 'running'),
    offByHours: fc.constantFrom(0, 0, 0, 0, 0, -3, 5, 24 * 40, -24 * 50),
    /** Whether nobody named its day, and how far back it had to begin. */
    byCalendar: fc.constantFrom(true, true, true, false),
    catchesUp: fc.constantFrom(0, 0, 0, 3, 20),
    /** Its dead letter, of a game of that number. */
    letter: fc.constantFrom(undefined, undefined, 'open', 'resolved', 'discarded'),
  }),
  { maxLength: 25 },
)

test('what jobs ask about runs has the same answer when all are pruned, now and later', async () => {
  const { sql } = db
  await fc.assert(
    fc.asyncProperty(runs, async all => {
      await sql`truncate ingest_runs, dead_letters restart identity`
      for (const [i, { job, sport, status, offByHours, byCalendar, catchesUp, letter }] of all.entries()) {
        const right = Date.parse(now) - (all.length - i) * 2 * 86_400_000 - 3_600_000
        const startedAt = new Date(right + offByHours * 3_600_000)
        const target = addDays(startedAt.toISOString().slice(0, 10), -1)
        const since = byCalendar && job === 'daily' ? addDays(target, -catchesUp) : null
        const [run] = await sql<[{ id: number }]>`
          insert into ingest_runs (job, sport, status, target_date, since, counts, failures, started_at, finished_at, host, pid)
          values (${job}, ${sport}, ${status}, ${target}, ${since}, '{}', 0, ${startedAt}, ${status === 'running' ? null : new Date(startedAt.getTime() + 60_000)}, 'h', 1)
          returning id`
        if (letter)
          await sql`
            insert into dead_letters (sport, dataset, item, day, stage, error_class, message, attempts, status, run_id, created_at, updated_at)
            values (${sport}, 'box-scores', ${`002240000${i}`}, ${target}, 'fetch', 'ProviderRejectedError', '', 1, ${letter}, ${run.id}, ${startedAt}, ${startedAt})`
      }
      const answers = async () => {
        const found: unknown[] = []
        for (const { id } of [nba, nfl])
          for (const from of ['2024-03-01', '2024-07-01', '2025-03-01', '2025-07-01'])
            found.push(await readFirstDay(sql, 'daily', id, from))
        for (const { id: sport } of [nba, nfl])
          for (const later of [0, 1, 7, 45, 90])
            for (const watermark of ['2025-05-20', '2025-06-28', addDays(today, later - 1)])
              found.push(
                await readNewestTarget(sql, {
                  job: 'daily',
                  sport,
                  from: addDays(watermark, -30),
                  before: addDays(today, later),
                }),
              )
        for (const sport of [nba, nfl])
          found.push(await listEventsToRevisit(sql, sport, { upTo: today, maxAttempts: 3, datasets: ['box-scores'] }))
        const newest = await sql`select distinct on (job, sport) id, job, sport from ingest_runs order by job, sport, id desc`
        return [...found, [...newest]]
      }
      const before = await answers()
      await pruneAt(db.url, now)
      expect(await answers()).toEqual(before)
      expect(await sql`select 1 from dead_letters where status = 'resolved' and updated_at < ${now}`).toHaveLength(0)
      await pruneAt(db.url, now)
      expect(await answers()).toEqual(before)
    }),
    { numRuns: 40 },
  )
})

test('of a year of daily runs the newest stays, and the first of each season', async () => {
  const { sql } = db
  await sql`truncate ingest_runs, dead_letters restart identity`
  await sql`
    insert into ingest_runs (job, sport, status, target_date, since, counts, failures, started_at, finished_at, host, pid)
    select 'daily', 'nba', 'done', day::date, day::date, '{}', 0, day + interval '1 day 12 hours', day + interval '1 day 12 hours', 'h', 1
    from generate_series(date '2024-05-01', date '2025-07-04', interval '1 day') day`
  await pruneAt(db.url, now)
  const left = await sql`select since from ingest_runs order by id`
  expect(left.map(({ since }) => since)).toEqual(['2024-05-01', '2024-07-01', '2025-07-01', '2025-07-04'])
})
