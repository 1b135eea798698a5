import { mkdir, symlink } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { defaults } from '../../../src/core/config/config.ts'
import { loadConfig } from '../../../src/core/config/load.ts'
import { listSettings } from '../../../src/core/config/show.ts'
import { ConfigError } from '../../../src/core/errors.ts'
import { folderWith, load } from './folder.ts'

test('without file and variables the defaults hold, and say so', async () => {
  const { config, sources, file } = await load({ env: { HOME: '/home/ann' } })
  expect(config).toEqual({ ...defaults, dataDir: '/home/ann/.local/share/sports-ingest' })
  expect(new Set(Object.values(sources).map(source => source.kind))).toEqual(new Set(['default']))
  expect(file).toBeUndefined()
})

test('the defaults stay as they were, whatever is loaded', async () => {
  const before = structuredClone(defaults)
  const { config } = await load({
    env: { SPORTS_INGEST_API_RATE_LIMIT: '9' },
    file: 'jobs: { a: { frequency: "* * * * *", run: daily } }',
  })
  expect(config.api.ratePerSecond).toBe(9)
  expect(defaults).toEqual(before)
})

test('the environment beats the file, which beats the defaults', async () => {
  const file = 'api: { timeout: 40, connect_timeout: 4 }'
  const { config, sources } = await load({ file, env: { SPORTS_INGEST_API_TIMEOUT: '50' } })
  expect(config.api).toMatchObject({
    timeoutMs: 50_000,
    connectTimeoutMs: 4_000,
    bodyTimeoutMs: defaults.api.bodyTimeoutMs,
  })
  expect(sources).toMatchObject({
    'api.timeout': { kind: 'environment', variable: 'SPORTS_INGEST_API_TIMEOUT' },
    'api.connect_timeout': { kind: 'file', line: 1, column: 38 },
    'api.body_timeout': { kind: 'default' },
  })
})

test('the file of the contract is understood', async () => {
  const { config } = await load({
    file: `
timezone: America/New_York        # default zone of cron lines
sports:
  nba: { enabled: true }
api: { rate_limit: 2.0, timeout: 30 }      # requests per second and host; seconds
retry: { max_attempts: 5, initial_delay: 0.01, backoff_factor: 2 }
database: { batch_size: 500, query_timeout: 300 }
jobs:
  live_data:             { frequency: "*/15 9-20 * * *", timezone: UTC, timeout: 300, run: live, sport: racing }
  daily_data:            { frequency: "0 6 * * *", run: daily, days_ahead: 2, days_back: 1, missed: merge }
  weekly_reconciliation: { frequency: "0 23 * * 0", timezone: UTC, run: daily, weekly: true }
live: { live_interval: 5m, update_interval: 30m }
alerts: { enabled: true, thresholds: { consecutive_failures: 3, stale_data_hours: 24 } }
features: { dry_run: false, skip_entity_extraction: false }
`,
  })
  expect(config.retry.initialDelayMs).toBe(10)
  expect(config.live).toEqual({ liveIntervalMs: 300_000, updateIntervalMs: 1_800_000 })
  const usual = { enabled: true, full: false, missed: 'once', missedWindowMs: 604_800_000, overlap: 'skip' }
  expect(config.jobs).toEqual({
    live_data: {
      frequency: '*/15 9-20 * * *',
      timezone: 'UTC',
      timeoutMs: 300_000,
      run: 'live',
      sport: 'racing',
      weekly: false,
      ...usual,
    },
    daily_data: {
      frequency: '0 6 * * *',
      timezone: 'America/New_York',
      timeoutMs: 3_600_000,
      run: 'daily',
      daysAhead: 2,
      daysBack: 1,
      weekly: false,
      ...usual,
      missed: 'merge',
    },
    weekly_reconciliation: {
      frequency: '0 23 * * 0',
      timezone: 'UTC',
      timeoutMs: 3_600_000,
      run: 'daily',
      weekly: true,
      ...usual,
    },
  })
})

test.each([
  ['empty', ''],
  ['only comments', '# nothing here\n#api:\n#  timeout: 3\n'],
  ['a section whose lines are all commented out', 'api:\n#  timeout: 3\njobs:\n'],
])('a file that is %s means the defaults', async (_, file) => {
  const { config } = await load({ file })
  expect(config).toMatchObject(defaults)
})

test('a job without a zone has the zone the environment sets', async () => {
  const file = 'jobs: { a: { frequency: "0 6 * * *", run: daily } }'
  const { config } = await load({ file, env: { SPORTS_INGEST_TIMEZONE: 'Europe/London' } })
  expect(config.jobs['a']?.timezone).toBe('Europe/London')
})

test('the nearest file upwards is taken', async () => {
  await using folder = await folderWith({
    'sports-ingest.config.yaml': 'api: { rate_limit: 3 }',
    'near/sports-ingest.config.yaml': 'api: { rate_limit: 4 }',
    'near/deep/er/readme': '',
    'other/readme': '',
  })
  const at = async (cwd: string) => (await loadConfig({ env: {}, cwd: join(folder.path, cwd) })).config.api.ratePerSecond
  expect([await at('near/deep/er'), await at('near'), await at('other')]).toEqual([4, 4, 3])
})

