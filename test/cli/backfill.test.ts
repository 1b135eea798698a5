import { describe, expect, test } from 'vitest'
import { runCli } from '../support/cli.ts'
import { createTestDatabase } from '../support/database.ts'
import { type HandMadeGame, type HandMadeLeague, scheduleOf, startHandMadeNba } from '../support/hand-made-nba.ts'
import { reply } from '../support/provider-server.ts'
import { expectOneLine, logLines, toldLines } from '../support/told.ts'

const [one, two, three] = ['0022400561', '0022400562', '0022400570']
const games: HandMadeGame[] = [
  { id: one, day: '2025-01-15' },
  { id: three, day: '2025-01-16', sides: [1610612741, 1610612742] },
  // Put off by ten days: it keeps its id.
  { id: two, day: '2025-01-25', sides: [1610612739, 1610612740] },
]
const season = ['schedule', 'backfill', '--sport', 'nba', '--season', '2024-25']

async function startSeason(change: Partial<HandMadeLeague> = {}) {
  const league: HandMadeLeague = { games: [...games], ...change }
  const api = await startHandMadeNba(league)
  const store = await createTestDatabase()
  const env = {
    ...api.env,
    DATABASE_URL: store.url,
    SPORTS_INGEST_PROVIDER_NBA_STATS_URL: 'http://127.0.0.1:9',
    SPORTS_INGEST_NOW: '2025-01-20T12:00:00Z',
  }
  const run = (words: readonly string[], more: Record<string, string> = {}) => runCli(words, { ...env, ...more })
  return {
    league,
    store,
    env,
    run,
    json: async (words: readonly string[], more: Record<string, string> = {}) => {
      const result = await run([...words, '--json'], more)
      return { code: result.code, ...(JSON.parse(result.stdout) as Record<string, unknown>) }
    },
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]()
      await api[Symbol.asyncDispose]()
    },
  }
}

const later = { SPORTS_INGEST_NOW: '2025-02-01T12:00:00Z' }

