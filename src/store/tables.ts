import {
  bigint,
  boolean,
  date,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgSequence,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { sql } from 'drizzle-orm/sql'
import { bytea, instant, pgSnapshot, xid8 } from './columns.ts'

/** How far each stage is complete. Moves in the transaction of the rows it covers, or by `watermark set`. */
export const watermarks = pgTable(
  'ingest_watermarks',
  {
    stage: text('stage').notNull(),
    key: text('key').notNull(),
    value: text('value').notNull(),
    updatedAt: instant('updated_at').notNull(),
  },
  t => [primaryKey({ columns: [t.stage, t.key] })],
)

/**
 * Items that are settled (loaded or dead letters) beyond a watermark, because one before them is not. Deleted once the watermark
 * passes them.
 */
export const settled = pgTable(
  'ingest_settled',
  { stage: text('stage').notNull(), key: text('key').notNull(), item: text('item').notNull() },
  t => [primaryKey({ columns: [t.stage, t.key, t.item] })],
)

/** Every move of a watermark: by a run, or by a person with a reason. */
export const watermarkHistory = pgTable(
  'ingest_watermark_history',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    stage: text('stage').notNull(),
    key: text('key').notNull(),
    previous: text('previous'),
    /** Null: forgotten, to start over. */
    value: text('value'),
    runId: bigint('run_id', { mode: 'number' }),
    changedBy: text('changed_by').notNull(),
    reason: text('reason'),
    changedAt: instant('changed_at').notNull(),
  },
  t => [index('ingest_watermark_history_key').on(t.stage, t.key, t.id)],
)

/** One execution of a job, with its receipt in `counts`. */
export const runs = pgTable(
  'ingest_runs',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    job: text('job').notNull(),
    /** Null of a job of the user's own. */
    sport: text('sport'),
    /** Where it is about one. */
    season: text('season'),
    /** `failed`: with failures. `stopped`: by a signal or an error. `lost`: its process died. */
    status: text('status', { enum: ['running', 'done', 'failed', 'stopped', 'lost'] }).notNull(),
    targetDate: date('target_date', { mode: 'string' }),
    /** The first day it wanted to load, unless a person named the day: if no watermark is set yet, a later run catches up from there. */
    since: date('since', { mode: 'string' }),
    /** Its receipt, as `--json` prints it. */
    counts: jsonb('counts').$type<Record<string, unknown>>().notNull(),
    failures: integer('failures').notNull(),
    watermarkBefore: text('watermark_before'),
    watermarkAfter: text('watermark_after'),
    /** What its program wants its watermark to be; it becomes that when the run ends well. */
    watermarkNoted: text('watermark_noted'),
    /** Of the lease under which a job of the user's own runs. */
    leaseToken: bigint('lease_token', { mode: 'number' }),
    error: text('error'),
    startedAt: instant('started_at').notNull(),
    finishedAt: instant('finished_at'),
    host: text('host').notNull(),
    pid: integer('pid').notNull(),
  },
  t => [index('ingest_runs_recent').on(t.job, t.sport, t.id)],
)

/** What a run has logged, and its program has printed: the beginning and the end. Deleted after it. */
export const runLogs = pgTable('ingest_run_logs', {
  runId: bigint('run_id', { mode: 'number' }).primaryKey(),
  text: text('text').notNull(),
})

/** Jobs of the settings file, as the orchestrator saw them last. */
export const schedules = pgTable('ingest_schedules', {
  job: text('job').primaryKey(),
  frequency: text('frequency').notNull(),
  timezone: text('timezone').notNull(),
  /** Each due time up to then is in `ingest_occurrences`. */
  decidedUntil: instant('decided_until').notNull(),
  firstSeenAt: instant('first_seen_at').notNull(),
})

