import { expect, test } from 'vitest'
import { variableOf } from '../../../src/core/config/setting.ts'
import { settings } from '../../../src/core/config/settings.ts'
import { ConfigError } from '../../../src/core/errors.ts'
import { load, mistakes } from './folder.ts'

test.each([
  ['SPORTS_INGEST_API_RATE_LIMIT', '0.5', { api: { ratePerSecond: 0.5 } }],
  ['SPORTS_INGEST_API_TIMEOUT', '1m', { api: { timeoutMs: 60_000 } }],
  ['SPORTS_INGEST_RETRY_INITIAL_DELAY', '0.01', { retry: { initialDelayMs: 10 } }],
  ['SPORTS_INGEST_PAYLOADS_RETENTION_DAYS', '7', { payloads: { retentionDays: 7 } }],
  ['SPORTS_INGEST_RETENTION_RUNS', '36h', { retention: { runsMs: 129_600_000 } }],
  ['SPORTS_INGEST_RETENTION_OUTBOX_UNSENT', '0', { retention: { outboxUnsentMs: 0 } }],
  ['SPORTS_INGEST_FEATURES_DRY_RUN', 'true', { features: { dryRun: true } }],
  ['SPORTS_INGEST_SPORTS_RACING_ENABLED', 'false', { sports: { racing: { enabled: false } } }],
  ['SPORTS_INGEST_ALERTS_THRESHOLDS_STALE_DATA_HOURS', '12', { alerts: { thresholds: { staleDataHours: 12 } } }],
  ['SPORTS_INGEST_NOW', '2025-01-15T12:00:00+01:00', { now: new Date('2025-01-15T11:00:00Z') }],
  ['SPORTS_INGEST_CLOCK', 'leap', { clock: 'leap' }],
  ['SPORTS_INGEST_LOG_FORMAT', 'json', { log: { format: 'json' } }],
  ['LOG_LEVEL', 'DEBUG', { log: { level: 'debug' } }],
  ['SPORTS_INGEST_LOG_LEVEL', 'warn', { log: { level: 'warn' } }],
  ['QUEUE_NAME', 'stats', { worker: { queueName: 'stats' } }],
  ['WORKER_ID', 'w1', { worker: { id: 'w1' } }],
  ['CACHE_INVALIDATION_URL', 'https://cache.example/drop/', { worker: { cacheInvalidationUrl: 'https://cache.example/drop/' } }],
  ['USE_BG_JOBS_GLOBAL', 'false', { backgroundJobs: { global: false, admin: true } }],
  ['USE_BG_JOBS_ADMIN', 'false', { backgroundJobs: { admin: false } }],
  ['USE_BG_JOBS_CRON', 'false', { backgroundJobs: { cron: false } }],
  ['USE_BG_JOBS_MATCH', 'false', { backgroundJobs: { match: false } }],
])('%s=%s is taken', async (variable, value, expected) => {
  const { config, sources } = await load({ env: { [variable]: value } })
  expect(config).toMatchObject(expected)
  expect(Object.values(sources)).toContainEqual({ kind: 'environment', variable })
})

test.each([
  ['NBA_CDN', 'nba-cdn'],
  ['NBA_STATS', 'nba-stats'],
  ['NFLVERSE', 'nflverse'],
  ['NFLDATA', 'nfldata'],
  ['ESPN', 'espn'],
  ['THE_RACING_API', 'the-racing-api'],
  ['SOFASCORE', 'sofascore'],
  ['OPENFOOTBALL', 'openfootball'],
] as const)('SPORTS_INGEST_PROVIDER_%s_URL is the base address of %s, without its last slash', async (name, id) => {
  const { config } = await load({ env: { [`SPORTS_INGEST_PROVIDER_${name}_URL`]: 'http://127.0.0.1:8080/base/' } })
  expect(config.providers[id]?.url).toBe('http://127.0.0.1:8080/base')
})

test.each([
  ['DATABASE_URL', 'postgres://ann:hunter2@db/sports', ['database', 'url']],
  ['RACING_API_USERNAME', 'ann', ['racing', 'username']],
  ['RACING_API_PASSWORD', 'hunter2', ['racing', 'password']],
  ['INTERNAL_API_KEY', 'hunter2', ['worker', 'internalApiKey']],
  ['SENTRY_DSN', 'https://key@sentry.example/1', ['alerts', 'sentryDsn']],
  ['SPORTS_INGEST_ALERT_WEBHOOK', 'https://hooks.example/T0/B0', ['alerts', 'webhook']],
  ['SPORTS_INGEST_PING_URL', 'https://ping.example/1234', ['alerts', 'pingUrl']],
])('%s is a secret', async (variable, value, path) => {
  const { config } = await load({ env: { [variable]: value } })
  expect(config).toHaveProperty(path, expect.objectContaining({ reveal: expect.any(Function) }))
  const secret = path.reduce((node, step) => (node as never)[step], config as unknown) as { reveal(): string }
  expect(secret.reveal()).toBe(value)
})

test('the shorter, documented name beats the one made of section and key', async () => {
  const { config } = await load({ env: { LOG_LEVEL: 'warn', SPORTS_INGEST_LOG_LEVEL: 'error' } })
  expect(config.log.level).toBe('warn')
})

