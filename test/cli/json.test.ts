import { globSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { runCli } from '../support/cli.ts'
import { createTestDatabase } from '../support/database.ts'
import { accessDenied, boxScoreOf, type HandMadeGame, type HandMadeLeague, startHandMadeNba } from '../support/hand-made-nba.ts'
import { nflFiles, startHandMadeNfl } from '../support/hand-made-nfl.ts'
import { reply } from '../support/provider-server.ts'
import { createScratch } from '../support/scratch.ts'
import { createCrontab } from '../support/stand-in-crontab.ts'

/*
 * The `--json` output of every command, kept in test/cli/json:
 *
 *  - json/*.json is what scripts parse. It stays equal byte for byte: a difference breaks the contract.
 *  - json/receipts/*.json holds the receipts of jobs (`runs`, `failures`) and `counts` of `runs list` and `runs show`, which hold the
 *    same. Their shape may change, with an entry in CHANGELOG.md.
 *
 * The commands run one after the other on one database, and each depends on those before it: run the whole file. To write the
 * snapshots again: npx vitest run --config test/vitest.config.ts test/cli/json.test.ts -u
 */

/** The evening of 16 January in New York: one game is live, two of the day before are final. */
const now = '2025-01-17T01:30:00Z'

const early: HandMadeGame = { id: '0022400101', day: '2024-11-05', sides: [1610612743, 1610612744] }
const one: HandMadeGame = { id: '0022400561', day: '2025-01-15' }
const two: HandMadeGame = { id: '0022400562', day: '2025-01-15', sides: [1610612739, 1610612740] }
const live: HandMadeGame = {
  id: '0022400570',
  day: '2025-01-16',
  sides: [1610612741, 1610612742],
  status: 2,
  text: 'Q3 4:20',
  score: [70, 68],
}
const boxes: NonNullable<HandMadeLeague['boxes']> = {
  // Differs from the schedule, which is a finding.
  [early.id]: () => reply(200, {}, boxScoreOf({ ...early, score: [130, 99] })),
  [one.id]: accessDenied,
  [two.id]: () => reply(200, {}, { game: { gameId: two.id } }),
}
const league: HandMadeLeague = { games: [early, one, two, live], today: '2025-01-16', boxes }

/** The file of injuries is missing. */
const { injuries_2024: _, ...files } = nflFiles(2024)
const addBadRow = () => {
  files['snap_counts_2024'] = `${files['snap_counts_2024']}2024_02_KC_LV,2024\n`
}

const [nba, nfl, store, empty] = await Promise.all([
  startHandMadeNba(league),
  startHandMadeNfl(files),
  createTestDatabase(),
  createTestDatabase({ empty: true }),
])
const folder = createScratch()
afterAll(async () => {
  folder[Symbol.dispose]()
  await Promise.all([nba, nfl, store, empty].map(each => each[Symbol.asyncDispose]()))
})

const env = {
  ...nba.env,
  ...nfl.env,
  DATABASE_URL: store.url,
  SPORTS_INGEST_NOW: now,
  SPORTS_INGEST_DATA_DIR: join(folder.path, 'data'),
  SPORTS_INGEST_RETRY_MAX_ATTEMPTS: '1',
  SPORTS_INGEST_SPORTS_NFL_ENABLED: 'true',
}

interface Step {
  /** Name of its snapshot. */
  name: string
  words: string
  code?: number
  /** `receipt`: all of the output may change its shape; `runs`: the `counts` of each run. Otherwise nothing may. */
  output?: 'receipt' | 'runs'
  env?: Record<string, string>
  /** Changes what the providers answer from here on. */
  before?: () => void
}

const ofNba = '--sport nba --season 2024-25'
const ofNfl = '--sport nfl --season 2024'
const onEmpty = { DATABASE_URL: empty.url }
const unreachable = { DATABASE_URL: 'postgres://user:secret@127.0.0.1:9/none' }

const steps: Step[] = [
  { name: 'config-init', words: 'config init' },
  { name: 'config-validate', words: 'config validate' },
  { name: 'config-show', words: 'config show' },

  { name: 'db-migrate', words: 'db migrate', env: onEmpty },
  { name: 'db-status', words: 'db status', env: onEmpty },
  { name: 'db-query', words: 'db query select(2)as"two",null::date' },

  { name: 'jobs-enqueue', words: 'jobs enqueue --request-id one --only update_power_ratings' },
  { name: 'jobs-list', words: 'jobs list' },
  { name: 'jobs-cancel', words: 'jobs cancel 1' },
  { name: 'jobs-show', words: 'jobs show 1' },
  { name: 'jobs-retry', words: 'jobs retry 1' },
  { name: 'jobs-prune', words: 'jobs prune --older-than 7d' },

  { name: 'watermark-get-none', words: 'watermark get schedule daily', code: 1 },
  { name: 'daily-dry-run', words: 'schedule daily --dry-run', code: 2, output: 'receipt' },
  { name: 'daily', words: 'schedule daily', code: 3, output: 'receipt' },

  { name: 'dead-letters-show', words: 'dead-letters show 2' },
  {
    name: 'dead-letters-retry',
    words: 'dead-letters retry --all',
    code: 2,
    output: 'receipt',
    before: () => delete boxes[one.id],
  },
  { name: 'dead-letters-discard', words: 'dead-letters discard 2 --reason cancelled' },
  { name: 'dead-letters-list', words: 'dead-letters list --status all' },

  { name: 'backfill-plan-nba', words: `schedule backfill ${ofNba} --plan` },
  { name: 'backfill-nba', words: `schedule backfill ${ofNba}`, output: 'receipt' },
  { name: 'backfill-plan-nfl', words: `schedule backfill ${ofNfl} --plan` },
  { name: 'backfill-nfl', words: `schedule backfill ${ofNfl}`, code: 2, output: 'receipt', before: addBadRow },

  { name: 'live-nba', words: 'live --once --sport nba', output: 'receipt' },
  { name: 'live-nfl', words: 'live --once --sport nfl', code: 1, output: 'receipt' },

  { name: 'stats-run', words: 'stats run' },
  { name: 'stats-list', words: 'stats list' },
  { name: 'stats-leaders', words: 'stats leaders --sport nfl' },
  { name: 'stats-show', words: 'stats show player 00-0000000 --sport nfl' },

  { name: 'db-url', words: 'db url' },
  { name: 'export-list', words: 'export --list' },
  { name: 'export', words: 'export games teams --out tables' },

  { name: 'runs-list', words: 'runs list', output: 'runs' },
  { name: 'runs-show', words: 'runs show 5', output: 'runs' },
  { name: 'reference', words: 'schedule reference', output: 'receipt' },

  { name: 'schedule-next', words: 'schedule next' },
  { name: 'schedule-rehearse', words: 'schedule rehearse --from 2025-01-18 --to 2025-01-19' },
  { name: 'schedule-run', words: 'schedule run --update reference_data', output: 'receipt' },
  // The lines themselves name paths of the machine.
  { name: 'schedule-crontab', words: 'schedule crontab --remove', env: { PATH: createCrontab(folder.path).path } },
  { name: 'deploy', words: 'deploy railway' },
  { name: 'schedule-why', words: 'schedule why reference_data 2025-01-17T01:30Z' },

  { name: 'watermark-verify', words: 'watermark verify' },
  { name: 'quality', words: 'quality --sport nfl --errors-only', code: 0 },
  { name: 'health', words: 'health', code: 102, env: unreachable },
  { name: 'watermark-set', words: 'watermark set schedule daily 2025-01-10 --reason again' },
  { name: 'watermark-get', words: 'watermark get schedule daily' },
  { name: 'watermark-list', words: 'watermark list' },
  { name: 'watermark-history', words: 'watermark history schedule daily:nba' },

  { name: 'alerts-list', words: 'alerts list' },
  { name: 'alerts-test', words: 'alerts test', code: 1, env: { SPORTS_INGEST_ALERT_WEBHOOK: 'http://127.0.0.1:9/chat' } },

  { name: 'error-flag', words: 'runs list --limits 5', code: 100 },
  { name: 'error-setting', words: 'config validate', code: 101, env: { SPORTS_INGEST_API_TIMEOUT: 'long' } },
  { name: 'error-database', words: 'runs list', code: 102, env: unreachable },
  {
    name: 'error-provider',
    words: 'schedule daily --sport nba',
    code: 104,
    before: () => {
      league.schedule = accessDenied
    },
  },
]

test.each(steps)('$name: $words', async ({ name, words, code = 0, output, env: more, before }) => {
  before?.()
  const run = await runCli([...words.split(' '), '--json'], { ...env, ...more }, folder.path)
  expect(run.code, run.stderr).toBe(code)
  const value: unknown = JSON.parse(run.stdout)
  expect(run.stdout).toBe(toText(value))
  const snapshots = output === 'runs' ? splitCounts(value) : output === 'receipt' ? { receipt: value } : { stable: value }
  if ('stable' in snapshots) await expect(toText(withoutWhatVaries(snapshots.stable))).toMatchFileSnapshot(`json/${name}.json`)
  if ('receipt' in snapshots)
    await expect(toText(withoutWhatVaries(snapshots.receipt, 'receipt'))).toMatchFileSnapshot(`json/receipts/${name}.json`)
})

test('every command has a snapshot, and every snapshot a command', () => {
  const commands = globSync('**/*.ts', { cwd: join(import.meta.dirname, '../../src/commands') })
    .map(file => file.replace(/\.ts$/, '').replaceAll('/', ' '))
    // help and autocomplete have no --json, sandbox and worker do not end, psql prints what it likes, and a schema grows with each setting.
    .filter(command => !/^(help|autocomplete|sandbox|worker|db psql|config schema)\b/.test(command))
  expect(commands.filter(command => !steps.some(({ words, code }) => code !== 100 && words.startsWith(command)))).toEqual([])

  const expected = steps.flatMap(({ name, output }) => [
    ...(output === 'receipt' ? [] : [`${name}.json`]),
    ...(output ? [`receipts/${name}.json`] : []),
  ])
  expect(globSync('**/*.json', { cwd: join(import.meta.dirname, 'json') }).sort()).toEqual(expected.sort())
})

const toText = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`

/** A run, or a list of them: all but their counts, and their counts. */
function splitCounts(value: unknown): { stable: unknown; receipt: unknown } {
  if (Array.isArray(value)) {
    const runs = value.map(splitCounts)
    return { stable: runs.map(({ stable }) => stable), receipt: runs.map(({ receipt }) => receipt) }
  }
  const run = value as { id: number; job: string; counts: unknown }
  return { stable: { ...run, counts: '<counts>' }, receipt: { id: run.id, job: run.job, counts: run.counts } }
}

/** What depends on the machine or the time, by its key. */
const varying = new Set(['host', 'pid', 'bytes', 'server', 'finishAt', 'nextPollAt', 'durationMs'])

/** The same value with a name in place of what is different each time. */
function withoutWhatVaries(value: unknown, output?: 'receipt', key = ''): unknown {
  if (value !== null && varying.has(key)) return `<${key}>`
  if (typeof value === 'string') return nameWhatVaries(value)
  if (Array.isArray(value)) {
    const all = value.map(each => withoutWhatVaries(each, output))
    // A new migration is no change of the output.
    return ['migrations', 'applied'].includes(key) && all.length > 0 ? [all[0], `<${all.length > 1 ? 'more' : 'no more'}>`] : all
  }
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([name, each]) => [name, withoutWhatVaries(each, output, name)] as const)
  // Files are read several at a time: their tables come in any order.
  return Object.fromEntries(key === 'tables' ? entries.sort(([a], [b]) => (a < b ? -1 : 1)) : entries)
}

function nameWhatVaries(text: string): string {
  if (text === userInfo().username) return '<user>'
  const sinceStart = Date.parse(text) - Date.parse(now)
  if (/^\d{4}-\d\d-\d\dT.*Z$/.test(text) && sinceStart > 0 && sinceStart < 60_000) return '<now>'
  // Background jobs go by the database's clock.
  if (/^\d{4}-\d\d-\d\dT.*Z$/.test(text) && Math.abs(Date.parse(text) - Date.now()) < 120_000) return '<database now>'
  return text
    .replace(`Cancelled by ${userInfo().username}.`, 'Cancelled by <user>.')
    .replaceAll(folder.path, '<folder>')
    .replaceAll(store.url, '<database>')
    .replaceAll(nba.url, '<nba>')
    .replaceAll(nfl.url, '<nfl>')
    .replace(/^\d+(\.\d+)? [GM]B are free/, '<some> are free')
    .replace(/on \S+ \(pid \d+\)/, 'on <host> (pid <pid>)')
    .replace(/the database test_\w+ at .*/, 'the database <name> at <server>')
}
