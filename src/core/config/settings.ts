import { logLevels } from '../log.ts'
import {
  type Config,
  type JobConfig,
  jobRuns,
  laterRuns,
  missedPolicies,
  overlapPolicies,
  providerIds,
  racingPlans,
  racingRegions,
  sportIds,
} from './config.ts'
import {
  age,
  baseUrl,
  choice,
  cron,
  flag,
  httpUrl,
  instant,
  interval,
  type Kind,
  number,
  path,
  postgresUrl,
  seconds,
  secret,
  someOf,
  text,
  whole,
  zone,
} from './kinds.ts'
import { type Setting, settingsOf, variableOf } from './setting.ts'

const setting = settingsOf<Config>()
const jobSetting = settingsOf<JobConfig>()
const mib = 1024 * 1024

/** The beginnings of keys that nothing in the program reads yet: taken and checked, so that a file fit for later is fit now. */
const later = [
  'sports.football',
  'database.batch_size',
  'providers.sofascore',
  'providers.openfootball',
  'worker.id',
  'worker.queue_name',
  'background_jobs',
  'alerts',
]

/** Whether anything in the program reads it. */
export const isUsed = (key: string) => !later.some(start => `${key}.`.startsWith(`${start}.`))

/** Every setting but those of jobs, in the order of the file. A new setting is a line here and its default in config.ts. */
export const settings: readonly Setting[] = [
  setting('timezone', 'timezone', zone, 'default zone of cron lines'),
  setting('data_dir', 'dataDir', path, 'the embedded database and files', { example: '~/.local/share/sports-ingest' }),
  setting('now', 'now', instant, 'the instant the clock starts at', { environmentOnly: true }),
  setting('clock', 'clock', choice(['run', 'leap']), 'leap: waits end at once, as if the time had passed', {
    environmentOnly: true,
  }),
  ...sportIds.map(id => setting(`sports.${id}.enabled`, `sports.${id}.enabled`, flag, 'whether jobs load it without --sport')),

  setting('api.rate_limit', 'api.ratePerSecond', number(0.001, 1000), 'requests per second and host'),
  setting('api.live_share', 'api.liveShare', number(0, 0.9), 'part of the rate kept for live work while there is some'),
  setting('api.timeout', 'api.timeoutMs', seconds(1), 'seconds for a whole request'),
  setting('api.connect_timeout', 'api.connectTimeoutMs', seconds(1), 'seconds until connected'),
  setting('api.headers_timeout', 'api.headersTimeoutMs', seconds(1), 'seconds until the first answer'),
  setting('api.body_timeout', 'api.bodyTimeoutMs', seconds(1), 'seconds between two pieces of an answer'),
  setting('api.max_body_bytes', 'api.maxBodyBytes', whole(1024, 2048 * mib), 'a longer answer is an error'),

  setting('retry.max_attempts', 'retry.maxAttempts', whole(1, 100), 'attempts per request, the first included'),
  setting('retry.initial_delay', 'retry.initialDelayMs', seconds(0), 'seconds before the second attempt'),
  setting('retry.backoff_factor', 'retry.backoffFactor', number(1, 100), 'each further delay is the last one times this'),

  setting('database.url', 'database.url', secret(postgresUrl), 'a Postgres 14-18 server; without it the embedded one', {
    variable: 'DATABASE_URL',
  }),
  setting('database.batch_size', 'database.batchSize', whole(1, 100_000), 'rows per statement'),
  setting('database.query_timeout', 'database.queryTimeoutMs', seconds(1), 'seconds per statement'),
  setting('database.reconnect_attempts', 'database.reconnectAttempts', whole(0, 1000), 'before the server counts as unreachable'),

  ...providerIds.map(id =>
    setting(`providers.${id}.url`, `providers.${id}.url`, baseUrl, 'base address instead of the real one', {
      variable: variableOf(`provider.${id}.url`),
    }),
  ),
  setting('racing.username', 'racing.username', secret(), 'The Racing API account', { variable: 'RACING_API_USERNAME' }),
  setting('racing.password', 'racing.password', secret(), 'its password', { variable: 'RACING_API_PASSWORD' }),
  setting('racing.plan', 'racing.plan', choice(racingPlans), 'what the account pays for: free, basic, standard or pro'),
  setting(
    'racing.regions',
    'racing.regions',
    someOf([...racingRegions, 'all'], 'the code of a region such as gb, or all'),
    'codes of regions, or all',
  ),
  setting('racing.page_size', 'racing.pageSize', whole(1, 100), 'races on a page of results'),
  setting('racing.rate_limit', 'racing.ratePerSecond', number(0.001, 1000), 'requests per second of the account'),
  setting(
    'racing.free_rate_limit',
    'racing.freeRatePerSecond',
    number(0.001, 1000),
    'of these, requests per second of free endpoints',
  ),

  setting('payloads.retention_days', 'payloads.retentionDays', whole(0, 36_500), 'days raw answers are kept'),
  setting('retention.runs', 'retention.runsMs', age, 'how long runs that have ended are kept'),
  setting('retention.chunks', 'retention.chunksMs', age, 'how long their chunks are kept; at most as long as the runs'),
  setting('retention.watermark_history', 'retention.watermarkHistoryMs', age, 'how long single changes of watermarks are kept'),
  setting('retention.dead_letters', 'retention.deadLettersMs', age, 'how long resolved dead letters are kept'),
  setting('retention.outbox', 'retention.outboxMs', age, 'how long cache invalidations are kept that were sent'),
  setting('retention.outbox_unsent', 'retention.outboxUnsentMs', age, 'how long it is tried to send one'),
  setting('log.level', 'log.level', choice(logLevels), 'trace, debug, info, warn or error', {
    variable: 'LOG_LEVEL',
  }),
  setting(
    'log.format',
    'log.format',
    choice(['pretty', 'json']),
    'pretty or json; without it sentences on a terminal, else json',
    {
      example: 'json',
    },
  ),
  setting('live.live_interval', 'live.liveIntervalMs', interval(10_000), 'time between two polls while games are played'),
  setting('live.update_interval', 'live.updateIntervalMs', interval(10_000), 'time between two updates outside game windows'),

  setting('worker.id', 'worker.id', text, 'name of this worker; host and pid without it', { variable: 'WORKER_ID' }),
  setting('worker.queue_name', 'worker.queueName', text, 'queue it works', { variable: 'QUEUE_NAME' }),
  setting('worker.internal_api_key', 'worker.internalApiKey', secret(), 'sent to the cache', { variable: 'INTERNAL_API_KEY' }),
  setting('worker.cache_invalidation_url', 'worker.cacheInvalidationUrl', httpUrl, 'changes of rows are posted here', {
    variable: 'CACHE_INVALIDATION_URL',
    example: 'https://www.example.org/api/revalidate',
  }),
  ...(['global', 'admin', 'cron', 'match'] as const).map(trigger =>
    setting(`background_jobs.${trigger}`, `backgroundJobs.${trigger}`, flag, 'false runs its stats inline', {
      variable: `USE_BG_JOBS_${trigger.toUpperCase()}`,
    }),
  ),

  setting('alerts.enabled', 'alerts.enabled', flag, 'whether alerts are sent'),
  setting(
    'alerts.thresholds.consecutive_failures',
    'alerts.thresholds.consecutiveFailures',
    whole(1, 1000),
    'failed runs in a row',
  ),
  setting(
    'alerts.thresholds.stale_data_hours',
    'alerts.thresholds.staleDataHours',
    number(0.01, 8760),
    'hours without fresh data',
  ),
  setting('alerts.webhook', 'alerts.webhook', secret(httpUrl), 'alerts are posted here', {
    variable: 'SPORTS_INGEST_ALERT_WEBHOOK',
  }),
  setting('alerts.ping_url', 'alerts.pingUrl', secret(httpUrl), "dead man's switch, asked after each good run", {
    variable: 'SPORTS_INGEST_PING_URL',
  }),
  setting('alerts.sentry_dsn', 'alerts.sentryDsn', secret(httpUrl), 'errors are reported here', { variable: 'SENTRY_DSN' }),
  setting('features.dry_run', 'features.dryRun', flag, 'fetch and check, write nothing'),
  setting('features.skip_entity_extraction', 'features.skipEntityExtraction', flag, 'leave horses, jockeys and trainers out'),
]