test('every setting can be set by SPORTS_INGEST_<SECTION>_<KEY>', () => {
  for (const { key, variables } of settings) expect(variables).toContain(variableOf(key))
  expect(new Set(settings.flatMap(setting => [...new Set(setting.variables)])).size).toBe(
    settings.reduce((sum, setting) => sum + new Set(setting.variables).size, 0),
  )
})

test("a job's scalars can be set too, also where its name has hyphens", async () => {
  const file = 'jobs: { daily-data: { frequency: "0 6 * * *", run: daily } }'
  const env = { SPORTS_INGEST_JOBS_DAILY_DATA_TIMEOUT: '10m', SPORTS_INGEST_JOBS_DAILY_DATA_MISSED: 'all' }
  expect((await load({ file, env })).config.jobs['daily-data']).toMatchObject({ timeoutMs: 600_000, missed: 'all' })
})

test('an empty variable counts as unset', async () => {
  const { config } = await load({
    env: { DATABASE_URL: '', SPORTS_INGEST_NOW: '', LOG_LEVEL: '', SPORTS_INGEST_CONFIG: '', SPORTS_INGEST_NOTHING: '' },
  })
  expect(config.database.url).toBeUndefined()
  expect(config.now).toBeUndefined()
  expect(config.log.level).toBe('info')
})

test("variables of the tests' hook, of oclif and of others are none of our business", async () => {
  const env = {
    SPORTS_INGEST_STEP: 'kill:before-commit',
    SPORTS_INGEST_AC_ZSH_SETUP_PATH: '/home/ann/.cache/sports-ingest/autocomplete/zsh_setup',
    SPORTS_INGEST_DEBUG: '1',
    SPORTS_INGEST_SKIP_NEW_VERSION_CHECK: 'true',
    SPORTS: 'x',
    PATH: '/bin',
  }
  expect(await mistakes({ env })).toEqual([])
})

test.each([
  [
    { SPORTS_INGEST_API_RATE_LIMT: '3' },
    'There is no setting for the variable SPORTS_INGEST_API_RATE_LIMT. Hint: did you mean SPORTS_INGEST_API_RATE_LIMIT?',
  ],
  [
    { SPORTS_INGEST_WEATHER_FORECAST_SUN: 'rain' },
    'There is no setting for the variable SPORTS_INGEST_WEATHER_FORECAST_SUN. Hint: Variables are called SPORTS_INGEST_<SECTION>_<KEY>, as in the file.',
  ],
  [
    { SPORTS_INGEST_PROVIDER_NBA_CND_URL: 'http://127.0.0.1' },
    'There is no provider called nba-cnd, as in SPORTS_INGEST_PROVIDER_NBA_CND_URL. Hint: did you mean nba-cdn? (nba-cdn, nba-stats, nflverse, nfldata, espn, the-racing-api, sofascore, openfootball)',
  ],
  [{ SPORTS_INGEST_PROVIDER_ESPN_URL: 'ftp://x' }, 'SPORTS_INGEST_PROVIDER_ESPN_URL must be an http:// or https:// address.'],
  [{ SPORTS_INGEST_PROVIDER_ESPN_URL: 'espn.com' }, 'SPORTS_INGEST_PROVIDER_ESPN_URL must be an http:// or https:// address.'],
  [
    { SPORTS_INGEST_API_TIMEOUT: 'soon' },
    'SPORTS_INGEST_API_TIMEOUT must be a duration such as 30 (seconds), 30s or 5m, not "soon".',
  ],
  [{ LOG_LEVEL: 'wran' }, 'LOG_LEVEL must be one of trace, debug, info, warn, error, not "wran". Hint: did you mean warn?'],
  [
    { SPORTS_INGEST_NOW: '2025-01-15T12:00:00' },
    'SPORTS_INGEST_NOW has no time zone: "2025-01-15T12:00:00". Hint: Add Z or an offset, such as 2025-01-15T14:05:00Z.',
  ],
  [
    { SPORTS_INGEST_NOW: 'noon' },
    'SPORTS_INGEST_NOW must be an ISO instant, not "noon". Hint: For example 2025-01-15T14:05:00Z.',
  ],
  [
    { DATABASE_URL: 'mysql://ann:hunter2@db/sports' },
    'DATABASE_URL is not a Postgres address: it must begin with postgres:// or postgresql://. Hint: It is like postgres://user@host:5432/name.',
  ],
  [
    { SPORTS_INGEST_DATABASE_URL: 'env:PG_ADDRESS' },
    'SPORTS_INGEST_DATABASE_URL is env:PG_ADDRESS, but PG_ADDRESS is not set. Hint: Set PG_ADDRESS.',
  ],
])('%j is a mistake', async (env, line) => {
  expect(await mistakes({ env: env as Record<string, string> })).toEqual([line])
})

test('the mistakes of the environment and of the file come in one error, a line each', async () => {
  const loading = load({ env: { LOG_LEVEL: 'wran', SPORTS_INGEST_TIMEZONE: 'Mars' }, file: 'api: { timeout: soon }' })
  await expect(loading).rejects.toBeInstanceOf(ConfigError)
  const lines = await loading.catch((error: Error) => error.message.split('\n'))
  expect(lines).toEqual([
    expect.stringMatching(/sports-ingest\.config\.yaml:1:17: api\.timeout must be a duration/),
    expect.stringMatching(/^SPORTS_INGEST_TIMEZONE must be an IANA zone/),
    expect.stringMatching(/^LOG_LEVEL must be one of/),
  ])
})
