import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCli, startCli } from '../support/cli.ts'
import { createTestDatabase } from '../support/database.ts'
import { startHandMadeRacing } from '../support/hand-made-racing.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { createScratch } from '../support/scratch.ts'

const now = '2026-03-07T12:00:00Z'

/** A job that fails, which is an incident at once, and a service that takes pings at any path, and messages at /chat. */
async function startWorld() {
  const service = await startReceiver()
  const server = await startHandMadeRacing({ results: {}, cards: {}, account: 'another:account' })
  const store = await createTestDatabase()
  const dir = createScratch()
  const settings = [
    'sports: { nba: { enabled: false }, nfl: { enabled: false } }',
    'racing: { username: user, password: pass }',
    'alerts: { thresholds: { consecutive_failures: 1 } }',
    `jobs: { daily_data: { frequency: "0 6 * * *", run: daily, ping_url: "${service.url}/job" } }`,
  ]
  writeFileSync(join(dir.path, 'sports-ingest.config.yaml'), settings.join('\n'))
  const env = {
    ...{ DATABASE_URL: store.url, SPORTS_INGEST_PROVIDER_THE_RACING_API_URL: server.url, SPORTS_INGEST_NOW: now },
    ...{ SPORTS_INGEST_ALERT_WEBHOOK: `${service.url}/chat`, SPORTS_INGEST_PING_URL: `${service.url}/all` },
  }
  return {
    ...{ service, store, env, cwd: dir.path },
    cli: (words: string, more: Record<string, string | undefined> = {}) =>
      runCli(words.split(' '), { ...env, ...more }, dir.path),
    [Symbol.asyncDispose]: async () => {
      dir[Symbol.dispose]()
      for (const one of [service, server, store]) await one[Symbol.asyncDispose]()
    },
  }
}

/** The paths asked for since the last question, without the numbers of the runs, in an order of their own for each check. */
const pathsOf = ({ received }: Receiver) =>
  received
    .splice(0)
    .map(({ path }) => path.replace(/\?rid=[0-9a-f-]{36}$/, ''))
    .sort(
      (a, b) =>
        Number(a.startsWith('/all')) - Number(b.startsWith('/all')) ||
        Number(b.startsWith('/job')) - Number(a.startsWith('/job')),
    )

test('runs tell of incidents, and tell a dead man’s switch that they are there', async () => {
  await using world = await startWorld()
  const { service, cli } = world
  const failed = await cli('schedule run')
  expect(failed, failed.stderr).toMatchObject({ code: 1, stderr: expect.stringContaining('alert.opened') })
  const messages = service.received.filter(({ path }) => path === '/chat')
  expect(messages.map(({ body }) => JSON.parse(body))).toEqual([
    { text: expect.stringContaining('[sports-ingest] daily_data has failed*') },
  ])
  const ofJob = service.received.find(({ path }) => path.startsWith('/job/fail'))
  expect(ofJob?.body).toContain('the-racing-api does not accept the username and password.')
  expect(pathsOf(service)).toEqual(['/job/start', '/job/fail', '/chat', '/all/start', '/all/fail'])

  // Of a run by hand cron knows nothing; what only asks, and what is simulated, tells nobody.
  await cli('schedule run --update daily_data')
  expect(pathsOf(service)).toEqual(['/job/start', '/job/fail'])
  await cli('schedule run --test')
  expect(pathsOf(service)).toEqual([])
  await cli('schedule run', { SPORTS_INGEST_NOW: '2026-03-07T12:10:00Z' })
  expect(pathsOf(service)).toEqual(['/all/start', '/all'])
  const unreachable = await cli('schedule run', {
    DATABASE_URL: 'postgres://127.0.0.1:9/none',
    SPORTS_INGEST_DATABASE_RECONNECT_ATTEMPTS: '0',
  })
  expect([unreachable.code, pathsOf(service)]).toEqual([102, ['/all/start', '/all/fail']])

  const listed = await cli('alerts list')
  expect(listed.stdout).toMatch(/^1 +failures +daily_data has failed +2026-03-07 12:00:\d\dZ +- +the-racing-api does not/m)
  expect(JSON.parse((await cli('alerts list --json')).stdout)).toMatchObject([
    { id: 1, kind: 'failures', key: 'daily_data', recoveredAt: null, facts: { sports: ['racing'], commands: expect.any(Array) } },
  ])
})

test('alerts test tries each channel that is set, and says which does not work', async () => {
  await using world = await startWorld()
  const { service, cli } = world
  expect(await cli('alerts test')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^webhook +sent$(.|\n)*^ping +sent$/m),
  })
  expect(pathsOf(service)).toEqual(['/chat', '/all'])
  const settings = { SENTRY_DSN: 'http://key@127.0.0.1:9/1', SPORTS_INGEST_ALERTS_HOOK_URL: service.url }
  const { code, stdout } = await cli('alerts test --json', settings)
  expect([code, JSON.parse(stdout)]).toEqual([
    2,
    {
      channels: [
        { channel: 'webhook', sent: true, reason: null },
        { channel: 'sentry', sent: false, reason: 'No answer: connect ECONNREFUSED 127.0.0.1:9.' },
        { channel: 'ping', sent: true, reason: null },
        { channel: 'hook', sent: false, reason: 'alerts.hook lacks alerts.hook.secret, so nothing is sent there.' },
      ],
      failures: 2,
    },
  ])
  expect(await cli('alerts test --channel mail')).toMatchObject({
    code: 101,
    stderr: 'The settings have no mail. Hint: Set alerts.mail.url, alerts.mail.from and alerts.mail.to.\n',
  })
  expect(await cli('alerts test', { SPORTS_INGEST_ALERT_WEBHOOK: '', SPORTS_INGEST_PING_URL: '' })).toMatchObject({
    code: 101,
    stderr: expect.stringMatching(
      /^The settings have no channel for alerts\. Hint: Set alerts\.webhook; or alerts\.hook\.url and /,
    ),
  })
  expect(await cli('config show', settings)).toMatchObject({ stdout: expect.not.stringMatching(/chat|127\.0\.0\.1:9|\/all/) })
})

test('a message whose sender is killed is sent by the next command, once and with the same id', async () => {
  await using world = await startWorld()
  const { service, store, env, cwd } = world
  service.answer = 'hang'
  const quiet = { ...env, SPORTS_INGEST_PING_URL: '', SPORTS_INGEST_JOBS_DAILY_DATA_PING_URL: 'http://127.0.0.1:9' }
  const run = startCli(['schedule', 'run'], quiet, cwd)
  await service.got(1)
  run.child.kill('SIGKILL')
  expect(await run.done).toMatchObject({ signal: 'SIGKILL' })
  service.answer = 200
  for (const time of ['12:02', '12:04'])
    await runCli(['schedule', 'run'], { ...quiet, SPORTS_INGEST_NOW: `2026-03-07T${time}:00Z` }, cwd)
  const [first, ...others] = service.received.map(({ body }) => body)
  expect(others).toEqual([first])
  expect(await store.sql`select attempts, sent_at is not null as sent from ingest_outbox`).toEqual([{ attempts: 2, sent: true }])
  expect(await store.sql`select kind from ingest_incidents`).toHaveLength(1)
})
