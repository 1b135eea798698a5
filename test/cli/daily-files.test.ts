import { describe, expect, test } from 'vitest'
import type { Receipt } from '../../src/pipeline/receipt.ts'
import { startCache } from '../support/cache.ts'
import type { CliResult } from '../support/cli.ts'
import { csv } from '../support/csv.ts'
import { startHandMadeNba } from '../support/hand-made-nba.ts'
import { gameIdsOf, gameLine, type NflFiles, nflFiles, perSeason, toCome } from '../support/hand-made-nfl.ts'
import { type NflLeague, startNflLeague } from '../support/nfl-league.ts'
import { expectOneLine, logLines, toldLines } from '../support/told.ts'

const daily = ['schedule', 'daily', '--sport', 'nfl', '--json']

const receiptsOf = ({ stdout }: CliResult) => (JSON.parse(stdout) as { runs: Receipt[] }).runs

/** In May: 2023 is over, and of 2024 only the schedule is published. */
function inMay(): NflFiles {
  const games = [...gameIdsOf(2023).map(id => gameLine(id)), ...gameIdsOf(2024).map(id => gameLine(id, toCome))]
  return { ...nflFiles(2023), games: csv(games) }
}

/** Seasons whose files were asked for. */
const seasonsAsked = ({ api }: NflLeague): string[] =>
  [...new Set(api.asked().flatMap(name => /_(\d{4})(?:\.|$)/.exec(name)?.[1] ?? []))].sort()

describe('at the turn of the season the files of every season are asked for that the days touch', () => {
  test.each<[string, string[], string[]]>([
    // The days from 2024-04-24 to the target.
    ['2024-05-01T14:00:00Z', ['--weekly'], ['2023']],
    ['2024-05-02T14:00:00Z', ['--weekly'], ['2023', '2024']],
    ['2024-05-07T14:00:00Z', ['--weekly'], ['2023', '2024']],
    ['2024-05-08T14:00:00Z', ['--weekly'], ['2024']],
    ['2024-05-02T14:00:00Z', ['--days-back', '1'], ['2024']],
    ['2024-05-02T14:00:00Z', ['--days-back', '2'], ['2023', '2024']],
  ])('at %s with %j: %j', async (now, flags, seasons) => {
    await using world = await startNflLeague(inMay())
    const run = await world.run([...daily, ...flags], { SPORTS_INGEST_NOW: now })
    expect(run.code, run.stderr).toBe(0)
    expect(seasonsAsked(world)).toEqual(seasons)
    const [{ units, watermarks } = {} as Receipt] = receiptsOf(run)
    // Two files are about all seasons.
    expect(units.planned).toBe(2 + seasons.length * (perSeason.planned - 2))
    expect(watermarks.map(({ key }) => key)).toEqual(['daily:nfl', ...seasons.map(season => `nfl:${season}`)])
  })
})

describe('--days-ahead has no effect on files', () => {
  test('and is wrong use where the sport was named', async () => {
    const env = { DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none', SPORTS_INGEST_NOW: '2024-09-20T12:00:00Z' }
    await expectOneLine(daily.slice(0, -1).concat('--days-ahead', '2'), {
      code: 100,
      says: '--days-ahead has no effect on nfl',
      env,
    })
  })

  test('which is one line on stderr where no sport was named, and every sport is loaded', async () => {
    await using nba = await startHandMadeNba({ games: [{ id: '0022400001', day: '2024-10-25' }] })
    await using world = await startNflLeague(nflFiles(2024))
    const now = { SPORTS_INGEST_NOW: '2024-10-26T16:00:00Z', SPORTS_INGEST_SPORTS_NFL_ENABLED: 'true' }
    const run = await world.run(['schedule', 'daily', '--days-ahead', '2', '--json'], { ...nba.env, ...now })
    expect(run.code, run.stderr).toBe(0)
    expect(toldLines(run)).toEqual([])
    expect(logLines(run).filter(({ level }) => level !== 'info')).toMatchObject([
      { level: 'warn', event: 'flag.ignored', message: expect.stringMatching(/^nfl ignores --days-ahead: /) },
    ])
    expect(receiptsOf(run)).toMatchObject([
      { sport: 'nba', status: 'done', from: '2024-10-25', to: '2024-10-27' },
      { sport: 'nfl', status: 'done', units: { done: 8 } },
    ])
  })
})

test('a derivation that rewrites players posts a cache invalidation, and one that changes nothing posts none', async () => {
  await using cache = await startCache(204)
  await using world = await startNflLeague(nflFiles(2024))
  const { sql } = world.store
  /** Tables that a run has written, and the tags that were posted meanwhile. */
  const run = async () => {
    cache.told.length = 0
    const done = await world.run(daily, cache.settings)
    expect(done.code, done.stderr).toBe(0)
    return { tables: receiptsOf(done)[0]?.tables, posted: cache.told.map(({ tags }) => tags) }
  }
  // As if it had not been done yet: the files it follows from are unchanged, and not read.
  const forget = () => sql`delete from ingest_files where dataset = 'identities'`

  expect((await run()).posted).toHaveLength(1)
  await forget()
  expect(await run()).toEqual({ tables: {}, posted: [] })
  await forget()
  await sql`delete from players where provider_id = '00-0000001'`
  expect(await run()).toEqual({
    tables: { players: { inserted: 1, updated: 0, deleted: 0 } },
    posted: [['players:nfl', 'teams:nfl']],
  })
})
