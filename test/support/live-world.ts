import { tmpdir } from 'node:os'
import type { Sql } from 'postgres'
import { openApp } from '../../src/app.ts'
import type { Clock } from '../../src/core/clock.ts'
import { loadConfig } from '../../src/core/config/load.ts'
import { StoppedError } from '../../src/core/errors.ts'
import type { Log, LogFields } from '../../src/core/log.ts'
import type { CycleNote } from '../../src/jobs/live/follow-sport.ts'
import { runLive } from '../../src/jobs/live/live.ts'
import { isLive, type LiveSport } from '../../src/jobs/live/live-sport.ts'
import type { GameRow } from '../../src/pipeline/rows.ts'
import type { Sport } from '../../src/pipeline/sport.ts'
import { games } from '../../src/pipeline/tables.ts'
import { nba } from '../../src/sports/nba/index.ts'
import { nfl } from '../../src/sports/nfl/index.ts'
import { merge } from '../../src/store/merge.ts'
import type { TestDatabase } from './database-server.ts'
import { at, createTestClock } from './test-clock.ts'

/** A line of the log. */
export type Logged = { level: string; event: string } & LogFields

/** What following games for a while has come to. */
export interface Followed {
  notes: CycleNote[]
  logged: Logged[]
}

export interface FollowOptions {
  sports?: readonly LiveSport[]
  /** Stands at that instant, and leaps over every sleep. */
  now?: string
  clock?: Clock
  /** Datasets to load; all where missing. */
  only?: readonly string[]
  /** Stops after so many cycles of all sports together, or when this says so. */
  until: number | ((note: CycleNote, notes: readonly CycleNote[]) => boolean | Promise<boolean>)
}

/** A database of its own and the live work on it, run in this process. */
export interface LiveWorld extends AsyncDisposable {
  sql: Sql
  url: string
  follow(options: FollowOptions): Promise<Followed>
  /** Stores games as a schedule would have. */
  store(rows: readonly GameRow[], now: string): Promise<void>
  /** Makes it look as if the schedule was brought up to date at that instant. */
  updatedAt(sport: string, now: string): Promise<void>
}

export const liveNba = toLive(nba)

export const liveNfl = toLive(nfl)

/** A game that has not begun, as a schedule has it. */
export const toRow = (row: Pick<GameRow, 'providerId' | 'gameDate' | 'startsAt'> & Partial<GameRow>): GameRow => ({
  sport: 'nba',
  provider: 'nba-cdn',
  season: '2025-26',
  seasonType: 'regular',
  status: 'scheduled',
  statusText: null,
  period: null,
  homeTeamId: null,
  awayTeamId: null,
  homeScore: null,
  awayScore: null,
  venue: 'Hall',
  ...row,
})

function toLive(sport: Sport): LiveSport {
  if (!isLive(sport)) throw new Error(`${sport.id} has no live feed.`)
  return sport
}

/** `db` is closed with it. */
export async function openLiveWorld(db: TestDatabase, settings: Record<string, string>): Promise<LiveWorld> {
  const env = { DATABASE_URL: db.url, SPORTS_INGEST_API_RATE_LIMIT: '500', ...settings }
  const { config } = await loadConfig({ env, cwd: tmpdir() })

  async function follow({
    sports = [liveNba],
    now,
    clock = createTestClock(now),
    only = [],
    until,
  }: FollowOptions): Promise<Followed> {
    const stop = new AbortController()
    const notes: CycleNote[] = []
    const logged: Logged[] = []
    // A cycle waits for what the test does after the one before it.
    let noted: Promise<void> = Promise.resolve()
    const waiting: Clock = {
      ...clock,
      sleep: async (ms, signal) => {
        await noted
        await clock.sleep(ms, signal)
      },
    }
    const app = await openApp({ config, clock: waiting, log: keepingLog(logged), signal: stop.signal })
    const onNote = async (note: CycleNote) => {
      notes.push(note)
      const enough = typeof until === 'number' ? notes.length >= until : await until(note, notes)
      if (enough) stop.abort(new StoppedError('SIGTERM'))
    }
    try {
      const listener = {
        onCycle: (note: CycleNote) => {
          noted = noted.then(() => onNote(note))
        },
        onStandby: () => {},
        onReceipt: () => {},
      }
      await runLive(app, sports, { once: false, only, random: () => 0.5 }, listener).catch(error => {
        if (!(error instanceof StoppedError)) throw error
      })
    } finally {
      await noted
      await app.close()
    }
    return { notes, logged }
  }

  return {
    sql: db.sql,
    url: db.url,
    follow,
    store: async (rows, now) => {
      const stored = rows.map(row => ({ ...row, lastCheckedAt: at(now) }))
      await db.database.transaction(tx => merge(tx, games, stored, { at: at(now) }))
    },
    updatedAt: async (sport, now) => {
      await db.sql`
        insert into ingest_heartbeats (name, sport, host, pid, mode, why, started_at, beat_at, refreshed_at)
        values (${`live:${sport}`}, ${sport}, 'elsewhere', 1, 'stopped', '', ${now}, ${now}, ${now})`
    },
    [Symbol.asyncDispose]: () => db[Symbol.asyncDispose](),
  }
}

function keepingLog(lines: Logged[], inherited: LogFields = {}): Log {
  const emit = (level: string) => (event: string, fields?: LogFields) =>
    void lines.push({ level, event, ...inherited, ...fields })
  return {
    trace: () => {},
    debug: () => {},
    info: emit('info'),
    warn: emit('warn'),
    error: emit('error'),
    with: fields => keepingLog(lines, { ...inherited, ...fields }),
  }
}
