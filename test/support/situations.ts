import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CliResult, runCli } from './cli.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'
import { type HandMadeRacing, result, startHandMadeRacing } from './hand-made-racing.ts'
import { reply } from './provider-server.ts'
import { createScratch } from './scratch.ts'

/** An installation with horse racing alone, whose clock the caller sets. */
export interface Installation extends AsyncDisposable {
  store: TestDatabase
  api: HandMadeRacing
  /** Writes the settings file anew: other settings, and its jobs. */
  settle(settings?: string, jobs?: string): void
  /** Whether DATABASE_URL names the database, or the settings file does. */
  hasUrl: boolean
  run(now: string, ...words: string[]): Promise<CliResult>
  /** Paths that the provider was asked for so far. */
  requests(): string[]
}

/** What somebody is to find out, by which commands, and what these must say: the cause, and what to do about it. */
export interface Situation {
  now: string
  asks: string[][]
  cause: RegExp
  remedy: RegExp
  /** Of the first command. */
  code: number
}

const usualJobs = `
  daily_data: { frequency: "0 6 * * *", run: daily, missed: merge }
  night: { frequency: "30 2 * * *", run: prune }`

const days = ['2026-03-04', '2026-03-05', '2026-03-06', '2026-03-07']

/**
 * A day on which everything went well: what there is was loaded at seven in the morning in New York. A day later that is old, so questions about
 * the next morning are asked before.
 */
