import { beforeAll, describe, expect, test } from 'vitest'
import { steps } from '../../src/core/steps.ts'
import { runCli } from '../support/cli.ts'
import { card, type HandMadeRacing, result } from '../support/hand-made-racing.ts'
import { reply } from '../support/provider-server.ts'
import { type RacingWorld, startRacingWorld } from '../support/racing-world.ts'
import { type TableHashes, tableHashes } from '../support/table-hashes.ts'

const now = '2025-10-07T12:00:00Z'
const days = ['2025-10-02', '2025-10-03', '2025-10-04', '2025-10-05', '2025-10-06']
const [from, to] = [days[0] as string, days.at(-1) as string]

/** Days of three races, on two pages each; the first page of one fails once, so that a run waits before it asks again. */
const api = (): HandMadeRacing => {
  let failed = false
  return {
    results: Object.fromEntries(days.map(day => [day, [1, 2, 3].map(n => result(day, n))])),
    cards: { '2025-10-07': [card('2025-10-07', 1)] },
    today: '2025-10-07',
    instead(path) {
      if (failed || !path.includes('2025-10-04')) return undefined
      failed = true
      return reply(503)
    },
  }
}

const jobs = {
  backfill: { words: ['backfill', '--from', from, '--to', to], again: (world: RacingWorld) => world.backfill(now, { from, to }) },
  daily: { words: ['daily', '--days-back', '5'], again: (world: RacingWorld) => world.daily(now, { daysBack: 5 }) },
}
type Job = keyof typeof jobs

/** At each step, and at later times, when some days have been committed. */
const deaths: Record<Job, readonly string[]> = {
  backfill: [...steps, 'before-fetch:6', 'rows-merged:12', 'settled:3', 'before-commit:4', 'after-commit:4'],
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

const undisturbed: Partial<Record<Job, TableHashes>> = {}

beforeAll(async () => {
  for (const job of ['backfill', 'daily'] as const) {
    await using world = await startRacingWorld(api())
    const { code, said } = await jobs[job].again(world)
    if (code !== 0) throw new Error(`The undisturbed run failed: ${said}`)
    undisturbed[job] = await tableHashes(world.sql)
  }
})

describe.concurrent('a run of races that is killed leaves whole days only, and the next one does the rest', () => {
  test.each([
    ...deaths.backfill.map(moment => ['backfill', moment] as const),
    ...deaths.daily.map(moment => ['daily', moment] as const),
  ])('%s, killed at %s', async (job, moment) => {
    await using world = await startRacingWorld(api())
    const { words, again } = jobs[job]
    const [command = '', ...flags] = words
    const killed = await runCli(['schedule', command, '--sport', 'racing', ...flags], {
      ...world.env,
      ...{ SPORTS_INGEST_NOW: now, SPORTS_INGEST_STEP: `kill:${moment}` },
    })
    expect(killed.code, killed.stderr).toBeNull()
    // Of a day there is all or nothing.
    const partial = await world.sql`
      select race_date, count(*)::int as races from races where race_date between ${from} and ${to} group by 1 having count(*) <> 3`
    expect(partial).toEqual([])
    const settled = await world.settled()
    const next = await again(world)
    expect(next.code, next.said).toBe(0)
    expect(await tableHashes(world.sql)).toEqual(undisturbed[job])
    if (job === 'backfill') expect(next.asked.filter(path => settled.some(day => path.includes(`start_date=${day}`)))).toEqual([])
  })
})
