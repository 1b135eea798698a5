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
    stdout: expect.stringContaining('nothing has decided about it: sports-ingest schedule run has never looked at it.'),
  })

  const first = await world.schedule(now, 'run')
  expect(first, first.stderr).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('daily_data, due at 2026-03-07T12:00Z: done'),
  })
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
  expect(await usage('why', 'daily_data', 'noon')).toMatch(/^100 "noon" is no time\./)
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
  const dir = createScratch()
  const { code, stderr } = await runCli(['schedule', 'next'], {}, dir.path)
  dir[Symbol.dispose]()
  expect({ code, stderr }).toMatchObject({ code: 101, stderr: expect.stringContaining('The settings have no jobs.') })
})
