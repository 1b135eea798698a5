import type { LogLevel } from '../log.ts'
import type { Secret } from './secret.ts'

export const sportIds = ['nba', 'nfl', 'racing', 'football'] as const
export type SportId = (typeof sportIds)[number]

export const providerIds = [
  'nba-cdn',
  'nba-stats',
  'nflverse',
  'nfldata',
  'espn',
  'the-racing-api',
  'sofascore',
  'openfootball',
] as const
export type ProviderId = (typeof providerIds)[number]

export const jobRuns = ['live', 'daily', 'reference', 'match_updates', 'score_calculation', 'stats', 'prune'] as const
export type JobRun = (typeof jobRuns)[number]

/** Which occurrences missed while nothing ran are made up for: none, the latest, one over all their days, each. */
export const missedPolicies = ['skip', 'once', 'merge', 'all'] as const
export type MissedPolicy = (typeof missedPolicies)[number]

/** A line of the file's `jobs`. */
export interface JobConfig {
  /** Five cron fields: `0 6 * * *`. */
  frequency: string
  /** IANA zone the fields are read in; the file's `timezone` where the job names none. */
  timezone: string
  timeoutMs: number
  run: JobRun
  /** All enabled sports where missing. */
  sport?: SportId
  daysAhead?: number
  daysBack?: number
  weekly: boolean
  missed: MissedPolicy
}

/** The settings in effect. Durations carry their unit; what has no default and was not given is missing. */
export interface Config {
  timezone: string
  /** Absolute. */
  dataDir: string
  /** The instant the clock starts at, for tests and rehearsals. */
  now?: Date
  /** `leap` leaps over waits; without it the clock runs like the system's. */
  clock?: 'run' | 'leap'
  sports: Record<SportId, { enabled: boolean }>
  api: {
    /** Requests per second and host. */
    ratePerSecond: number
    /** The part of it that is reserved for live work while there is any. */
    liveShare: number
    timeoutMs: number
    connectTimeoutMs: number
    headersTimeoutMs: number
    bodyTimeoutMs: number
    maxBodyBytes: number
  }
  retry: { maxAttempts: number; initialDelayMs: number; backoffFactor: number }
  /** Without `url`: the embedded server. */
  database: { url?: Secret; batchSize: number; queryTimeoutMs: number; reconnectAttempts: number }
  providers: Record<ProviderId, { url?: string }>
  racing: { username?: Secret; password?: Secret }
  payloads: { retentionDays: number }
  /** Without `format`: pretty on a terminal, json elsewhere. */
  log: { level: LogLevel; format?: 'pretty' | 'json' }
  jobs: Record<string, JobConfig>
  live: { liveIntervalMs: number; updateIntervalMs: number }
  worker: { id?: string; queueName: string; internalApiKey?: Secret; cacheInvalidationUrl?: string }
  /** Per trigger: false runs its stats inline instead of queueing them. */
  backgroundJobs: { global: boolean; admin: boolean; cron: boolean; match: boolean }
  alerts: {
    enabled: boolean
    thresholds: { consecutiveFailures: number; staleDataHours: number }
    webhook?: Secret
    pingUrl?: Secret
    sentryDsn?: Secret
  }
  features: { dryRun: boolean; skipEntityExtraction: boolean }
}

/** The defaults. That of the data directory depends on the user: see data-dir.ts. */
export const defaults: Omit<Config, 'dataDir'> = {
  timezone: 'America/New_York',
  sports: { nba: { enabled: true }, nfl: { enabled: true }, racing: { enabled: true }, football: { enabled: true } },
  api: {
    ratePerSecond: 2,
    liveShare: 0.25,
    timeoutMs: 30_000,
    connectTimeoutMs: 10_000,
    headersTimeoutMs: 30_000,
    bodyTimeoutMs: 30_000,
    maxBodyBytes: 64 * 1024 * 1024,
  },
  retry: { maxAttempts: 5, initialDelayMs: 5_000, backoffFactor: 2 },
  database: { batchSize: 500, queryTimeoutMs: 300_000, reconnectAttempts: 5 },
  providers: {
    'nba-cdn': {},
    'nba-stats': {},
    nflverse: {},
    nfldata: {},
    espn: {},
    'the-racing-api': {},
    sofascore: {},
    openfootball: {},
  },
  racing: {},
  payloads: { retentionDays: 30 },
  log: { level: 'info' },
  jobs: {},
  live: { liveIntervalMs: 300_000, updateIntervalMs: 1_800_000 },
  worker: { queueName: 'sports-ingest' },
  backgroundJobs: { global: true, admin: true, cron: true, match: true },
  alerts: { enabled: true, thresholds: { consecutiveFailures: 3, staleDataHours: 24 } },
  features: { dryRun: false, skipEntityExtraction: false },
}

/** Defaults of a job. Its default time zone is the file's. */
export const jobDefaults = { timeoutMs: 3_600_000, weekly: false, missed: 'once' } satisfies Partial<JobConfig>
