/**
 * Writes the databases that an older version leaves behind, for test/cli/former-database.test.ts. Run it with the path of a built
 * checkout of that version (0.1.0, the commit before the unit model):
 *
 *     node test/support/former-database/generate.ts ../checkout-of-0.1.0
 *
 * The providers are the hand-made leagues of this checkout; all work is done by the other checkout's command line. `worked.sql` has
 * daily runs, a half-done backfill, a retry, a live turn, files of two seasons, and dead letters of every kind; `first-daily-failed.sql`
 * two first daily runs that failed. Run it again only where the hand-made files change, with the same older version.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir, userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Sql } from 'postgres'
import { createDatabaseOn, startDatabaseServer } from '../database-server.ts'
import { type HandMadeLeague, startHandMadeNba } from '../hand-made-nba.ts'
import { startHandMadeNfl } from '../hand-made-nfl.ts'
import { hang, reply } from '../provider-server.ts'
import { addressOf, discardedLetters, fileLetters, nbaOn, nflFilesWhenWritten, resolvedLetter, withoutAnswer } from './leagues.ts'

const [, , checkout = ''] = process.argv
const scratch = mkdtempSync(join(tmpdir(), 'former-database-'))

function start(words: string, env: Record<string, string>) {
  const child = spawn(process.execPath, [join(resolve(checkout), 'bin/run.js'), ...words.split(' ')], {
    cwd: scratch,
    env: {
      PATH: process.env['PATH'],
      HOME: scratch,
      LOG_LEVEL: 'error',
      SPORTS_INGEST_API_RATE_LIMIT: '500',
      SPORTS_INGEST_RETRY_MAX_ATTEMPTS: '1',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>(done => child.once('close', done))
  const done = Promise.all([ended, text(child.stdout), text(child.stderr)])
  return { child, done }
}

/** Runs a command of the other checkout, and wants this exit code. */
async function run(words: string, env: Record<string, string>, expected = 0): Promise<void> {
  const [code, stdout, stderr] = await start(words, env).done
  process.stderr.write(`${words}: exit ${code}\n${stdout}`)
  if (code !== expected) throw new Error(`${words} ended with ${code} and not with ${expected}: ${stderr}`)
}

async function idsOfLetters(sql: Sql, names: readonly string[]): Promise<string> {
  const found = await sql<{ id: number }[]>`
    select id from dead_letters where dataset || ' ' || item in ${sql([...names])} and status = 'open' order by id`
  if (found.length !== names.length) {
    const all = await sql<{ name: string }[]>`select dataset || ' ' || item as name from dead_letters where status = 'open'`
    throw new Error(`Not all of ${names.join(', ')} are among ${all.map(({ name }) => name).join(', ')}.`)
  }
  return found.map(({ id }) => id).join(' ')
}

async function writeWorked(server: string): Promise<void> {
  await using db = await createDatabaseOn(server, { empty: true })
  const { sql } = db

  await using files = await startHandMadeNfl(nflFilesWhenWritten())
  const nfl = (now: string) => ({ ...files.env, DATABASE_URL: db.url, SPORTS_INGEST_NOW: now })
  await run('schedule backfill --sport nfl --season 2023..2024', nfl('2024-09-20T12:00:00Z'), 6)
  const given = await idsOfLetters(sql, fileLetters.discarded)
  await run(`dead-letters discard ${given} --reason unfixable`, nfl('2024-09-20T12:30:00Z'))
  await run('schedule daily --sport nfl', nfl('2024-09-20T13:00:00Z'), 1)

  const league: HandMadeLeague = nbaOn('2025-01-15')
  await using api = await startHandMadeNba(league)
  const become = (state: HandMadeLeague) => Object.assign(league, state)
  const nba = (now: string) => ({ ...api.env, DATABASE_URL: db.url, SPORTS_INGEST_NOW: now })
  const refused = () => reply(403, { 'content-type': 'application/xml' }, '<Error><Code>AccessDenied</Code></Error>')
  become({ ...league, boxes: { ...league.boxes, [resolvedLetter]: refused } })
  await run('schedule daily --sport nba', nba('2025-01-15T12:00:00Z'), 2)
  const resolved = await idsOfLetters(sql, [`box-scores ${resolvedLetter}`])
  become(nbaOn('2025-01-15'))
  await run(`dead-letters retry ${resolved}`, nba('2025-01-15T13:00:00Z'))
  await run('live --sport nba --once', nba('2025-01-15T14:00:00Z'), 3)
  become(nbaOn('2025-01-16'))
  await run('schedule daily --sport nba', nba('2025-01-16T12:00:00Z'), 5)
  const unfixable = [`box-scores ${discardedLetters.box}`, `schedule ${discardedLetters.entry}`]
  await run(`dead-letters discard ${await idsOfLetters(sql, unfixable)} --reason unfixable`, nba('2025-01-16T13:00:00Z'))
  become(nbaOn('2025-01-17'))
  await run('schedule daily --sport nba', nba('2025-01-17T12:00:00Z'), 3)
  const backfill = 'schedule backfill --sport nba --season 2024-25 --to 2024-12-31 --chunk-days 14 --concurrency 1'
  become(withoutAnswer(nbaOn('2025-01-17'), '2024-11-05'))
  await run(backfill, nba('2025-01-17T13:00:00Z'), 2)
  await dump(sql, 'worked.sql', { NBA: api.url, NFL: files.url })
}