describe('a season', () => {
  test('is loaded up to yesterday; the watermark waits for a game that was put off, and the receipt says for which', async () => {
    await using world = await startSeason()
    const first = await world.run(season)
    expect(first).toMatchObject({ code: 0 })
    expect(first.stdout).toMatch(/^nba backfill 2024-25 {2,}done in \d/)
    expect(first.stdout.split('\n').slice(1)).toEqual([
      '  games      2 asked for: 2 loaded, 0 unchanged, 0 postponed, 0 dead',
      '  units      1 of 1 done, 2025-01-15 to 2025-01-16',
      '  rows       26 written: 26 new, 0 changed',
      '  requests   3',
      `  watermark  none → ${one}`,
      `             it waits for ${two} of 2025-01-25`,
      '',
    ])
    expect(logLines(first).map(({ event }) => event)).toEqual(['job.start', 'unit.done', 'job.end'])
    expect(await world.run(['watermark', 'get', 'backfill', 'nba:2024-25'])).toMatchObject({ code: 0, stdout: `${one}\n` })

    const second = await world.run(season, later)
    expect(second.code).toBe(0)
    expect(second.stdout.replaceAll(/\n +/g, ' ')).toContain(
      'games      1 asked for: 1 loaded, 0 unchanged, 0 postponed, 0 dead; 2 were settled before',
    )
    expect(second.stdout).toContain(`${one} → ${three}`)
    expect((await world.run(season, later)).stdout).toContain('none to ask for: all 3 are settled')
    expect((await world.run(['runs', 'list'])).stdout).toMatch(/backfill +nba +2024-25 +done/)
    expect((await world.run(['runs', 'show', '1'])).stdout).toMatch(/2025-01-15\.\.2025-01-16 +done +1 +2 +0 +26/)
    expect((await world.run(['watermark', 'verify', 'backfill', 'nba:2024-25'])).stdout).toContain('nothing is missing, 3 games')
  })

  test('is planned without writing anything: chunks, games, requests, time', async () => {
    await using world = await startSeason()
    const plan = await world.json([...season, '--plan', '--chunk-days', '1'], { SPORTS_INGEST_API_RATE_LIMIT: '2' })
    expect(plan).toEqual({
      code: 0,
      plans: [
        {
          sport: 'nba',
          season: '2024-25',
          scheduleKeptAt: null,
          watermark: null,
          settled: 0,
          games: 2,
          requests: 2,
          ratePerSecond: 2,
          durationMs: 1000,
          finishAt: expect.stringMatching(/^2025-01-20T12:00:0/),
          costs: [],
          chunks: [
            { from: '2025-01-15', to: '2025-01-15', games: 1, requests: 1 },
            { from: '2025-01-16', to: '2025-01-16', games: 1, requests: 1 },
          ],
        },
      ],
    })
    expect((await world.run([...season, '--plan'])).stdout).toContain('2 to ask for, in 1 chunk')
    for (const table of ['games', 'ingest_runs', 'ingest_leases', 'payloads', 'ingest_settled'])
      expect(await world.store.sql`select 1 from ${world.store.sql(table)}`, table).toEqual([])
  })

  test('whose rows got lost is mended by the command that verify names, though it is settled', async () => {
    await using world = await startSeason()
    await world.run(season, later)
    await world.store.sql`delete from games where provider_id = ${two}`
    await world.store.sql`delete from nba_player_game_stats where game_id = ${three}`
    const verify = ['watermark', 'verify', 'backfill', 'nba:2024-25']
    const { code, watermarks } = (await world.json(verify)) as {
      code: number
      watermarks: { holes: number; first: { mend: string } }[]
    }
    expect({ code, holes: watermarks[0]?.holes }).toEqual({ code: 1, holes: 2 })
    const mend = watermarks[0]?.first.mend.split(' ').slice(1) ?? []
    expect(mend.slice(-4)).toEqual(['--from', '2025-01-16', '--to', '2025-01-25'])
    expect(await world.run(mend, later)).toMatchObject({ code: 0, stdout: expect.stringContaining('2 asked for') })
    expect(await world.run(verify)).toMatchObject({ code: 0 })
  })

  test('settled beyond the watermark is proven, too', async () => {
    await using world = await startSeason()
    await world.run(season)
    await world.store.sql`delete from games where provider_id = ${three}`
    const { watermarks } = (await world.json(['watermark', 'verify'])) as unknown as { watermarks: { first: { id: string } }[] }
    expect(watermarks).toMatchObject([{ proven: false, first: { id: three } }])
  })

  test('that was started over is loaded again, and the history says who did it', async () => {
    await using world = await startSeason()
    await world.run(season, later)
    const again = await world.run([...season, '--restart'], later)
    expect(again.stdout).toContain('3 asked for: 0 loaded, 3 unchanged')
    expect(again.stdout).toContain('0 written: nothing had changed')
    const history = await world.run(['watermark', 'history', 'backfill', 'nba:2024-25'])
    expect(history.stdout).toMatch(new RegExp(`${three} +- +\\S+ +backfill --restart`))
  })

  test('taken back by watermark set is loaded again from there', async () => {
    await using world = await startSeason()
    await world.run(season, later)
    const set = await world.run(['watermark', 'set', 'backfill', 'nba:2024-25', one, '--reason', 'bad lines'])
    expect(set.stdout).toContain('The next backfill of nba:2024-25 begins after that game.')
    expect((await world.run(season, later)).stdout).toContain('2 asked for: 0 loaded, 2 unchanged')
  })
})

