import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { steps } from '../../src/core/steps.ts'
import { reply } from '../support/provider-server.ts'
import { type Office, twoSeasons } from '../support/regatta/office.ts'
import { bundleRunJob, type KilledJob, type RunJobBundle } from '../support/regatta/run-job-bundle.ts'
import { afterwards, type Outcome, type RegattaWorld, startRegatta } from '../support/regatta/world.ts'

/** At each step, and at later times, when some units have been committed. */
const deaths: Record<KilledJob, readonly string[]> = {
  backfill: [...steps, 'before-fetch:6', 'rows-merged:5', 'settled:5', 'before-commit:6', 'after-commit:6'],
  daily: [
    'planned',
    'after-archive:3',
    'retry-wait',
    'rows-merged:3',
    'settled:4',
    'before-commit:5',
    'after-commit:5',
    'before-receipt',
  ],
}

/** A provider that fails once, so that a run waits before it asks again. */
function failingOnce(): Office {
  const office = twoSeasons()
  office.instead['/results/2025-01-01?page=1'] = [reply(503)]
  return office
}

/** A world of its own for one case; a daily run has four days to catch up with. */
async function startCase(job: KilledJob): Promise<RegattaWorld> {
  const world = await startRegatta(failingOnce())
  if (job === 'daily') await world.daily('2025-01-01T12:00:00Z')
  return world
}

const run = (world: RegattaWorld, job: KilledJob): Promise<Outcome> =>
  job === 'daily' ? world.daily(afterwards) : world.backfill()

let bundle: RunJobBundle
const undisturbed: Partial<Record<KilledJob, Record<string, unknown[]>>> = {}

beforeAll(async () => {
  bundle = await bundleRunJob()
  for (const job of ['backfill', 'daily'] as const) {
    await using world = await startCase(job)
    const { code, said } = await run(world, job)
    if (code !== 0) throw new Error(`The undisturbed run failed: ${said}`)
    undisturbed[job] = await world.tables()
  }
})
afterAll(() => bundle[Symbol.asyncDispose]())

describe.concurrent('a run of the test sport that is killed leaves whole units only, and the next one does the rest', () => {
  test.each([
    ...deaths.backfill.map(moment => ['backfill', moment] as const),
    ...deaths.daily.map(moment => ['daily', moment] as const),
  ])('%s, killed at %s', async (job, moment) => {
    await using world = await startCase(job)
    const { signal, stderr } = await bundle.kill(job, moment, world)
    expect(signal, stderr).toBe('SIGKILL')
    const settled = await world.settledUnits()
    const next = await run(world, job)
    expect(next.code, next.said).toBe(0)
    expect(await world.tables()).toEqual(undisturbed[job])
    const isSettled = (path: string) => settled.some(key => path.includes(`/${key.replace(' ', '/')}`))
    // Daily runs ask for the days before again, because records are corrected.
    if (job === 'backfill') expect(next.asked.filter(isSettled)).toEqual([])
    const runs = await world.sql<{ status: string }[]>`select status from ingest_runs order by id`
    const lost = moment === 'lease-taken' ? [] : ['lost']
    expect(runs.map(({ status }) => status)).toEqual([...(job === 'daily' ? ['done'] : []), ...lost, 'done'])
  })
})