export async function install(): Promise<Installation> {
  const results = Object.fromEntries(days.map(day => [day, [2, 3, 4, 5].map(n => result(day, n))]))
  const api: HandMadeRacing = { results, cards: {}, today: '2026-03-05' }
  const server = await startHandMadeRacing(api)
  const store = await createTestDatabase()
  const dir = createScratch()
  const installation: Installation = {
    ...{ store, api, hasUrl: true },
    requests: () => server.requests.map(({ path }) => path),
    settle: (settings = '', jobs = usualJobs) =>
      writeFileSync(
        join(dir.path, 'sports-ingest.config.yaml'),
        `sports: { nba: { enabled: false }, nfl: { enabled: false } }\nracing: { username: user, password: pass }\n${settings}\njobs:${jobs}\n`,
      ),
    run: (now, ...words) =>
      runCli(
        words,
        {
          ...(installation.hasUrl ? { DATABASE_URL: store.url } : {}),
          ...{ SPORTS_INGEST_PROVIDER_THE_RACING_API_URL: server.url, SPORTS_INGEST_NOW: now },
          ...{ SPORTS_INGEST_RACING_RATE_LIMIT: '500', SPORTS_INGEST_RACING_FREE_RATE_LIMIT: '500', LOG_LEVEL: 'error' },
        },
        dir.path,
      ),
    [Symbol.asyncDispose]: async () => {
      dir[Symbol.dispose]()
      await server[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
    },
  }
  installation.settle()
  await installation.run('2026-03-05T12:00:00Z', 'schedule', 'run')
  return installation
}

/** The next night, and the next morning at six o'clock in New York. */
async function runNextMorning(at: Installation): Promise<void> {
  await at.run('2026-03-06T07:35:00Z', 'schedule', 'run')
  await at.run('2026-03-06T11:03:00Z', 'schedule', 'run')
}

export const situations: Record<string, (at: Installation) => Promise<Situation>> = {
  'nothing is wrong': async () => ({
    now: '2026-03-05T12:10:00Z',
    asks: [['health', '--online'], ['quality']],
    cause: /Nothing is wrong/,
    remedy: /12 of 12 rules hold for 4 races/,
    code: 0,
  }),

  'the provider blocks us': async at => {
    at.api.instead = () => reply(403, { 'content-type': 'text/html' }, '<html>Access denied</html>')
    await runNextMorning(at)
    return {
      now: '2026-03-06T11:30:00Z',
      asks: [
        ['health', '--online'],
        ['schedule', 'why', 'daily_data', '2026-03-06T06:00'],
      ],
      cause: /the-racing-api answered 403.*refuses this address or client/s,
      remedy: /Run from another network/,
      code: 3,
    }
  },

  'the host was asleep for a week': async () => ({
    now: '2026-03-12T12:00:00Z',
    asks: [['health'], ['schedule', 'why', 'daily_data', '2026-03-08T06:00']],
    cause: /Nobody has called sports-ingest schedule run for 7 days, since 2026-03-05 12:00Z: 14 due times have passed/,
    remedy: /sports-ingest schedule crontab --install.*was this host awake\?.*makes up for them by itself/s,
    code: 2,
  }),

  'the clock changes in the night': async at => {
    await at.run('2026-03-07T12:00:00Z', 'schedule', 'run')
    await at.run('2026-03-08T07:05:00Z', 'schedule', 'run')
    return {
      now: '2026-03-08T09:00:00Z',
      asks: [['schedule', 'why', 'night', '2026-03-08T02:30'], ['health']],
      cause: /the clock of America\/New_York goes from 02:00 to 03:00 at once: what is due in between is due at 03:00/,
      remedy: /was due at 2026-03-08 03:00 America\/New_York, and ran/,
      code: 0,
    }
  },

  'a job runs longer than it may': async at => {
    await at.store.sql`
      insert into ingest_occurrences (job, due_at, status, reason, runs, decided_at)
      values ('daily_data', '2026-03-05T11:00:00Z', 'skipped', 'overlap', '[]', '2026-03-05T11:00:00Z')`
    return {
      now: '2026-03-05T12:10:00Z',
      asks: [['health'], ['schedule', 'why', 'daily_data', '2026-03-05T06:00']],
      cause: /1 due time was skipped because the run before had not ended/,
      remedy: /make it due less often \(jobs\.daily_data\.frequency\), or set jobs\.daily_data\.overlap to queue/,
      code: 1,
    }
  },

  'a job is switched off': async at => {
    at.settle('', usualJobs.replace('missed: merge', 'missed: merge, enabled: false'))
    await runNextMorning(at)
    return {
      now: '2026-03-06T11:30:00Z',
      asks: [['health'], ['schedule', 'why', 'daily_data', '2026-03-06T06:00']],
      cause: /It is switched off: jobs\.daily_data\.enabled is false/,
      remedy: /No job that is switched on loads racing.*set jobs\.daily_data\.enabled to true/,
      code: 1,
    }
  },

  'the quota of the day is used up': async at => {
    at.settle('providers: { the-racing-api: { daily_quota: 1 } }')
    await runNextMorning(at)
    return {
      now: '2026-03-06T11:30:00Z',
      asks: [['health'], ['schedule', 'why', 'daily_data', '2026-03-06T06:00']],
      cause: /The daily_quota of 1 requests is used up/,
      remedy: /the next run after that loads the rest\. Or raise providers\.the-racing-api\.daily_quota/,
      code: 2,
    }
  },

  'the database has moved': async at => {
    at.hasUrl = false
    at.settle('database: { url: "postgres://me@127.0.0.1:1/sports" }')
    return {
      now: '2026-03-06T11:30:00Z',
      asks: [['health'], ['quality']],
      cause: /The database sports at 127\.0\.0\.1:1 cannot be reached/,
      remedy: /If the database has moved, name its new place there/,
      code: 102,
    }
  },

  'half a day is missing': async at => {
    await at.store.sql`delete from runners where race_id in ('rac_202603042', 'rac_202603043')`
    await at.store.sql`delete from races where provider_id in ('rac_202603042', 'rac_202603043')`
    return {
      now: '2026-03-05T12:10:00Z',
      asks: [['quality'], ['health']],
      cause: /race rac_202603042 of 2026-03-04 is not stored/,
      remedy: /To load it again: sports-ingest quality --sport racing --fix/,
      code: 2,
    }
  },

  'a clock was wrong': async at => {
    await at.run('2026-03-20T12:00:00Z', 'schedule', 'daily', '--sport', 'racing')
    return {
      now: '2026-03-06T11:30:00Z',
      asks: [['health']],
      cause: /began at 2026-03-20 12:00Z, which is still to come: that host's clock was ahead then, or this one is behind/,
      remedy: /Set the clock that is wrong/,
      code: 2,
    }
  },
}