/** What became of each due time of a job. */
export const occurrences = pgTable(
  'ingest_occurrences',
  {
    job: text('job').notNull(),
    dueAt: instant('due_at').notNull(),
    /** `lost`: the process that ran it died. `merged`: another run was for this one as well. */
    status: text('status', { enum: ['waiting', 'running', 'done', 'failed', 'stopped', 'lost', 'merged', 'skipped'] }).notNull(),
    /** Why it was skipped. */
    reason: text('reason'),
    /** The due time that was run in its place. */
    by: instant('by'),
    /** Numbers of its runs in `ingest_runs`. */
    runs: jsonb('runs').$type<number[]>().notNull(),
    failures: integer('failures'),
    /** Why it failed. */
    message: text('message'),
    /** Of the lease under which it runs. */
    token: bigint('token', { mode: 'number' }),
    host: text('host'),
    pid: integer('pid'),
    decidedAt: instant('decided_at').notNull(),
    startedAt: instant('started_at'),
    finishedAt: instant('finished_at'),
  },
  t => [primaryKey({ columns: [t.job, t.dueAt] }), index('ingest_occurrences_open').on(t.job, t.status)],
)

/** A unit of a run: what is retried, and committed, in one go. */
export const chunks = pgTable(
  'ingest_chunks',
  {
    runId: bigint('run_id', { mode: 'number' }).notNull(),
    /** The unit's key: `2025-01-15`, `2024`, `eng.1 2024-25`, `all`. */
    unit: text('unit').notNull(),
    windowFrom: date('window_from', { mode: 'string' }).notNull(),
    windowTo: date('window_to', { mode: 'string' }).notNull(),
    /** Its datasets, where they are not those of events. */
    part: text('part').notNull().default(''),
    status: text('status', { enum: ['pending', 'running', 'done', 'failed'] }).notNull(),
    attempts: integer('attempts').notNull(),
    errorClass: text('error_class'),
    message: text('message'),
    counts: jsonb('counts').$type<Record<string, unknown>>().notNull(),
    finishedAt: instant('finished_at'),
  },
  t => [primaryKey({ columns: [t.runId, t.unit, t.part] })],
)

/** What could not be loaded, with its payload and the reason. At most one open letter per item of a dataset. */
export const deadLetters = pgTable(
  'dead_letters',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    sport: text('sport').notNull(),
    dataset: text('dataset').notNull(),
    item: text('item').notNull(),
    day: date('day', { mode: 'string' }).notNull(),
    stage: text('stage', { enum: ['fetch', 'transform', 'load'] }).notNull(),
    errorClass: text('error_class').notNull(),
    message: text('message').notNull(),
    /** The complete answer of the provider. */
    payload: bytea('payload'),
    attempts: integer('attempts').notNull(),
    /** `resolved`: loaded since. `discarded`: by a person. */
    status: text('status', { enum: ['open', 'resolved', 'discarded'] }).notNull(),
    runId: bigint('run_id', { mode: 'number' }),
    /** Who discarded it, why and when; remains if the item is loaded later. */
    discardedBy: text('discarded_by'),
    discardedReason: text('discarded_reason'),
    discardedAt: instant('discarded_at'),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
  },
  t => [uniqueIndex('dead_letters_open').on(t.sport, t.dataset, t.item).where(sql`status = 'open'`)],
)

/** Raw answers, gzipped, by content. The newest of a URL also serves conditional requests. */
export const payloads = pgTable(
  'payloads',
  {
    provider: text('provider').notNull(),
    /** The full address, without credentials. */
    url: text('url').notNull(),
    hash: bytea('hash').notNull(),
    body: bytea('body').notNull(),
    bytes: integer('bytes').notNull(),
    status: integer('status').notNull(),
    etag: text('etag'),
    lastModified: text('last_modified'),
    fetchedAt: instant('fetched_at').notNull(),
  },
  t => [primaryKey({ columns: [t.provider, t.url, t.hash] }), index('payloads_age').on(t.fetchedAt)],
)

