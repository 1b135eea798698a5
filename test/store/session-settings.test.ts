import { beforeAll, expect, test } from 'vitest'
import { runCli } from '../support/cli.ts'
import { createTestDatabase } from '../support/database.ts'
import { startSmallLeague } from '../support/small-league.ts'
import { tableHashes } from '../support/table-hashes.ts'

/** What somebody may have set for a database, a role or a server; each group is set together. */
const groups: [string, Record<string, string>][] = [
  [
    'how values are written',
    {
      datestyle: 'German',
      intervalstyle: 'sql_standard',
      bytea_output: 'escape',
      timezone: 'Asia/Kolkata',
      extra_float_digits: '0',
      client_min_messages: 'error',
    },
  ],
  ['another way to write dates', { datestyle: 'SQL, DMY', intervalstyle: 'iso_8601', timezone: 'America/St_Johns' }],
  ['how statements are read', { standard_conforming_strings: 'off', transform_null_equals: 'on', array_nulls: 'off' }],
  ["a schema of the user's own name", { search_path: '"$user", public' }],
  ['a search path without the schema public', { search_path: 'elsewhere' }],
  [
    'transactions and limits',
    {
      default_transaction_isolation: 'serializable',
      default_transaction_read_only: 'on',
      default_transaction_deferrable: 'on',
      lock_timeout: '1ms',
      statement_timeout: '1s',
      idle_session_timeout: '300ms',
      idle_in_transaction_session_timeout: '100ms',
      row_security: 'off',
      // Known since PostgreSQL 17.
      transaction_timeout: '40ms',
    },
  ],
]

let league: Awaited<ReturnType<typeof startSmallLeague>>
let usual: Awaited<ReturnType<typeof work>>
beforeAll(async () => {
  league = await startSmallLeague()
  usual = await work({})
  return () => league.close()
})

/** Two dailies, the second of which finds corrected rows; what they leave, and what the program says of it. */
async function work(settings: Record<string, string>) {
  await using db = await createTestDatabase()
  await db.sql`create schema ${db.sql(decodeURIComponent(new URL(db.url).username))}`
  for (const [name, value] of Object.entries(settings))
    if ((await db.sql`select from pg_settings where lower(name) = ${name}`).length > 0)
      await db.sql.unsafe(`alter database ${db.name} set ${name} = '${value}'`)
  const env = { ...league.env, DATABASE_URL: db.url }
  const say = async (...words: string[]) => {
    const { code, stdout, stderr } = await runCli(words, env)
    return { code, stdout: stdout.replace(/\d+(\.\d+)? s\b/g, 'N s'), said: code === 0 ? '' : stderr }
  }
  const daily = ['schedule', 'daily', '--sport', 'nba', '--days-back', '2']
  const said = [await say(...daily)]
  await db.sql`update nba_player_game_stats set points = points + 1, row_hash = '\\x00' where provider_id = (select min(provider_id) from nba_player_game_stats)`
  said.push(await say(...daily), await say('watermark', 'verify'), await say('watermark', 'history', 'schedule', 'daily'))
  const runs = JSON.parse((await say('runs', 'list', '--json')).stdout) as { status: string; counts: { rows: object } }[]
  return { said, runs: runs.map(({ status, counts }) => ({ status, rows: counts.rows })), tables: await tableHashes(db.sql) }
}

test.each(groups)('a database with settings of its own (%s) is worked as any other', async (_, settings) => {
  const own = await work(settings)
  expect(own.said.map(({ code }) => code)).toEqual([0, 0, 0, 0])
  const withoutTimes = ({ stdout }: { stdout: string }) => stdout.replace(/\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?/g, 'TIME')
  expect(own.said.map(withoutTimes)).toEqual(usual.said.map(withoutTimes))
  expect(own).toMatchObject({ runs: usual.runs, tables: usual.tables })
})
