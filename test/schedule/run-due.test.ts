import { describe, expect, test } from 'vitest'
import type { HandMadeRacing } from '../support/hand-made-racing.ts'
import { result } from '../support/hand-made-racing.ts'
import { reply } from '../support/provider-server.ts'
import { pruneAt, withoutAndPruned } from '../support/prune.ts'
import { type Jobs, startSchedule } from '../support/schedule-world.ts'

const api = (more: Partial<HandMadeRacing> = {}): HandMadeRacing => ({
  today: '2026-03-02',
  ...{ results: { '2026-03-01': [result('2026-03-01', 1)], '2026-03-02': [result('2026-03-02', 1)] }, cards: {} },
  ...more,
})

describe('the jobs of the settings', () => {
  test('run at once the first time, then when they are due, and each due time is in the ledger', async () => {
    await using world = await startSchedule({ daily_data: {} }, api())
    expect(await world.run('2026-03-02T04:00:00Z')).toMatchObject([{ job: 'daily_data', status: 'done', failures: 0, runs: [1] }])
    expect(await world.run('2026-03-02T05:59:00Z')).toEqual([])
    expect(await world.run('2026-03-02T06:02:00Z')).toMatchObject([{ dueAt: new Date('2026-03-02T06:00:00Z'), runs: [2] }])
    expect(await world.run('2026-03-02T06:12:00Z')).toEqual([])
    expect(await world.ledger()).toEqual(['2026-03-02T04:00 done', '2026-03-02T06:00 done'])
    expect(await world.store.sql`select value from ingest_watermarks`).toEqual([{ value: '2026-03-01' }])
  })

  test('make up for what passed while nothing ran, as each of them says', async () => {
    const jobs = { daily_data: { missed: 'merge' }, each: { missed: 'all', run: 'prune' }, none: { missed: 'skip' } } as const
    await using world = await startSchedule(jobs, api())
    await world.run('2026-03-02T06:00:00Z')
    const ran = await world.run('2026-03-05T08:00:00Z')
    expect(ran.map(({ job, dueAt }) => `${job} ${dueAt.getUTCDate()}`)).toEqual(['daily_data 5', 'each 3', 'each 4', 'each 5'])
    expect(await world.ledger()).toEqual([
      '2026-03-02T06:00 done',
      '2026-03-03T06:00 merged 2026-03-05T06:00',
      '2026-03-04T06:00 merged 2026-03-05T06:00',
      '2026-03-05T06:00 done',
    ])
    expect(await world.ledger('each')).toEqual([2, 3, 4, 5].map(day => `2026-03-0${day}T06:00 done`))
    expect(await world.ledger('none')).toEqual([
      '2026-03-02T06:00 done',
      ...[3, 4, 5].map(day => `2026-03-0${day}T06:00 skipped missed`),
    ])
  })

  test('take turns, so that one with much to make up for does not keep the others waiting', async () => {
    await using world = await startSchedule({
      each: { missed: 'all', run: 'prune' },
      daily_data: { missed: 'merge', run: 'prune' },
      off: { run: 'prune', enabled: false },
    })
    await world.run('2026-03-02T06:00:00Z')
    const ran = await world.run('2026-03-05T08:00:00Z')
    expect(ran.map(({ job, dueAt }) => `${job} ${dueAt.getUTCDate()}`)).toEqual(['each 3', 'daily_data 5', 'each 4', 'each 5'])
  })

  test('make up for a minutely job after three months, and the ledger has no hole', async () => {
    await using world = await startSchedule({ daily_data: { run: 'prune', frequency: '* * * * *' } })
    await world.run('2026-01-01T00:00:00Z')
    expect(await world.run('2026-04-01T00:00:00Z')).toMatchObject([{ dueAt: new Date('2026-04-01T00:00:00Z') }])
    const [ledger] = await world.store.sql`
      select count(*)::int as count, max(due_at) as last, count(*) filter (where reason = 'too-old')::int as old from ingest_occurrences`
    expect(ledger).toEqual({ count: 90 * 1440 + 1, last: new Date('2026-04-01T00:00:00Z'), old: 83 * 1440 - 1 })
  })

  test('are decided by one of several hosts that look at the same second', async () => {
    await using world = await startSchedule({ daily_data: { run: 'prune' }, other: { run: 'prune' } })
    const hosts = async (now: string) => (await Promise.all([1, 2, 3].map(() => world.run(now)))).flat()
    expect((await hosts('2026-03-02T06:00:00Z')).map(({ job }) => job).sort()).toEqual(['daily_data', 'other'])
    expect((await hosts('2026-03-03T06:00:00Z')).map(({ job }) => job).sort()).toEqual(['daily_data', 'other'])
    for (const job of ['daily_data', 'other'])
      expect(await world.ledger(job)).toEqual(['2026-03-02T06:00 done', '2026-03-03T06:00 done'])
  })

  test('that fail say why, and do not keep the others from their turn', async () => {
    const jobs = { daily_data: {}, later: { sport: 'football' }, prune: { run: 'prune' } } as const
    await using world = await startSchedule(jobs, api({ account: 'user:other' }))
    const ran = await world.run('2026-03-02T06:00:00Z')
    expect(ran.map(({ job, status, failures }) => `${job} ${status} ${failures}`)).toEqual([
      'daily_data failed 1',
      'later failed 1',
      'prune done 0',
    ])
    expect(await world.why('daily_data', '2026-03-02T06:00', '2026-03-02T07:00:00Z')).toMatch(
      /^daily_data was due at 2026-03-02 06:00 UTC, and ran on \S+ \(pid \d+\) from 2026-03-02 06:00 UTC to 2026-03-02 06:00 UTC, with 1 failure\. the-racing-api does not accept the username and password\. /,
    )
  })

  test('run when somebody says so, due or not, and switched off or not', async () => {
    await using world = await startSchedule({ daily_data: { run: 'prune', enabled: false } })
    expect(await world.run('2026-03-02T07:00:00Z')).toEqual([])
    expect(await world.run('2026-03-02T07:30:00Z', { forced: true })).toHaveLength(1)
    expect(await world.ledger()).toEqual(['2026-03-02T07:30 done'])
    expect(await world.run('2026-03-04T07:00:00Z')).toEqual([])
    expect((await world.ledger()).slice(1)).toEqual(['2026-03-03T06:00 skipped disabled', '2026-03-04T06:00 skipped disabled'])
  })
})