/** Which state of a file the tables hold: a file that is still the same is not read again. */
export const files = pgTable(
  'ingest_files',
  {
    sport: text('sport').notNull(),
    dataset: text('dataset').notNull(),
    /** The unit's key: `2024`, `eng.1 2024-25`, `all`. */
    unit: text('unit').notNull(),
    provider: text('provider').notNull(),
    url: text('url').notNull(),
    etag: text('etag'),
    lastModified: text('last_modified'),
    /** SHA-256 of its content, decoded. */
    hash: bytea('hash').notNull(),
    bytes: bigint('bytes', { mode: 'number' }).notNull(),
    /** Rows of the tables that are of this file. */
    rows: integer('rows').notNull(),
    /** Its undeclared columns, separated by spaces: reported only when they change. */
    unknown: text('unknown').notNull(),
    /**
     * How it was read: with other columns declared, it is read again. Empty where an older version read it. Behind it, of a file of events,
     * what its last load left open.
     */
    shape: text('shape').notNull(),
    runId: bigint('run_id', { mode: 'number' }).notNull(),
    loadedAt: instant('loaded_at').notNull(),
  },
  t => [primaryKey({ columns: [t.sport, t.dataset, t.unit] })],
)

/** The right to work. A lease is free when it has expired, or when its holder's database session, where it has one, has ended. */
export const leases = pgTable('ingest_leases', {
  name: text('name').primaryKey(),
  owner: uuid('owner').notNull(),
  /** The fencing token: grows with each new holder, checked inside the holder's commits. */
  token: bigint('token', { mode: 'number' }).notNull(),
  host: text('host').notNull(),
  pid: integer('pid').notNull(),
  /** Null behind a pooler, where no session belongs to the holder. */
  backendPid: integer('backend_pid'),
  backendStart: instant('backend_start'),
  acquiredAt: instant('acquired_at').notNull(),
  expiresAt: instant('expires_at').notNull(),
})

/**
 * When each process may send its next request to a provider. Starts are numbered slots, `gap_ms` apart; of each thousand, `live_share` are
 * reserved for live work. Both kinds are handed out in order, so the next free slot of each kind is all that is stored.
 */
export const rateBudgets = pgTable('ingest_rate_budgets', {
  /** The account: provider and address. */
  provider: text('provider').primaryKey(),
  /** The slot given out last, and its time: that of the others follows. */
  slot: bigint('slot', { mode: 'number' }).notNull(),
  slotAt: instant('slot_at').notNull(),
  gapMs: doublePrecision('gap_ms').notNull(),
  /** By how much all slots were postponed so far, because a start was late. */
  lateMs: doublePrecision('late_ms').notNull(),
  liveShare: integer('live_share').notNull(),
  nextSlot: bigint('next_slot', { mode: 'number' }).notNull(),
  nextLiveSlot: bigint('next_live_slot', { mode: 'number' }).notNull(),
  /** When live work last booked a slot: its share is reserved only for a minute after that. */
  liveSeenAt: instant('live_seen_at'),
  pausedUntil: instant('paused_until'),
  /** The day in UTC of the last slot given out, and how many were on it: what a daily quota is counted by. */
  countedDay: date('counted_day'),
  counted: integer('counted').notNull().default(0),
})

/**
 * What others are to be told: written in the transaction of what it tells of, sent afterwards, at least once. Cache invalidations have a
 * sport and tags, alerts a message.
 */
export const outbox = pgTable(
  'ingest_outbox',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    /** `cache`, `redis`, or a channel of alerts: `webhook`, `hook`, `mail`, `sentry`. */
    channel: text('channel').notNull().default('cache'),
    sport: text('sport'),
    tags: jsonb('tags').$type<string[]>(),
    message: jsonb('message').$type<Record<string, unknown>>(),
    createdAt: instant('created_at').notNull(),
    sentAt: instant('sent_at'),
    attempts: integer('attempts').notNull(),
    /** Not before that. */
    dueAt: instant('due_at').notNull(),
    lastError: text('last_error'),
  },
  t => [index('ingest_outbox_unsent').on(t.channel, t.sport, t.id).where(sql`sent_at is null`)],
)

