import { logLevels } from '../log.ts'
import {
  type Config,
  type JobConfig,
  type JobRun,
  jobRuns,
  laterRuns,
  missedPolicies,
  overlapPolicies,
  providerIds,
  queueDrivers,
  racingPlans,
  racingRegions,
  sportIds,
  statsFunctions,
} from './config.ts'
import {
  age,
  baseUrl,
  channelName,
  choice,
  clockMode,
  cron,
  flag,
  httpUrl,
  instant,
  interval,
  type Kind,
  line,
  mailAddresses,
  number,
  path,
  postgresUrl,
  queueName,
  redisUrl,
  seconds,
  secret,
  sentryDsn,
  signingSecret,
  smtpUrl,
  someOf,
  text,
  whole,
  words,
  zone,
} from './kinds.ts'
import { type Setting, settingsOf, variableOf } from './setting.ts'

const setting = settingsOf<Config>()
const jobSetting = settingsOf<JobConfig>()
const mib = 1024 * 1024

/** The beginnings of keys that nothing in the program reads yet: taken and checked, so that a file fit for later is fit now. */
const later = ['sports.football', 'database.batch_size', 'providers.sofascore', 'providers.openfootball']

/** Whether anything in the program reads it. */
export const isUsed = (key: string) => !later.some(start => `${key}.`.startsWith(`${start}.`))