describe('a job that is at work', () => {
  /** Answers the first request when told to, and says when it has come. */
  function hanging() {
    const [asked, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const served = api({
      instead: async () => {
        asked.resolve()
        await answer.promise
        return undefined
      },
    })
    return { api: served, asked: asked.promise, answer: answer.resolve }
  }

  test.each([
    ['skip', ['2026-03-02T06:00 done', '2026-03-03T06:00 skipped overlap', '2026-03-04T06:00 skipped overlap'], 1],
    ['queue', ['2026-03-02T06:00 done', '2026-03-03T06:00 done', '2026-03-04T06:00 merged 2026-03-03T06:00'], 2],
  ] as const)('is left alone by others, with overlap: %s', async (overlap, ledger, runs) => {
    const provider = hanging()
    await using world = await startSchedule({ daily_data: { overlap } }, provider.api)
    const atWork = world.run('2026-03-02T06:00:00Z')
    await provider.asked
    expect(await world.run('2026-03-03T06:00:00Z')).toEqual([])
    expect(await world.run('2026-03-04T06:00:00Z')).toEqual([])
    expect(await world.why('daily_data', '2026-03-02T06:00', '2026-03-04T06:00:00Z')).toContain('and runs on ')
    provider.answer()
    expect(await atWork).toHaveLength(runs)
    expect(await world.ledger()).toEqual(ledger)
  })

  test('and is wanted now is told to be so, once the others have had their turn', async () => {
    const provider = hanging()
    await using world = await startSchedule({ daily_data: {}, other: { run: 'prune' } }, provider.api)
    const atWork = world.run('2026-03-02T06:00:00Z', { only: 'daily_data' })
    await provider.asked
    await expect(world.run('2026-03-02T06:05:00Z', { forced: true })).rejects.toThrow('Already at work on job:daily_data')
    expect(await world.ledger('other')).toEqual(['2026-03-02T06:05 done'])
    provider.answer()
    await atWork
  })

  test('is stopped when its time is over, which is a failure', async () => {
    const provider = hanging()
    await using world = await startSchedule({ daily_data: { timeoutMs: 300 } }, provider.api)
    const ran = await world.run('2026-03-02T06:00:00Z')
    provider.answer()
    expect(ran).toMatchObject([{ status: 'failed', failures: 1, message: expect.stringContaining('it had run for 0.3 s') }])
  })
})

test('a provider that is down is a failure of the run', async () => {
  await using world = await startSchedule({ daily_data: {} }, api({ instead: () => reply(500) }))
  expect(await world.run('2026-03-02T06:00:00Z')).toMatchObject([{ status: 'failed' }])
})

test('what became of old due times is deleted in time, but for the newest that was run', async () => {
  await using world = await startSchedule({
    daily_data: { run: 'prune', frequency: '0 6 1 * *' },
    other: { run: 'prune', frequency: '0 0 1 1 *' },
  })
  for (const now of ['2026-03-01T06:00:00Z', '2026-04-01T06:00:00Z', '2026-08-01T06:00:00Z']) await world.run(now)
  expect(await world.ledger()).toEqual([
    ...['2026-05-01T06:00 skipped too-old', '2026-06-01T06:00 skipped too-old', '2026-07-01T06:00 skipped too-old'],
    '2026-08-01T06:00 done',
  ])
  expect(await world.ledger('other')).toEqual(['2026-03-01T06:00 done'])
  expect(await world.why('daily_data', '2026-04-01T06:00', '2026-08-01T07:00:00Z')).toBe(
    'daily_data was due at 2026-04-01 06:00 UTC. What becomes of due times is kept for 90 days, which is retention.runs.',
  )
})

test('jobs are due, run and explained as before when everything old is deleted, and a job that is switched off leaves nothing', async () => {
  const usual = { run: 'prune' } as const
  const jobs: Jobs = {
    merge: { ...usual, missed: 'merge' },
    each: { ...usual, missed: 'all' },
    none: { ...usual, missed: 'skip' },
    failing: { sport: 'football' },
    off: usual,
    never: { ...usual, enabled: false },
  }
  await using world = await startSchedule(jobs)
  await world.run('2026-03-02T06:00:00Z')
  jobs['off'] = { ...usual, enabled: false }
  for (const day of ['05', '06', '09']) await world.run(`2026-03-${day}T08:00:00Z`)
  await world.run('2026-03-09T09:00:00Z', { forced: true, only: 'none' })
  const now = '2026-03-10T07:00:00Z'
  const { asIs, pruned, deleted } = await withoutAndPruned(world.store, now, async () => {
    jobs['off'] = { ...usual, enabled: false }
    jobs['never'] = { ...usual, enabled: false }
    const ran = [await world.run(now), await world.run('2026-03-12T08:00:00Z')]
    jobs['off'] = usual
    jobs['never'] = usual
    ran.push(await world.run('2026-03-13T08:00:00Z'), await world.run('2026-03-14T06:01:00Z'))
    const names = Object.keys(jobs)
    const ledgers = await Promise.all(names.map(job => world.ledger(job)))
    const whys = await Promise.all(names.map(job => world.why(job, '2026-03-12T06:00', '2026-03-14T07:00:00Z')))
    return {
      ran: ran.map(some => some.map(({ job, dueAt, status }) => [job, dueAt.toISOString().slice(0, 16), status])),
      ledgers: ledgers.map(lines => lines.filter(line => line > now)),
      whys,
    }
  })
  expect(pruned).toEqual(asIs)
  expect(asIs.ran[3]).toHaveLength(6)
  expect(deleted['occurrences']).toBeGreaterThan(20)
  await pruneAt(world.store.url, now)
  expect(await world.ledger('off')).toEqual(['2026-03-02T06:00 done'])
  expect(await world.ledger('never')).toEqual([])
})

test.each([
  ['a minute after the first load, where a worker does it', {}, { waits: 60, status: 'queued' }],
  ['after as long as the settings say', { SPORTS_INGEST_BACKGROUND_JOBS_MATCH_DELAY: '5' }, { waits: 5, status: 'queued' }],
  ['at once, where loads do it themselves', { USE_BG_JOBS_MATCH: 'false' }, { waits: 0, status: 'completed' }],
])('statistics are recomputed %s', async (_, settings, job) => {
  await using world = await startSchedule({ daily_data: {} }, api(), settings)
  await world.run('2026-03-02T06:00:00Z')
  expect(
    await world.store.sql`
    select extract(epoch from due_at - created_at)::int as waits, status from background_job_status where kind = 'stats'`,
  ).toEqual([job])
})