/** Troubles that people are told of, once when it begins and once when it is over: at most one open incident of each kind and key. */
export const incidents = pgTable(
  'ingest_incidents',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    /** `failures` of a job of the file, or of a `command`; `stale` data or `dead-letters` of a sport. */
    kind: text('kind', { enum: ['failures', 'command', 'stale', 'dead-letters'] }).notNull(),
    /** The job, `daily nba`, or the sport. */
    key: text('key').notNull(),
    /** What people were told when it began. */
    facts: jsonb('facts').$type<Record<string, unknown>>().notNull(),
    openedAt: instant('opened_at').notNull(),
    /** When somebody last looked and it was still so. */
    seenAt: instant('seen_at').notNull(),
    recoveredAt: instant('recovered_at'),
    /** Why it counts as over. */
    recovery: text('recovery'),
  },
  t => [uniqueIndex('ingest_incidents_open').on(t.kind, t.key).where(sql`recovered_at is null`)],
)

/** Signs of life of long-running processes (`live`): one row for each lease. */
export const heartbeats = pgTable('ingest_heartbeats', {
  /** The lease: `live:nba`. */
  name: text('name').primaryKey(),
  sport: text('sport').notNull(),
  host: text('host').notNull(),
  pid: integer('pid').notNull(),
  /** `live`, `update`; `stopped` where it ended by itself. */
  mode: text('mode').notNull(),
  why: text('why').notNull(),
  startedAt: instant('started_at').notNull(),
  beatAt: instant('beat_at').notNull(),
  nextLookAt: instant('next_look_at'),
  /** When the whole schedule was last updated, by this process or an earlier holder of the lease. */
  refreshedAt: instant('refreshed_at'),
  lastError: text('last_error'),
  /** Since when it fails; null where it does not. */
  incidentSince: instant('incident_since'),
})

/**
 * Background jobs: what people see of them, and what is given to the queue. A record is written in the transaction of what caused it, so a
 * queue that loses a message loses no job. Times are the database's.
 */
export const backgroundJobs = pgTable(
  'background_job_status',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    /** What is done: `stats`. */
    kind: text('kind').notNull(),
    status: text('status', { enum: ['queued', 'processing', 'completed', 'failed'] }).notNull(),
    /** Higher ones first: 2 of data that was loaded, 1 of people and schedules. */
    priority: integer('priority').notNull(),
    triggeredBy: text('triggered_by', { enum: ['admin', 'cron', 'match'] }).notNull(),
    /** Given by who asked: the same twice is one job. */
    requestId: text('request_id').unique('background_job_status_request'),
    payload: jsonb('payload').$type<Record<string, unknown>>().notNull(),
    /** What each of its parts has come to, by their names. */
    results: jsonb('results').$type<Record<string, JobResult>>().notNull().default({}),
    /** How often it was begun again after a failure, or after its worker died. */
    retryCount: integer('retry_count').notNull().default(0),
    workerId: text('worker_id'),
    /** The lease of the worker that has it: without that, it is given to another. */
    lease: text('lease'),
    /** Under which the queue has it; another for each time that it is begun, so only who was given this one may end it. */
    message: uuid('message').notNull().defaultRandom().unique('background_job_status_message'),
    /** While it waits, a job of the same key is not added a second time. */
    mergeKey: text('merge_key'),
    createdAt: instant('created_at').notNull().defaultNow(),
    /** Not before that. */
    dueAt: instant('due_at').notNull().defaultNow(),
    /** When it was given to the queue. */
    sentAt: instant('sent_at'),
    startedAt: instant('started_at'),
    completedAt: instant('completed_at'),
    lastError: text('last_error'),
  },
  t => [
    uniqueIndex('background_job_status_merge').on(t.mergeKey).where(sql`status = 'queued'`),
    index('background_job_status_due').on(t.dueAt).where(sql`status = 'queued'`),
    index('background_job_status_held').on(t.lease).where(sql`status = 'processing'`),
  ],
)

/** What a part of a job has come to. */
export interface JobResult {
  status: 'completed' | 'failed'
  durationMs: number
  rows: number
  error?: string
  /** What it has found, for who has asked for it. */
  value?: unknown
}

/**
 * Of which events the lines of stats have to be computed anew, written by triggers of the loaded tables, whoever changes them. Without an
 * event it is about all of a season, without a season as well about all of a sport.
 */
