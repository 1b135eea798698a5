import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { brokenRules } from '../support/broken-rules.ts'
import { runCli, startCli } from '../support/cli.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { createScratch } from '../support/scratch.ts'
import { noSharedData } from '../support/shared-data.ts'
import { startRealProvider } from '../support/shared-provider.ts'
import { type TableHashes, tableHashes } from '../support/table-hashes.ts'
import { logLines, toldLines } from '../support/told.ts'
import { until } from '../support/until.ts'

const winter = ['schedule', 'daily', '--date', '2025-03-31', '--days-back', '90']

const envOf = ({ url }: TestDatabase, nbaCdn: string) => ({ DATABASE_URL: url, SPORTS_INGEST_PROVIDER_NBA_CDN_URL: nbaCdn })

/** Sides of games whose players' points do not add up to the schedule's final score, and how many do. */
async function pointsAgainstScores({ sql }: TestDatabase) {
  const [sums] = await sql<{ equal: number; different: number }[]>`
    with sides as (
      select provider_id as game_id, home_team_id as team_id, home_score as score from games
      union all select provider_id, away_team_id, away_score from games
    ), summed as (
      select game_id, team_id, score, (select sum(points) from nba_player_game_stats s where s.game_id = sides.game_id and s.team_id = sides.team_id) as points
      from sides
    )
    select count(*) filter (where points = score)::int as equal, count(*) filter (where points <> score)::int as different from summed`
  return sums
}

/** What `schedule daily` leaves of the winter. */
let ofDaily: TableHashes | undefined

