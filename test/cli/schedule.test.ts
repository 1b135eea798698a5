import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCli, startCli } from '../support/cli.ts'
import { createTestDatabase } from '../support/database.ts'
import { type HandMadeRacing, result, startHandMadeRacing } from '../support/hand-made-racing.ts'
import { createScratch } from '../support/scratch.ts'

const file = `
sports: { nba: { enabled: false }, nfl: { enabled: false } }
racing: { username: user, password: pass }
jobs:
  daily_data: { frequency: "0 6 * * *", run: daily, missed: merge }
  weekly: { frequency: "0 23 * * 0", run: daily, weekly: true, timezone: Europe/London }
  off: { frequency: "*/5 * * * *", run: prune, enabled: false }
`

/** A settings file with jobs, the racing API, and a database of its own. */
async function startWorld(api: HandMadeRacing = { results: {}, cards: {}, today: '2026-03-07' }) {
  const server = await startHandMadeRacing(api)
  const store = await createTestDatabase()
  const dir = createScratch()
  writeFileSync(join(dir.path, 'sports-ingest.config.yaml'), file)
  const env = (now: string) => ({
    ...{ DATABASE_URL: store.url, SPORTS_INGEST_PROVIDER_THE_RACING_API_URL: server.url, SPORTS_INGEST_NOW: now },
    ...{ SPORTS_INGEST_RACING_RATE_LIMIT: '500', SPORTS_INGEST_RACING_FREE_RATE_LIMIT: '500' },
  })
  return {
    server,
    sql: store.sql,
    /** Another text in the settings. */
    replace: (text: string, other: string) =>
      writeFileSync(join(dir.path, 'sports-ingest.config.yaml'), file.replaceAll(text, other)),
    /** Adds lines to the settings. */
    set: (lines: string) => writeFileSync(join(dir.path, 'sports-ingest.config.yaml'), `${file}${lines}\n`),
    start: (now: string, ...words: string[]) => startCli(['schedule', ...words], env(now), dir.path),
    schedule: (now: string, ...words: string[]) => runCli(['schedule', ...words], env(now), dir.path),
    [Symbol.asyncDispose]: async () => {
      dir[Symbol.dispose]()
      await server[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
    },
  }
}

test('the jobs of the file run when they are due, and why says what became of each due time', async () => {
  const results = { '2026-03-06': [result('2026-03-06', 1)] }
  await using world = await startWorld({ results, cards: {}, today: '2026-03-07' })
  const now = '2026-03-07T12:00:00Z'
  const next = await world.schedule(now, 'next', '--hours', '36')
  expect(next.stdout.split('\n').slice(1, 4)).toEqual([
    'daily_data  2026-03-08T10:00Z  Sun 2026-03-08 06:00  America/New_York',
    'weekly      2026-03-08T23:00Z  Sun 2026-03-08 23:00  Europe/London',
    '',
  ])

  const tested = await world.schedule(now, 'run', '--test')
  expect(tested, tested.stderr).toMatchObject({ code: 0 })
  expect(await world.schedule(now, 'why', 'daily_data', '2026-03-06T06:00')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('nothing has been done about it: sports-ingest schedule run has never looked at it.'),
  })

  const one = await world.schedule(now, 'run', '--job', 'off')
  expect(one, one.stderr).toMatchObject({ code: 0, stdout: 'off is switched off (jobs.off.enabled).\n' })
  const first = await world.schedule(now, 'run', '--job', 'daily_data')
  expect(first, first.stderr).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('daily_data, due at 2026-03-07T12:00Z: done'),
  })
  expect(first.stdout).not.toContain('weekly')
  expect(await world.schedule(now, 'run')).toMatchObject({ code: 0, stdout: expect.stringMatching(/weekly, due at .*: done/) })
  expect(await world.schedule(now, 'run')).toMatchObject({ code: 0, stdout: 'No job is due.\n' })

  const { stdout } = await world.schedule('2026-03-10T10:03:00Z', 'run', '--json')
  expect(JSON.parse(stdout)).toMatchObject({
    occurrences: [
      { job: 'daily_data', dueAt: '2026-03-10T10:00:00.000Z', status: 'done' },
      { job: 'weekly', dueAt: '2026-03-08T23:00:00.000Z', status: 'done' },
    ],
    failures: 0,
  })
  const why = async (...words: string[]) =>
    (await world.schedule('2026-03-10T12:00:00Z', 'why', ...words)).stdout.replaceAll('\n', ' ')
  expect(await why('daily_data', '2026-03-09T06:00')).toContain(
    'was due at 2026-03-09 06:00 America/New_York, when nothing looked; the run for 2026-03-10 06:00 America/New_York was for this due time as well.',
  )
  expect(await why('off', '2026-03-09T06:00Z')).toContain('To switch it on, set jobs.off.enabled to true.')
  expect(await why('daily_data', '2026-03-11T06:00')).toContain('which is still to come.')

  const usage = async (...words: string[]) => {
    const { code, stderr } = await world.schedule(now, ...words)
    return `${code} ${stderr.trim()}`
  }
  expect(await usage('why', 'dayly_data', '2026-03-09T06:00')).toMatch(
    /^100 There is no job called dayly_data in the settings\. Hint: did you mean daily_data\?/,
  )
  expect(await usage('why', 'daily_data', '2026-03-09T07:00')).toMatch(
    /^100 daily_data is not due at 2026-03-09T07:00\. Hint: .* it is due at 2026-03-09 06:00 America\/New_York and 2026-03-10 06:00/,
  )
  expect(await usage('run', '--job', 'dayly_data')).toMatch(/^100 There is no job called dayly_data/)
  world.replace('daily_data', 'renamed')
  expect(await why('daily_data', '2026-03-09T06:00')).toMatch(
    /when nothing looked; .* The settings do not have this job any more\. $/,
  )
  expect(await usage('why', 'daily', '2026-03-09T06:00')).toMatch(/^100 There is no job called daily in the settings\./)
  world.replace('daily_data', 'daily_data')
  expect(await usage('why', 'daily_data', '2026-02-30T06:00Z')).toMatch(/^100 ".*" is no time\./)
})