const jobRun: Kind<JobConfig['run']> = {
  check(raw) {
    if (!laterRuns.includes(String(raw).toLowerCase())) return choice(jobRuns).check(raw, '')
    return { problem: `cannot be ${raw}: this version does not have it`, hint: 'Remove the job, or make it a comment.' }
  },
}

/** The settings of one job, by their keys inside it. */
export const jobSettings: readonly Setting[] = [
  jobSetting('frequency', 'frequency', cron, 'five cron fields', { required: true }),
  jobSetting('timezone', 'timezone', zone, 'zone of the fields'),
  jobSetting('timeout', 'timeoutMs', seconds(1000), 'seconds until it is stopped'),
  jobSetting('run', 'run', jobRun, 'what it does', { required: true }),
  jobSetting('sport', 'sport', choice(sportIds), 'all enabled ones without it'),
  jobSetting('days_ahead', 'daysAhead', whole(0, 366), 'days to load after the due one: 1 is the day after it'),
  jobSetting('days_back', 'daysBack', whole(0, 366), 'days to load, counted back from the due one: 1 is that day alone'),
  jobSetting('weekly', 'weekly', flag, 'looks seven days back'),
  jobSetting('enabled', 'enabled', flag, 'false switches it off'),
  jobSetting('missed', 'missed', choice(missedPolicies), 'occurrences missed: skip, once, merge or all'),
  jobSetting('missed_window', 'missedWindowMs', age, 'older ones are not made up for'),
  jobSetting('overlap', 'overlap', choice(overlapPolicies), 'while it still runs: skip or queue'),
]

/** Every setting there is once the file's jobs are known. */
export function settingsWith(jobNames: Iterable<string>): Setting[] {
  const ofJobs = [...jobNames].flatMap(name =>
    jobSettings.map(setting => {
      const key = `jobs.${name}.${setting.key}`
      return { ...setting, key, at: ['jobs', name, ...setting.at], variables: [variableOf(key)] }
    }),
  )
  return [...settings, ...ofJobs]
}