export const statsChanges = pgTable('ingest_stats_changes', {
  sport: text('sport').notNull(),
  season: text('season'),
  eventId: text('event_id'),
  transaction: xid8('transaction').notNull().default(sql`pg_current_xact_id()`),
  createdAt: instant('created_at').notNull().default(sql`now()`),
})

/** The numbers of those generations: none comes again, also where the state is lost. */
export const statsGeneration = pgSequence('ingest_stats_generation')

/**
 * Whose lines were others than those stored, by the generation of the lines that has others. Without a player it is about what else is known
 * of the season's events, without a season as well about all of a sport.
 */
export const statsLineChanges = pgTable('ingest_stats_line_changes', {
  sport: text('sport').notNull(),
  generation: integer('generation').notNull(),
  season: text('season'),
  playerId: text('player_id'),
  createdAt: instant('created_at').notNull().default(sql`now()`),
})

/**
 * The performances that count, as stats functions read them: computed from the tables of the sports once, and not by each function. Points
 * and ratings are whole hundredths, `m1` and so on the measures of the sport in their order.
 */
export const statsLines = pgTable(
  'ingest_stats_lines',
  {
    sport: text('sport').notNull(),
    season: text('season').notNull(),
    stage: text('stage').notNull(),
    half: integer('half'),
    eventId: text('event_id').notNull(),
    eventDate: date('event_date', { mode: 'string' }).notNull(),
    playerId: text('player_id').notNull(),
    teamId: text('team_id'),
    won: integer('won').notNull(),
    points: bigint('points', { mode: 'number' }).notNull(),
    rating: integer('rating').notNull(),
    ...{ m1: integer('m1'), m2: integer('m2'), m3: integer('m3'), m4: integer('m4') },
    ...{ m5: integer('m5'), m6: integer('m6'), m7: integer('m7'), m8: integer('m8') },
  },
  // Lines come by season, and most of a season stands together. Others than the lines of a season are so many that all are read.
  t => [index('ingest_stats_lines_season').using('brin', t.sport, t.season)],
)

/** Sums of those lines: of a player's games for a club in the half of a season. In play-offs the half is 0; without a club it is ''. */
export const statsSums = pgTable(
  'ingest_stats_sums',
  {
    sport: text('sport').notNull(),
    season: text('season').notNull(),
    stage: text('stage').notNull(),
    half: integer('half').notNull(),
    playerId: text('player_id').notNull(),
    teamId: text('team_id').notNull(),
    events: integer('events').notNull(),
    wins: integer('wins').notNull(),
    points: bigint('points', { mode: 'number' }).notNull(),
    best: bigint('best', { mode: 'number' }).notNull(),
    rating: integer('rating').notNull(),
    firstDate: date('first_date', { mode: 'string' }).notNull(),
    lastDate: date('last_date', { mode: 'string' }).notNull(),
    ...{ m1: integer('m1'), m2: integer('m2'), m3: integer('m3'), m4: integer('m4') },
    ...{ m5: integer('m5'), m6: integer('m6'), m7: integer('m7'), m8: integer('m8') },
  },
  // After a day few of all players are looked up.
  t => [index('ingest_stats_sums_season').using('brin', t.sport, t.season), index('ingest_stats_sums_player').on(t.playerId)],
)

/**
 * The last run of a stats function for a sport, and which generation of the lines it has read. Of the lines themselves, under the name
 * `lines`: their generation, and the snapshot that they show: what that does not show is new to them.
 */
export const statsState = pgTable(
  'ingest_stats_state',
  {
    function: text('function').notNull(),
    sport: text('sport').notNull(),
    generation: integer('generation').notNull(),
    snapshot: pgSnapshot('snapshot'),
    /** Of the database in which the snapshot means something: it does not in a copy that was restored elsewhere. */
    database: text('database'),
    /** A hash of its statement: another one computes all anew. */
    version: text('version').notNull(),
    isFull: boolean('is_full').notNull(),
    /** Written or deleted. */
    rows: integer('rows').notNull(),
    durationMs: integer('duration_ms').notNull(),
    ranAt: instant('ran_at').notNull(),
  },
  t => [primaryKey({ columns: [t.function, t.sport] })],
)
