import { hostname } from 'node:os'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ItemCounts, Receipt } from '../../src/pipeline/receipt.ts'
import { runCli } from '../support/cli.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { accessDenied, type HandMadeGame, startHandMadeNba } from '../support/hand-made-nba.ts'
import { expectOneLine } from '../support/told.ts'

const games: HandMadeGame[] = [
  { id: '0022400561', day: '2025-01-15' },
  { id: '0022400562', day: '2025-01-15', sides: [1610612739, 1610612740] },
]
let store: TestDatabase
const run = (words: string) => runCli(words.split(' '), { DATABASE_URL: store.url })

beforeAll(async () => {
  store = await createTestDatabase()
  await using api = await startHandMadeNba({ games, boxes: { '0022400562': accessDenied } })
  const env = { ...api.env, DATABASE_URL: store.url, SPORTS_INGEST_NOW: '2025-01-16T12:00:00Z' }
  await runCli(['schedule', 'daily'], env)
  await runCli(['schedule', 'daily'], env)
})
afterAll(() => store[Symbol.asyncDispose]())

describe('runs', () => {
  test('list has them newest first, and no more than asked for', async () => {
    const all = JSON.parse((await run('runs list --json')).stdout)
    expect(all.map(({ id }: { id: number }) => id)).toEqual([2, 1])
    expect(all[1]).toMatchObject({
      job: 'daily',
      sport: 'nba',
      status: 'failed',
      targetDate: '2025-01-15',
      failures: 1,
      watermarkBefore: null,
      watermarkAfter: '2025-01-15',
      host: hostname(),
      pid: expect.any(Number),
    })
    expect(JSON.parse((await run('runs list --limit 1 --json')).stdout)).toHaveLength(1)
    expect((await run('runs list')).stdout).toMatch(/^id +job +sport .*\n2 +daily +nba +2025-01-15 +failed +1 +2025-01-16 /)
  })

  test('show has the receipt: every game asked for is counted once', async () => {
    const { counts, chunks } = JSON.parse((await run('runs show 1 --json')).stdout)
    const [{ noun, asked, settled, ...outcomes }, ...others] = (counts as Receipt).items as [ItemCounts]
    expect(others).toEqual([])
    expect({ noun, settled }).toEqual({ noun: 'games', settled: 0 })
    expect(outcomes).toEqual({ loaded: 1, corrected: 0, unchanged: 0, postponed: 0, dead: 1 })
    expect(Object.values(outcomes).reduce((sum, n) => sum + n)).toBe(asked)
    expect(chunks).toMatchObject([
      { unit: '2025-01-15', windowFrom: '2025-01-15', windowTo: '2025-01-15', status: 'done', attempts: 1 },
    ])
    const shown = (await run('runs show 1')).stdout
    expect(shown).toMatch(/^run +1: daily nba 2025-01-15$/m)
    expect(shown).toMatch(/^watermark +none → 2025-01-15$/m)
    expect(shown).toMatch(/^2025-01-15 +done +1 +2 +1 +16$/m)
    await expectOneLine(['runs', 'show', '99'], {
      code: 100,
      says: 'There is no run 99. Hint: See sports-ingest runs list.',
      env: { DATABASE_URL: store.url },
    })
  })
})

describe('dead letters', () => {
  test('list and show say what, why and how often; show has what came', async () => {
    const [letter, ...others] = JSON.parse((await run('dead-letters list --json')).stdout)
    expect(others).toEqual([])
    expect(letter).toMatchObject({
      sport: 'nba',
      dataset: 'box-scores',
      item: '0022400562',
      day: '2025-01-15',
      stage: 'fetch',
      errorClass: 'ProviderRejectedError',
      attempts: 2,
      status: 'open',
    })
    expect((await run('dead-letters list')).stdout).toMatch(
      new RegExp(`^id +sport .*\\n${letter.id} +nba +box-scores +0022400562 +2025-01-15 +2 +open `),
    )
    const shown = (await run(`dead-letters show ${letter.id}`)).stdout
    expect(shown).toContain('nba-cdn answered 403 to GET /')
    expect(shown).toContain('<Error><Code>AccessDenied</Code></Error>')
    expect(shown).toMatch(/tried by 2 runs/)
    expect((await run('dead-letters list --status resolved')).stdout).toContain('There are none')
    await expectOneLine(['dead-letters', 'show', '99'], {
      code: 100,
      says: /^There is no dead letter 99\. Hint: /,
      env: { DATABASE_URL: store.url },
    })
  })
})

describe('the tables other programs may read', () => {
  const loaded = ['provider', 'provider_id', 'row_hash', 'created_at', 'updated_at']
  test.each<[string, string[]]>([
    ['ingest_watermarks', ['stage', 'key', 'value', 'updated_at']],
    [
      'ingest_runs',
      [
        'id',
        'job',
        'sport',
        'status',
        'counts',
        'failures',
        'watermark_before',
        'watermark_after',
        'started_at',
        'finished_at',
        'host',
        'pid',
      ],
    ],
    ['ingest_chunks', ['run_id', 'window_from', 'window_to', 'status', 'attempts', 'error_class']],
    ['dead_letters', ['id', 'sport', 'dataset', 'item', 'stage', 'error_class', 'message', 'payload', 'attempts', 'status']],
    ['payloads', ['provider', 'url', 'hash', 'etag', 'status', 'fetched_at']],
    ['teams', ['sport', ...loaded]],
    ['players', ['sport', ...loaded]],
    ['games', ['sport', 'season', 'game_date', 'starts_at', 'status', 'home_score', 'away_score', 'last_checked_at', ...loaded]],
    ['game_stats', ['sport', 'season', 'game_id', 'player_id', 'team_id', 'updated_at', 'points']],
    [
      'nba_player_game_stats',
      ['game_id', 'player_id', 'team_id', 'points', 'rebounds_total', 'three_pointers_made', 'plus_minus_points', ...loaded],
    ],
    ['nba_team_game_stats', ['game_id', 'team_id', 'points', ...loaded]],
  ])('%s has its columns, and its instants know their zone', async (table, columns) => {
    const found = await store.sql<{ name: string; type: string }[]>`
      select column_name as name, data_type as type from information_schema.columns where table_schema = 'public' and table_name = ${table}`
    expect(found.map(({ name }) => name)).toEqual(expect.arrayContaining(columns))
    for (const { name, type } of found) if (name.endsWith('_at')) expect(type, name).toBe('timestamp with time zone')
  })

  test('a payload is the raw answer, compressed, once for each content', async () => {
    const rows = await store.sql<{ url: string; body: Buffer; bytes: number }[]>`
      select url, body, bytes from payloads where provider = 'nba-cdn' and status = 200 order by url`
    expect(rows.map(({ url }) => url.split('/').at(-1))).toEqual(['boxscore_0022400561.json', 'scheduleLeagueV2.json'])
    const [box] = rows
    const raw = gunzipSync(box?.body ?? Buffer.alloc(0))
    expect(raw).toHaveLength(box?.bytes ?? 0)
    expect(JSON.parse(raw.toString())).toMatchObject({ game: { gameId: '0022400561' } })
  })

  test('game_stats has a line per player of a game, with its season', async () => {
    const rows = await store.sql`select sport, season, game_id as game, points from game_stats order by points desc`
    expect(rows).toHaveLength(4)
    expect(rows[0]).toEqual({ sport: 'nba', season: '2024-25', game: '0022400561', points: 51 })
  })

  test('updated_at moves only when a value changed', async () => {
    const [moved] = await store.sql`select count(*)::int as games from games where updated_at > created_at`
    expect(moved).toEqual({ games: 0 })
  })
})
