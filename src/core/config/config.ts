import type { LogLevel } from '../log.ts'
import type { Secret } from './secret.ts'

export const sportIds = ['nba', 'nfl', 'racing', 'football'] as const

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

/** What an account of The Racing API may ask for, by what it pays. */
export const racingPlans = ['free', 'basic', 'standard', 'pro'] as const
export type RacingPlan = (typeof racingPlans)[number]

/** The regions that The Racing API lists in `/v1/courses/regions` (October 2025). For one that it does not know, it has no races. */
export const racingRegions: readonly string[] = (
  'arg aus aut bar bel bhr brz bul can chi chn cyp cze den fr gb ger gr gue hk hol hun ind ire isr ity jer jpn kor ksa mac mal mau ' +
  'mor nor nz omn pan per pol pr qa rus saf sin slo spa svn swe swi tur uae uru usa yug'
).split(' ')

/** What carries background jobs to workers. */
export const queueDrivers = ['pg-boss', 'bullmq'] as const

/** What a job of the file may do. */
export const jobRuns = ['daily', 'live', 'reference', 'stats', 'prune', 'exec', 'sql'] as const
export type JobRun = (typeof jobRuns)[number]

/** Those that a user writes. */
export const ownRuns: readonly JobRun[] = ['exec', 'sql']

/** What it may do in later versions. */
export const laterRuns: readonly string[] = ['match_updates', 'score_calculation']

/** What `stats` computes, in its order. */
export const statsFunctions = [
  'update_half_and_full_season_stats',
  'update_aggregated_all_time_stats',
  'update_aggregated_hall_of_fame',
  'update_aggregated_recent_performance',
  'update_aggregated_season_honours_and_records',
  'update_aggregated_match_report_cache',
  'update_aggregated_personal_bests',
  'update_aggregated_player_profile_stats',
  'update_aggregated_season_race_data',
  'update_power_ratings',
] as const

/** Which occurrences missed while nothing ran are made up for: none, the latest, one over all their days, each. */
export const missedPolicies = ['skip', 'once', 'merge', 'all'] as const

/** What becomes of an occurrence while the job still runs. */
export const overlapPolicies = ['skip', 'queue'] as const

/** A line of the file's `jobs`. */
export interface JobConfig {
  /** Five cron fields: `0 6 * * *`. */
  frequency: string
  /** IANA zone the fields are read in; the file's `timezone` where the job names none. */
  timezone: string
  timeoutMs: number
  run: JobRun
  /** All enabled sports where missing. */
  sport?: (typeof sportIds)[number]
  daysAhead?: number
  daysBack?: number
  weekly: boolean
  /** `stats`: all of them where missing. */
  functions?: readonly string[]
  /** `stats`: anew, and not only what has changed. */
  full: boolean
  /** `exec`: the program and its arguments. */
  command?: readonly string[]
  /** `exec`: a line for /bin/sh instead. */
  shell?: string
  /** `exec`: absolute; the settings file's folder where missing. */
  cwd?: string
  /** `exec`: variables besides those of this process. */
  env?: Record<string, Secret>
  /** `sql`: statements. */
  sql?: string
  /** `sql`: absolute path of a file of statements. */
  file?: string
  enabled: boolean
  missed: (typeof missedPolicies)[number]
  /** Occurrences that are older are not made up for. */
  missedWindowMs: number
  overlap: (typeof overlapPolicies)[number]
  /** A check of its own at a dead man's switch. */
  pingUrl?: Secret
}

const dayMs = 86_400_000

/** The defaults. Durations carry their unit. */
export const defaults = {
  timezone: 'America/New_York',
  sports: { nba: { enabled: true }, nfl: { enabled: true }, racing: { enabled: true }, football: { enabled: true } },
  api: {
    /** Requests per second and host. */
    ratePerSecond: 2,
    /** The part of it that is reserved for live work while there is any. */
    liveShare: 0.25,
    timeoutMs: 30_000,
    connectTimeoutMs: 10_000,
    headersTimeoutMs: 30_000,
    bodyTimeoutMs: 30_000,
    maxBodyBytes: 64 * 1024 * 1024,
  },
  retry: { maxAttempts: 5, initialDelayMs: 5_000, backoffFactor: 2 },
  database: { batchSize: 500, queryTimeoutMs: 300_000, reconnectAttempts: 5 },
  providers: {},
  racing: {
    plan: 'standard' as RacingPlan,
    /** Codes, or `all`. */
    regions: ['gb', 'ire'] as readonly string[],
    /** Races on a page of results: at most 100, by an older document of the API 50. */
    pageSize: 100,
    /** Of the account; `api.ratePerSecond` does not count for it. */
    ratePerSecond: 2,
    /** Of free endpoints, within the same. */
    freeRatePerSecond: 1,
  },
  payloads: { retentionDays: 30 },
  retention: {
    runsMs: 90 * dayMs,
    chunksMs: 90 * dayMs,
    watermarkHistoryMs: 90 * dayMs,
    deadLettersMs: 90 * dayMs,
    outboxMs: 7 * dayMs,
    outboxUnsentMs: 30 * dayMs,
  },
  log: { level: 'info' as LogLevel },
  jobs: {},
  live: { liveIntervalMs: 300_000, updateIntervalMs: 1_800_000 },
  worker: { queueName: 'sports-ingest', concurrency: 10 },
  queue: { driver: 'pg-boss' as (typeof queueDrivers)[number] },
  /** Per trigger: false runs its stats inline instead of queueing them. So long after a load those of its sport are begun. */
  backgroundJobs: { global: true, admin: true, cron: true, match: true, matchDelayMs: 60_000 },
  alerts: { enabled: true, thresholds: { consecutiveFailures: 3, staleDataHours: 24, deadLetters: 50 } },
  features: { dryRun: false, skipEntityExtraction: false },
}

/** The settings in effect. What has no default and was not given is missing. */
export type Config = typeof defaults & {
  /** Absolute. Its default depends on the user: see load.ts. */
  dataDir: string
  /** The settings file that was read; absolute. */
  file?: string
  /** The instant the clock starts at, for tests and rehearsals. */
  now?: Date
  /** `leap` leaps over waits, `x720` runs so many times faster; without it the clock runs like the system's. */
  clock?: 'run' | 'leap' | `x${number}`
  /** The real instant at which a faster clock reads `now`, for processes that share it. */
  clockSince?: Date
  sports: Record<string, { enabled: boolean }>
  /** Without `url`: the embedded server. */
  database: {
    url?: Secret
    /** The server of `url`, where that is a pooler. */
    directUrl?: Secret
  }
  providers: Record<string, { url?: string; dailyQuota?: number; price?: number }>
  racing: { username?: Secret; password?: Secret }
  /** Without `format`: pretty on a terminal, json elsewhere. */
  log: { format?: 'pretty' | 'json' }
  jobs: Record<string, JobConfig>
  queue: { redisUrl?: Secret }
  notify?: { channel?: string }
  worker: { id?: string; internalApiKey?: Secret; cacheInvalidationUrl?: string }
  alerts: {
    webhook?: Secret
    hook?: { url?: Secret; secret?: Secret }
    mail?: { url?: Secret; from?: string; to?: string }
    sentryDsn?: Secret
    pingUrl?: Secret
  }
}

/** Defaults of a job. Its default time zone is the file's. */
export const jobDefaults = {
  ...{
    timeoutMs: 3_600_000,
    weekly: false,
    full: false,
    enabled: true,
    missed: 'once',
    missedWindowMs: 7 * dayMs,
    overlap: 'skip',
  },
} satisfies Partial<JobConfig>
