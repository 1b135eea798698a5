import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Step, steps } from '../../src/core/steps.ts'
import { openCatchUp, runDaily, runStatuses, watermarkValues } from '../support/daily-run.ts'
import { loadedDays, missingThrough } from '../support/loaded-days.ts'
import { loadedThrough, missedDays, startSmallLeague } from '../support/small-league.ts'
import { type TableHashes, tableHashes } from '../support/table-hashes.ts'

/** At which times a step is reached the run dies: the first, and some in the middle of a later day. */
const turns: Partial<Record<Step, number[]>> = {
  'lease-taken': [1],
  'run-started': [1],
  'before-fetch': [8],
  'after-fetch': [1, 6],
  'after-archive': [1],
  'chunk-opened': [1, 3],
  'mid-copy': [1, 12],
  'after-copy': [2, 9],
  'rows-merged': [14],
  'before-commit': [1, 3],
  'after-commit': [1, 2, 4],
  'before-receipt': [1],
}

const league = await startSmallLeague({ broken: true })
let wholeDays: Record<string, string>
let wholeTables: TableHashes

beforeAll(async () => {
  await using db = await openCatchUp()
  const { code, stderr } = await runDaily({ ...league.env, DATABASE_URL: db.url })
  expect(code, stderr).toBe(1) // the broken game
  wholeDays = await loadedDays(db.sql)
  wholeTables = await tableHashes(db.sql)
  expect(Object.keys(wholeDays)).toEqual(missedDays)
  expect(await watermarkValues(db.sql)).toEqual([loadedThrough, ...missedDays])
  expect(wholeTables['dead_letters']?.rows).toBe(1)
  const [postponed] = await db.sql`select count(*)::int as count from games where status = 'postponed'`
  expect(postponed?.['count']).toBeGreaterThan(0)
})
afterAll(() => league.close())

describe.concurrent('a run that is killed leaves whole days only, and the next one makes the tables what they would have been', () => {
  for (const step of steps) {
    for (const turn of turns[step] ?? []) {
      test(`killed at ${step}, time ${turn}`, async () => {
        await using db = await openCatchUp()
        const env = { ...league.env, DATABASE_URL: db.url }
        const killed = await runDaily({ ...env, SPORTS_INGEST_STEP: `kill:${step}:${turn}` })
        expect(killed.signal, killed.stderr).toBe('SIGKILL')

        const values = await watermarkValues(db.sql)
        const watermark = values.at(-1) as string
        const days = await loadedDays(db.sql)
        expect(days).toEqual(Object.fromEntries(Object.entries(wholeDays).filter(([day]) => day <= watermark)))
        expect(await missingThrough(db.sql, watermark)).toEqual([])

        const second = await runDaily(env)
        expect(second.code, second.stderr).toBe(1)
        expect(await tableHashes(db.sql)).toEqual(wholeTables)
        expect(await loadedDays(db.sql)).toEqual(wholeDays)
        expect(await watermarkValues(db.sql)).toEqual([loadedThrough, ...missedDays])
        expect(await runStatuses(db.sql)).toEqual(step === 'lease-taken' ? ['failed'] : ['lost', 'failed'])
      })
    }
  }
})