describe.skipIf(noSharedData)('on real payloads', () => {
  test('a day is loaded whole, its points are the final scores, and a second run writes nothing', async () => {
    await using api = await startRealProvider()
    await using store = await createTestDatabase()
    const day = ['schedule', 'daily', '--date', '2025-01-15']

    const first = await runCli(day, envOf(store, api.nbaCdn))
    expect(first).toMatchObject({ code: 0 })
    const [start, end] = [
      logLines(first).find(({ event }) => event === 'job.start'),
      logLines(first).find(({ event }) => event === 'job.end'),
    ]
    expect(start?.msg).toMatch(/^job\.start job=daily target_date=2025-01-15 /)
    expect(end?.msg).toMatch(/^job\.end .*failures=0 games=11 /)
    expect(first.stdout).toMatch(/^nba daily 2025-01-15 +done in /)
    expect(await store.sql`select provider_id from games where game_date = '2025-01-15' and status = 'final'`).toHaveLength(11)
    expect(await store.sql`select 1 from games`).toHaveLength(11)
    expect(await pointsAgainstScores(store)).toEqual({ equal: 22, different: 0 })

    const second = await runCli(day, envOf(store, api.nbaCdn))
    expect(second).toMatchObject({ code: 0, stdout: expect.stringContaining('0 written: nothing had changed') })
    expect(logLines(second).find(({ event }) => event === 'job.end')).toMatchObject({ rows: 0, games: 11, unchanged: 11 })
  })

  // 647 games, a fifth of the requests of one run failing; 429 is drawn half as often as the others, for each costs a real second.
  test('a winter under faults leaves the same rows as one without, and both add up', { timeout: 180_000 }, async () => {
    await using calm = await startRealProvider()
    await using stormy = await startRealProvider([
      '--faults',
      '429,500,500,reset,reset,truncate,truncate,html,html',
      '--fault-rate',
      '0.2',
    ])
    await using one = await createTestDatabase()
    await using other = await createTestDatabase()
    const twice = async () => {
      const first = await runCli(winter, envOf(one, calm.nbaCdn))
      return [first, await runCli(winter, envOf(one, calm.nbaCdn))] as const
    }
    const [[plain, again], faulty] = await Promise.all([
      twice(),
      runCli(winter, { ...envOf(other, stormy.nbaCdn), SPORTS_INGEST_RETRY_MAX_ATTEMPTS: '15' }),
    ])
    // The six All-Star games have no box score here.
    for (const run of [plain, faulty]) {
      expect(run.code, run.stderr.slice(-2000)).toBe(6)
      expect(run.stdout).toContain('647 asked for: 641 loaded, 0 unchanged, 0 postponed, 6 dead')
    }
    const kinds = ['answered 429', 'answered 500', 'sent an HTML page instead of JSON']
    for (const kind of kinds) expect(faulty.stderr).toContain(kind)
    expect(await pointsAgainstScores(one)).toEqual({ equal: 2 * 641, different: 0 })
    const letters = await one.sql<{ item: string }[]>`select item from dead_letters where status = 'open' order by item`
    expect(letters.map(({ item }) => item.slice(0, 3))).toEqual(Array(6).fill('003'))
    ofDaily = await tableHashes(one.sql)
    expect(await tableHashes(other.sql)).toEqual(ofDaily)
    const proof = await runCli(['watermark', 'verify', '--values', '--json'], envOf(one, calm.nbaCdn))
    expect(JSON.parse(proof.stdout)).toMatchObject({ watermarks: [{ key: 'daily:nba', proven: true, games: 647 }] })
    expect(await brokenRules('nba', envOf(one, calm.nbaCdn))).toEqual({})
    expect(again).toMatchObject({ code: 6, stdout: expect.stringContaining('0 written: nothing had changed') })
  })

  test('a backfill of that winter, stopped in the middle, loads the same rows, and asks again for open chunks alone', {
    timeout: 120_000,
  }, async () => {
    using scratch = createScratch()
    const log = join(scratch.path, 'requests.jsonl')
    await using api = await startRealProvider(['--log', log])
    await using one = await createTestDatabase()
    const words = ['schedule', 'backfill', '--sport', 'nba', '--season', '2024-25', '--from', '2025-01-01', '--to', '2025-03-31']
    const env = { ...envOf(one, api.nbaCdn), SPORTS_INGEST_PROVIDER_NBA_STATS_URL: api.nbaStats }

    const stopped = startCli(words, env)
    let stderr = ''
    stopped.child.stderr?.on('data', chunk => {
      stderr += chunk
    })
    await until('four chunks are done', () => (stderr.match(/"event":"unit\.done"/g) ?? []).length >= 4)
    stopped.child.kill('SIGINT')
    const first = await stopped.done
    expect(first).toMatchObject({ code: 130, stdout: '' })
    expect(toldLines(first)).toEqual([
      `Stopped by SIGINT. Hint: What was committed stays; resume with: sports-ingest ${words.join(' ')}`,
    ])
    const kept = await loadedGames(one)
    const asked = boxScoresIn(log)
    expect(kept.size).toBeGreaterThanOrEqual(4 * 50)

    const second = await runCli(words, env)
    expect(second.code, second.stderr.slice(-2000)).toBe(6)
    const askedLater = boxScoresIn(log).slice(asked.length)
    expect(askedLater.filter(id => kept.has(id))).toEqual([])
    expect(askedLater).toHaveLength(647 - kept.size)
    // What was asked for twice was under way when the run was stopped: two chunks of 50 to 60 games.
    expect(asked.length + askedLater.length - 647).toBeLessThanOrEqual(2 * 60)

    const third = await runCli(words, env)
    expect(third).toMatchObject({ code: 0, stdout: expect.stringContaining('none to ask for: all 647 are settled') })
    expect(third.stdout).toContain('6 dead letters are open')
    expect(boxScoresIn(log)).toHaveLength(asked.length + askedLater.length)

    ofDaily ??= await loadDaily(api.nbaCdn)
    const rowsOf = (hashes: TableHashes) => ({ ...hashes, ingest_watermarks: undefined, ingest_settled: undefined })
    expect(rowsOf(await tableHashes(one.sql))).toEqual(rowsOf(ofDaily))
  })
})

async function loadDaily(nbaCdn: string): Promise<TableHashes> {
  await using db = await createTestDatabase()
  expect((await runCli(winter, envOf(db, nbaCdn))).code).toBe(6)
  return await tableHashes(db.sql)
}

/** Ids of games that are stored. */
async function loadedGames({ sql }: TestDatabase): Promise<Set<string>> {
  return new Set((await sql<{ id: string }[]>`select provider_id as id from games`).map(({ id }) => id))
}

/** Ids of the games whose box scores were asked for, as the provider logged it. */
const boxScoresIn = (log: string): string[] =>
  [...readFileSync(log, 'utf8').matchAll(/boxscore_(\d{10})/g)].map(([, id]) => id as string)