/** Every setting but those of jobs, in the order of the file. A new setting is a line here and its default in config.ts. */
export const settings: readonly Setting[] = [
  setting('timezone', 'timezone', zone, 'default zone of cron lines'),
  setting('data_dir', 'dataDir', path, 'the embedded database and files', { example: '~/.local/share/sports-ingest' }),
  setting('now', 'now', instant, 'the instant the clock starts at', { environmentOnly: true }),
  setting('clock', 'clock', clockMode, 'leap: waits end at once, as if the time had passed; x720: so many times faster', {
    environmentOnly: true,
  }),
  setting('clock_since', 'clockSince', instant, 'the real instant at which a faster clock reads that of now', {
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

  setting(
    'retry.max_attempts',
    'retry.maxAttempts',
    whole(1, 100),
    'attempts per request, and per background job, the first included',
  ),
  setting('retry.initial_delay', 'retry.initialDelayMs', seconds(0), 'seconds before the second attempt'),
  setting('retry.backoff_factor', 'retry.backoffFactor', number(1, 100), 'each further delay is the last one times this'),

  setting('database.url', 'database.url', secret(postgresUrl), 'a Postgres 14-18 server; without it the embedded one', {
    variable: 'DATABASE_URL',
  }),
  setting('database.direct_url', 'database.directUrl', secret(postgresUrl), 'where that is a pooler: its server, to LISTEN to', {
    variable: 'DATABASE_DIRECT_URL',
  }),
  setting('database.batch_size', 'database.batchSize', whole(1, 100_000), 'rows per statement'),
  setting('database.query_timeout', 'database.queryTimeoutMs', seconds(1), 'seconds per statement'),
  setting('database.reconnect_attempts', 'database.reconnectAttempts', whole(0, 1000), 'before the server counts as unreachable'),

  ...providerIds.map(id =>
    setting(`providers.${id}.url`, `providers.${id}.url`, baseUrl, 'base address instead of the real one', {
      variable: variableOf(`provider.${id}.url`),
    }),
  ),
  ...providerIds.flatMap(id => [
    setting(
      `providers.${id}.daily_quota`,
      `providers.${id}.dailyQuota`,
      whole(1, 1_000_000_000),
      'requests it may be sent in a day (UTC)',
    ),
    setting(`providers.${id}.price`, `providers.${id}.price`, number(0, 1_000_000), 'what a request costs, in any currency'),
  ]),
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

  setting('worker.id', 'worker.id', line, 'name of this worker; host and pid without it', { variable: 'WORKER_ID' }),
  setting('worker.queue_name', 'worker.queueName', queueName, 'queue it works', { variable: 'QUEUE_NAME' }),
  setting('worker.concurrency', 'worker.concurrency', whole(1, 1000), 'jobs that it works at a time'),
  setting('worker.internal_api_key', 'worker.internalApiKey', secret(), 'sent to the cache', { variable: 'INTERNAL_API_KEY' }),
  setting('worker.cache_invalidation_url', 'worker.cacheInvalidationUrl', httpUrl, 'changes of rows are posted here', {
    variable: 'CACHE_INVALIDATION_URL',
    example: 'https://www.example.org/api/revalidate',
  }),
  setting(
    'notify.channel',
    'notify.channel',
    channelName,
    'changes of rows are also sent by NOTIFY, for who listens to this; with queue.driver bullmq, on Redis as well',
    {
      example: 'sports_ingest_changes',
    },
  ),
  setting(
    'queue.driver',
    'queue.driver',
    choice(queueDrivers),
    'what carries jobs to workers: pg-boss (this database) or bullmq (Redis)',
  ),
  setting('queue.redis_url', 'queue.redisUrl', secret(redisUrl), 'Redis, for bullmq: redis://USER:PASSWORD@HOST:6379', {
    variable: 'REDIS_URL',
  }),
  ...(['global', 'admin', 'cron', 'match'] as const).map(trigger =>
    setting(`background_jobs.${trigger}`, `backgroundJobs.${trigger}`, flag, 'false runs its stats inline', {
      variable: `USE_BG_JOBS_${trigger.toUpperCase()}`,
    }),
  ),
  setting(
    'background_jobs.match_delay',
    'backgroundJobs.matchDelayMs',
    interval(0),
    'how long loads of a sport are gathered before a worker recomputes its stats',
  ),

  setting('alerts.enabled', 'alerts.enabled', flag, 'whether incidents are noted, and alerts and pings sent'),
  setting(
    'alerts.thresholds.consecutive_failures',
    'alerts.thresholds.consecutiveFailures',
    whole(1, 1000),
    'failures in a row of a job that are an incident',
  ),
  setting(
    'alerts.thresholds.stale_data_hours',
    'alerts.thresholds.staleDataHours',
    number(0.01, 8760),
    'so many hours after its usual end an event must be loaded',
  ),
  setting(
    'alerts.thresholds.dead_letters',
    'alerts.thresholds.deadLetters',
    whole(0, 1_000_000),
    'more open dead letters of a sport are an incident',
  ),
  setting('alerts.webhook', 'alerts.webhook', secret(httpUrl), 'webhook of Slack, or of a chat that understands the same', {
    variable: 'SPORTS_INGEST_ALERT_WEBHOOK',
  }),
  setting('alerts.hook.url', 'alerts.hook.url', secret(httpUrl), 'JSON is posted here, signed as by Standard Webhooks'),
  setting('alerts.hook.secret', 'alerts.hook.secret', secret(signingSecret), 'whsec_ and a key in base64'),
  setting('alerts.mail.url', 'alerts.mail.url', secret(smtpUrl), 'mail server: smtps://USER:PASSWORD@HOST, or smtp://'),
  setting('alerts.mail.from', 'alerts.mail.from', mailAddresses, 'sender', { example: 'sports-ingest@example.org' }),
  setting('alerts.mail.to', 'alerts.mail.to', mailAddresses, 'recipients, with commas between them', {
    example: 'oncall@example.org',
  }),
  setting('alerts.sentry_dsn', 'alerts.sentryDsn', secret(sentryDsn), 'project of Sentry', { variable: 'SENTRY_DSN' }),
  setting('alerts.ping_url', 'alerts.pingUrl', secret(httpUrl), "dead man's switch for schedule run and live (healthchecks.io)", {
    variable: 'SPORTS_INGEST_PING_URL',
  }),
  setting('features.dry_run', 'features.dryRun', flag, 'fetch and check, write nothing'),
  setting('features.skip_entity_extraction', 'features.skipEntityExtraction', flag, 'leave horses, jockeys and trainers out'),
]

const jobRun: Kind<JobRun> = {
  schema: choice(jobRuns).schema,
  check(raw) {
    if (!laterRuns.includes(String(raw).toLowerCase())) return choice(jobRuns).check(raw, '')
    return { problem: `cannot be ${raw}: this version does not have it`, hint: 'Remove the job, or make it a comment.' }
  },
}

const [ofDays, ofSports] = [['daily'], ['daily', 'reference', 'live', 'stats']]
const [ofStats, ofExec, ofSql] = [['stats'], ['exec'], ['sql']]

/** The settings of one job, by their keys inside it; `env` has settings of its own. */
export const jobSettings: readonly Setting[] = [
  jobSetting('frequency', 'frequency', cron, 'five cron fields', { required: true }),
  jobSetting('timezone', 'timezone', zone, 'zone of the fields'),
  jobSetting('timeout', 'timeoutMs', seconds(1000), 'seconds until it is stopped'),
  jobSetting('run', 'run', jobRun, 'what it does', { required: true }),
  jobSetting('sport', 'sport', choice(sportIds), 'all enabled ones without it', { runs: ofSports }),
  jobSetting('days_ahead', 'daysAhead', whole(0, 366), 'days to load after the due one: 1 is the day after it', { runs: ofDays }),
  jobSetting('days_back', 'daysBack', whole(0, 366), 'days to load, counted back from the due one: 1 is that day alone', {
    runs: ofDays,
  }),
  jobSetting('weekly', 'weekly', flag, 'looks seven days back', { runs: ofDays }),
  jobSetting(
    'functions',
    'functions',
    someOf(statsFunctions, 'the name of a stats function such as update_power_ratings'),
    'stats functions to run; all without it',
    { runs: ofStats },
  ),
  jobSetting('full', 'full', flag, 'computes all anew, not only what has changed', { runs: ofStats }),
  jobSetting('command', 'command', words, 'the program to start, and its arguments', { runs: ofExec }),
  jobSetting('shell', 'shell', text, 'a line for /bin/sh instead', { runs: ofExec }),
  jobSetting('cwd', 'cwd', path, 'the folder in which it starts; that of the settings file without it', { runs: ofExec }),
  jobSetting('sql', 'sql', text, 'the statements to run', { runs: ofSql }),
  jobSetting('file', 'file', path, 'a file of statements instead', { runs: ofSql }),
  jobSetting('enabled', 'enabled', flag, 'false switches it off'),
  jobSetting('missed', 'missed', choice(missedPolicies), 'occurrences missed: skip, once, merge or all'),
  jobSetting('missed_window', 'missedWindowMs', age, 'older ones are not made up for'),
  jobSetting('overlap', 'overlap', choice(overlapPolicies), 'while it still runs: skip or queue'),
  jobSetting('ping_url', 'pingUrl', secret(httpUrl), "a check of its own at a dead man's switch"),
]

export const jobName = /^[A-Za-z][A-Za-z0-9_-]*$/
export const variableName = /^(?!__proto__$)[A-Za-z_]\w*$/

/** Variables of a job's program that are not the user's. */
export const ownVariables: readonly string[] = ['SPORTS_INGEST_JOB', 'SPORTS_INGEST_RUN']

/** A job of the file, and the variables that its `env` sets. */
export interface JobKeys {
  name: string
  env: readonly string[]
}

/** Every setting there is once the file's jobs are known. */
export function settingsWith(jobs: Iterable<JobKeys>): Setting[] {
  const ofJobs = [...jobs].flatMap(({ name, env }) =>
    [...jobSettings, ...env.map(variableOfJob)].map(setting => {
      const key = `jobs.${name}.${setting.key}`
      return { ...setting, key, at: ['jobs', name, ...setting.at], variables: [variableOf(key)] }
    }),
  )
  return [...settings, ...ofJobs]
}

/** All of them, of settings that are in effect. */
export const settingsIn = ({ jobs }: Pick<Config, 'jobs'>): Setting[] =>
  settingsWith(Object.entries(jobs).map(([name, { env = {} }]) => ({ name, env: Object.keys(env) })))

const variableOfJob = (name: string): Setting => ({
  ...{ key: `env.${name}`, at: ['env', name], kind: secret(), about: 'a variable of its program', variables: [], runs: ofExec },
})

/** The settings of which a job needs exactly one, by what it runs. */
export const oneOf: Partial<Record<JobRun, readonly [key: string, other: string, example: string]>> = {
  exec: ['command', 'shell', 'Write command: [program, argument, …], or shell: and a line for /bin/sh.'],
  sql: ['sql', 'file', 'Write sql: and the statement, or file: and the path of a file of statements.'],
}