test('a rehearsal asks nobody, and exits with 1 where the quota or the time would not do', async () => {
  await using world = await startWorld()
  const now = '2026-03-07T12:00:00Z'
  const days = ['--from', '2026-03-08', '--to', '2026-03-09']
  const enough = await world.schedule(now, 'rehearse', ...days)
  expect(enough, enough.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining('Requests and time suffice.') })
  expect(enough.stdout).toMatch(/2026-03-08 10:00Z +daily_data +runs +10:00/)
  // Of the daily run, four days of results and two of cards, and the lists of them; the weekly one asks for seven days.
  const { code, stdout } = await world.schedule(now, 'rehearse', ...days, '--json')
  expect(code).toBe(0)
  const { providers, occurrences } = JSON.parse(stdout)
  expect(occurrences).toHaveLength(3)
  const [{ busiestDay, requests }] = providers
  expect(busiestDay.requests).toBeGreaterThan(10)
  expect(requests).toBeGreaterThan(busiestDay.requests)

  world.set('providers: { the-racing-api: { daily_quota: 10, price: 0.5 } }')
  const short = await world.schedule(now, 'rehearse', ...days)
  expect(short).toMatchObject({ code: 1 })
  expect(short.stdout).toContain(
    `On 2026-03-08 (UTC) jobs want ${busiestDay.requests} requests of the-racing-api, and its daily_quota is 10.`,
  )
  expect(short.stdout).toMatch(new RegExp(`the-racing-api +${requests} .* of 10 +${requests / 2}\n`))
  expect(world.server.requests).toEqual([])
  expect(await world.schedule(now, 'rehearse', '--from', '2026-03-08', '--to', '2026-03-07')).toMatchObject({
    code: 100,
    stderr: expect.stringContaining('--to 2026-03-07 is before --from 2026-03-08.'),
  })
})

test('a job whose process is killed is told as such, and the next due time runs', async () => {
  const asked = Promise.withResolvers<void>()
  const api: HandMadeRacing = {
    ...{ results: {}, cards: {}, today: '2026-03-07' },
    instead: () => {
      asked.resolve()
      return { send() {} }
    },
  }
  await using world = await startWorld(api)
  const killed = world.start('2026-03-07T12:00:00Z', 'run')
  await asked.promise
  killed.child.kill('SIGKILL')
  await killed.done
  Object.assign(api, { instead: undefined, today: '2026-03-08' })
  const after = await world.schedule('2026-03-08T10:00:00Z', 'run', '--json')
  expect(JSON.parse(after.stdout), after.stderr).toMatchObject({
    occurrences: [{ job: 'daily_data', status: 'done' }, { job: 'weekly' }],
  })
  const { stdout } = await world.schedule('2026-03-08T10:00:00Z', 'why', 'daily_data', '2026-03-07T12:00Z')
  expect(stdout).toContain('the process died or was halted before it ended')
})

test('a file without jobs is a mistake of the settings', async () => {
  using dir = createScratch()
  const { code, stderr } = await runCli(['schedule', 'next'], {}, dir.path)
  expect({ code, stderr }).toMatchObject({ code: 101, stderr: expect.stringContaining('The settings have no jobs.') })
})

test('of very many due times the first are listed, and it is said that there are more', async () => {
  using dir = createScratch()
  writeFileSync(join(dir.path, 'sports-ingest.config.yaml'), 'jobs: { a: { frequency: "* * * * *", run: prune } }')
  const { code, stdout, stderr } = await runCli(['schedule', 'next', '--hours', '17'], {}, dir.path)
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: 'These are the first 1000 of 1020; --json lists all. Fewer hours: --hours.\n',
  })
  expect(stdout.split('\n')).toHaveLength(1_002)
})

test('stats are a job of the file: rehearsed, tried without writing, queued, and explained', async () => {
  await using world = await startWorld()
  world.replace('daily_data:', 'nightly_stats: { frequency: "0 4 * * *", run: stats, full: true, sport: racing }\n  daily_data:')
  const now = '2026-03-07T12:00:00Z'
  const rehearsed = await world.schedule(now, 'rehearse', '--to', '2026-03-08', '--json')
  const { occurrences } = JSON.parse(rehearsed.stdout) as { occurrences: { job: string; status: string; requests: number }[] }
  expect(occurrences.filter(({ job }) => job === 'nightly_stats')).toMatchObject([
    { status: 'runs', requests: 0 },
    { status: 'runs', requests: 0 },
  ])
  const queued = () => world.sql`select triggered_by as by, status, payload from background_job_status`

  expect(await world.schedule(now, 'run', '--test')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('nightly_stats would queue a job that recomputes all stats functions of racing, in full.\n'),
  })
  expect(await queued()).toEqual([])
  expect(await world.schedule(now, 'run', '--update', 'nightly_stats')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^Job 1 is queued\. See sports-ingest jobs show 1\.\nnightly_stats, due at .*: done in /),
  })
  expect(await queued()).toEqual([{ by: 'cron', status: 'queued', payload: { sports: ['racing'], full: true } }])
  expect(await world.schedule(now, 'why', 'nightly_stats', '2026-03-07T07:00')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Job 1 is queued.'),
  })
})