async function writeFirstDailyFailed(server: string): Promise<void> {
  await using db = await createDatabaseOn(server, { empty: true })
  const league: HandMadeLeague = { ...nbaOn('2025-01-15'), schedule: () => reply(500) }
  await using api = await startHandMadeNba(league)
  const nba = (now: string) => ({ ...api.env, DATABASE_URL: db.url, SPORTS_INGEST_NOW: now })
  const [code, , stderr] = await start('schedule daily --sport nba', nba('2025-01-15T12:00:00Z')).done
  process.stderr.write(`first daily: exit ${code}\n${stderr}`)
  // The second one is killed: its run is still said to be running.
  league.schedule = hang
  const killed = start('schedule daily --sport nba', nba('2025-01-16T12:00:00Z'))
  await api.received(api.requests.length + 1)
  killed.child.kill('SIGKILL')
  await killed.done
  await dump(db.sql, 'first-daily-failed.sql', { NBA: api.url, NFL: 'http://127.0.0.1:9' })
}

/** What differs from machine to machine, and what is only about connections and pacing. */
const leftOut = ['ingest_migrations', 'ingest_rate_budgets']

/** One statement per table, one line per row; nulls are left out. Addresses and names of the machine are replaced. */
async function dump(sql: Sql, name: string, addresses: Record<string, string>): Promise<void> {
  const tables = await sql<{ name: string }[]>`
    select table_name as name from information_schema.tables
    where table_schema = 'public' and table_type = 'BASE TABLE' and table_name not in ${sql(leftOut)} order by table_name collate "C"`
  const statements: string[] = []
  for (const { name: table } of tables) {
    const rows = await sql<{ row: Record<string, unknown> }[]>`select to_jsonb(t) as row from ${sql(table)} t order by t`
    if (rows.length === 0) continue
    const lines = rows.map(({ row }) =>
      JSON.stringify(Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null))),
    )
    statements.push(
      `insert into ${table} overriding system value select * from jsonb_populate_recordset(null::${table}, $rows$[\n${lines.join(',\n')}\n]$rows$);\n`,
    )
  }
  const identities = await sql<{ table: string; column: string }[]>`
    select table_name as table, column_name as column from information_schema.columns
    where table_schema = 'public' and is_identity = 'YES' order by 1`
  for (const { table, column } of identities)
    statements.push(
      `select setval(pg_get_serial_sequence('${table}', '${column}'), coalesce(max(${column}), 1), max(${column}) is not null) from ${table};\n`,
    )
  let written = statements.join('')
  for (const [provider, url] of Object.entries(addresses)) written = written.replaceAll(url, addressOf(provider))
  written = written
    .replaceAll(/"pid":\d+/g, '"pid":4711')
    .replaceAll(`"host":${JSON.stringify(hostname())}`, '"host":"cron-1"')
    .replaceAll(/"(changed_by|discarded_by)":"[^"]*"/g, (whole, column) =>
      whole === `"${column}":${JSON.stringify(userInfo().username)}` ? `"${column}":"operator"` : whole,
    )
  writeFileSync(join(import.meta.dirname, name), written)
  process.stderr.write(`${name}: ${(written.length / 1000).toFixed(0)} kB\n`)
}

try {
  await using server = await startDatabaseServer(undefined)
  await writeWorked(server.url)
  await writeFirstDailyFailed(server.url)
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