test('--config beats SPORTS_INGEST_CONFIG, which beats the nearest file; both start at the working directory', async () => {
  await using folder = await folderWith({
    'sports-ingest.config.yaml': 'api: { rate_limit: 3 }',
    'b.yaml': 'api: { rate_limit: 4 }',
    'c.yaml': 'api: { rate_limit: 5 }',
  })
  const env = { SPORTS_INGEST_CONFIG: 'b.yaml' }
  const named = await loadConfig({ env, cwd: folder.path })
  expect(named).toMatchObject({ config: { api: { ratePerSecond: 4 } }, file: join(folder.path, 'b.yaml') })
  const flagged = await loadConfig({ env, cwd: folder.path, configFile: 'c.yaml' })
  expect(flagged).toMatchObject({ config: { api: { ratePerSecond: 5 } }, file: join(folder.path, 'c.yaml') })
})

test('a file that was named and is missing is an error that says who named it', async () => {
  await using folder = await folderWith()
  const path = join(folder.path, 'gone.yaml')
  const expected = { message: `The configuration file ${path} cannot be used: there is no such file.` }
  const byVariable = loadConfig({ env: { SPORTS_INGEST_CONFIG: 'gone.yaml' }, cwd: folder.path })
  await expect(byVariable).rejects.toMatchObject({ ...expected, hint: 'It is named by SPORTS_INGEST_CONFIG.' })
  await expect(loadConfig({ env: {}, cwd: folder.path, configFile: path })).rejects.toMatchObject({
    ...expected,
    hint: 'It is named by --config.',
  })
})

test.each([
  ['a directory', 'it is a directory', (path: string) => mkdir(path)],
  ['a link in a circle', 'ELOOP', (path: string) => symlink(path, path)],
])('a configuration file that is %s is an error, not skipped', async (_, reason, make) => {
  await using folder = await folderWith()
  const path = join(folder.path, 'sports-ingest.config.yaml')
  await make(path)
  const loading = loadConfig({ env: {}, cwd: folder.path })
  await expect(loading).rejects.toThrow(new ConfigError(`The configuration file ${path} cannot be used: ${reason}.`))
})

test.each([
  ['XDG_DATA_HOME', { XDG_DATA_HOME: '/data', HOME: '/home/ann' }, 1000, '/data/sports-ingest'],
  ['the home folder', { HOME: '/home/ann' }, 1000, '/home/ann/.local/share/sports-ingest'],
  [
    'the home folder where XDG_DATA_HOME is relative',
    { XDG_DATA_HOME: 'data', HOME: '/home/ann' },
    1000,
    '/home/ann/.local/share/sports-ingest',
  ],
  ['the account where HOME is unset', {}, 1000, join(homedir(), '.local/share/sports-ingest')],
  ['the machine for root', { XDG_DATA_HOME: '/data', HOME: '/root' }, 0, '/var/lib/sports-ingest'],
])('the data directory follows %s', async (_, env, uid, expected) => {
  expect((await load({ env, uid })).config.dataDir).toBe(expected)
})

test('a relative data directory starts at the working directory, one in the file at the file', async () => {
  await using folder = await folderWith({ 'sports-ingest.config.yaml': 'data_dir: kept', 'deep/readme': '' })
  const cwd = join(folder.path, 'deep')
  expect((await loadConfig({ env: {}, cwd })).config.dataDir).toBe(join(folder.path, 'kept'))
  expect((await loadConfig({ env: { SPORTS_INGEST_DATA_DIR: 'kept' }, cwd })).config.dataDir).toBe(join(cwd, 'kept'))
  expect((await loadConfig({ env: { SPORTS_INGEST_DATA_DIR: '~/kept' }, cwd })).config.dataDir).toBe(join(homedir(), 'kept'))
})

test('a job of one’s own: paths begin at the file, secrets are followed and never shown', async () => {
  const file = `jobs:
  report:
    frequency: "0 7 * * *"
    run: exec
    command: [./report.sh, "--day=1"]
    cwd: reports
    env: { MODE: nightly, API_KEY: "env:REPORT_KEY" }
  totals: { frequency: "0 8 * * *", run: sql, file: totals.sql }
`
  await using folder = await folderWith({ 'sports-ingest.config.yaml': file })
  const loaded = await loadConfig({ env: { REPORT_KEY: 's3cret' }, cwd: folder.path })
  const { report, totals } = loaded.config.jobs
  expect(report).toMatchObject({ command: ['./report.sh', '--day=1'], cwd: join(folder.path, 'reports') })
  expect(Object.entries(report?.env ?? {}).map(([name, value]) => `${name}=${value.reveal()}`)).toEqual([
    'MODE=nightly',
    'API_KEY=s3cret',
  ])
  expect(totals?.file).toBe(join(folder.path, 'totals.sql'))
  expect(listSettings(loaded).filter(({ path }) => /command|env/.test(path))).toMatchObject([
    { path: 'jobs.report.command', value: '["./report.sh","--day=1"]', source: `${loaded.file}:5` },
    { path: 'jobs.report.env.MODE', value: '***' },
    { path: 'jobs.report.env.API_KEY', value: '***', source: `${loaded.file}:7` },
    { path: 'jobs.totals.command', value: null },
  ])
  expect(JSON.stringify(loaded.config)).not.toContain('s3cret')
  await expect(loadConfig({ env: {}, cwd: folder.path })).rejects.toThrow('jobs.report.env.API_KEY is env:REPORT_KEY')
})