describe('a provider that fails', () => {
  test('for a game: it becomes a dead letter, the exit code counts it, and the next run does not ask again', async () => {
    await using world = await startSeason({ boxes: { [three]: () => reply(200, {}, { game: {} }) } })
    const first = await world.run(season, later)
    expect(first).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('3 asked for: 2 loaded, 0 unchanged, 0 postponed, 1 dead'),
    })
    expect(first.stdout).toContain('letters    1 dead letter is open: ')
    expect(await world.run(season, later)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('letters    1 dead letter is open: '),
    })
    world.league.boxes = {}
    expect(await world.run(['dead-letters', 'retry', '--all'], later)).toMatchObject({ code: 0 })
    expect((await world.run(season, later)).stdout).not.toContain('dead letter')
  })

  test('for the newer schedule of a former season: it goes by the stored one, and says so', async () => {
    const schedule = () => reply(200, {}, scheduleOf([{ id: '0022500001', day: '2025-10-22' }], '2025-26'))
    await using world = await startSeason()
    await world.run(season)
    world.league.schedule = schedule
    const autumn = { SPORTS_INGEST_NOW: '2025-10-24T12:00:00Z' }
    const kept = /^ {2}schedule {3}the one stored at 2025-01-20 12:00:\d\dZ; no provider gave a newer one$/m
    const unwrapped = async (words: readonly string[]) => (await world.run(words, autumn)).stdout.replaceAll(/\n {13}/g, ' ')
    expect(await unwrapped([...season, '--plan'])).toMatch(kept)
    expect(await unwrapped(season)).toMatch(
      /^ {2}findings {3}The schedule of 2024-25 is the one stored at 2025-01-20T12:00:\d\dZ; no provider gave a newer one\.$/m,
    )
  })

  test('for one season of several: a line says which and why, the others are loaded, and the exit code counts it', async () => {
    await using world = await startSeason()
    const range = ['schedule', 'backfill', '--sport', 'nba', '--season', '2023-24..2024-25']
    const said = 'nba-stats, the only provider of the schedule of 2023-24, did not send it: '
    const plain = await world.run(range)
    expect(plain).toMatchObject({ code: 1, stdout: expect.stringMatching(/^nba backfill 2024-25 {2,}done in /) })
    expect(toldLines(plain)).toEqual([expect.stringMatching(new RegExp(`^2023-24: ${said}.*Hint: It answers few`))])
    expect(logLines(plain)).toContainEqual(expect.objectContaining({ event: 'season.failed', season: '2023-24' }))
    expect(await world.json(range)).toMatchObject({
      code: 1,
      failures: 1,
      runs: [{ season: '2024-25' }],
      failedSeasons: [{ season: '2023-24', message: expect.stringContaining(said), hint: expect.any(String) }],
    })
  })

  test('for former seasons: one line says who has them, and 104', async () => {
    await using world = await startSeason()
    const former = await world.run(['schedule', 'backfill', '--sport', 'nba', '--season', '2022-23'])
    expect(former).toMatchObject({ code: 104, stdout: '' })
    expect(toldLines(former)).toEqual([
      expect.stringMatching(
        /^nba-stats, the only provider of the schedule of 2022-23, did not send it: .*Hint: It answers few hosting networks/,
      ),
    ])
  })
})

describe('wrong use is one line and 100', () => {
  const env = { DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none', SPORTS_INGEST_NOW: '2025-01-20T12:00:00Z' }
  test.each<[string[], RegExp]>([
    [['--season', '2024'], /^There is no season 2024 of nba\. Hint: did you mean 2024-25\?$/],
    [['--season', '2024-26'], /^There is no season 2024-26 of nba\. Hint: did you mean 2024-25\?$/],
    [['--season', '2024-25..2022-23'], /^The range .* runs backwards\. Hint: Write 2022-23\.\.2024-25\.$/],
    [['--season', '2025-26'], /^The season 2025-26 has not begun\. Hint: The current season is 2024-25\.$/],
    [['--season', '1932-33'], /^There was no season 1932-33\./],
    [['--season', '2024-25', '--since', '561'], /^561 is not a game id; --since takes one\. Hint: /],
    [['--season', '2024-25', '--since', ''], /^An empty text is not a game id; --since takes one\. Hint: /],
    [['--season', '2024-25', '--since', '0022300500'], /^0022300500 is a game of 2023-24; --since takes one of 2024-25\.$/],
    [['--season', '2023-24..2024-25', '--since', two], /^--since takes one season, not 2023-24\.\.2024-25\. Hint: /],
    [['--season', '2023-24..2024-25', '--restart'], /^--restart takes one season, not 2023-24\.\.2024-25\. Hint: /],
    [['--season', '2024-25', '--from', '2025-01-21'], /^2025-01-21 is in the future/],
    [['--season', '2024-25', '--from', '2025-01-09', '--to', '2025-01-08'], /^--from 2025-01-09 is after --to 2025-01-08\./],
    [['--season', '2024-25', '--to', '2025-01-21'], /^2025-01-21 is in the future/],
    [['--season', '2024-25', '--chunk-days', '0'], /chunk-days/],
    [['--season', '2024-25', '--restart', '--from', '2025-01-09'], /--restart/],
    [['--season', '2024-25', '--resume'], /^There is no flag --resume here\. Hint: /],
    [[], /^Missing --season, or --from\. Hint: Name a season \(--season 2024-25\), /],
  ])('%j', async (words, says) => {
    await expectOneLine(['schedule', 'backfill', '--sport', 'nba', ...words], { code: 100, says, env })
  })

  test('a watermark on a game of another season', async () => {
    const says = /^0022300500 is a game of 2023-24; backfill nba:2024-25 takes one of 2024-25\.$/
    await expectOneLine(['watermark', 'set', 'backfill', 'nba:2024-25', '0022300500'], { code: 100, says, env })
  })

  test('a sport there is not', async () => {
    const says = /^There is no sport called nbaa\. Hint: did you mean nba\?/
    await expectOneLine(['schedule', 'backfill', '--sport', 'nbaa', '--season', '2024-25'], { code: 100, says, env })
  })
})
