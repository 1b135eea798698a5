import { expect, test } from 'vitest'
import { discardDeadLetters } from '../../../src/store/dead-letters.ts'
import { listWatermarks } from '../../../src/store/watermarks.ts'
import { csv } from '../../support/csv.ts'
import { gameIdsOf, gameLine, type NflFiles, nflFiles, toCome, weekLinesOf } from '../../support/hand-made-nfl.ts'
import { liveNfl, openLiveWorld } from '../../support/live-world.ts'
import { type NflWorld, startNflWorld } from '../../support/nfl-world.ts'
import { reply, startProviderServer } from '../../support/provider-server.ts'
import { lettersInUse, tablesInUse, toldBy, withoutAndPruned } from '../../support/prune.ts'
import { at } from '../../support/test-clock.ts'

const now = '2024-09-17T14:00:00Z'
const weeks = 'stats_player_week_2024'
const quick = { SPORTS_INGEST_RETRY_INITIAL_DELAY: '0.001', SPORTS_INGEST_RETRY_MAX_ATTEMPTS: '2' }

/** The games of 2023 and 2024, of which those of some weeks are over. */
const gamesFile = (over: readonly string[], more: object = {}): string =>
  csv([
    ...gameIdsOf(2023).map(id => gameLine(id)),
    ...gameIdsOf(2024).map((id, i) =>
      gameLine(id, { espn: `40190000${i}`, ...(over.includes(id.slice(5, 7)) ? {} : toCome), ...(i === 3 ? more : {}) }),
    ),
  ])

/** ESPN’s scoreboard, with the games of the second week on. */
const scoreboard = () => ({
  events: gameIdsOf(2024)
    .slice(2)
    .map((id, i) => ({
      id: `40190000${i + 2}`,
      date: '2024-09-15T17:00Z',
      status: { period: 2, type: { name: 'STATUS_IN_PROGRESS', state: 'in', completed: false, shortDetail: '4:24 - 2nd' } },
      competitions: [
        {
          competitors: [
            { homeAway: 'home', score: '3', team: { abbreviation: id.slice(-3).replace('_', '') } },
            { homeAway: 'away', score: '7', team: { abbreviation: id.slice(8, -3).replaceAll('_', '') } },
          ],
        },
      ],
    })),
})

const discard = ({ store }: NflWorld, dataset: string, item: string) =>
  store.database.transaction(async tx => {
    const found = await tx<{ id: number }[]>`
      select id from dead_letters where dataset = ${dataset} and item = ${item} and status = 'open'`
    const discarded = await discardDeadLetters(tx, { ids: found.map(({ id }) => id), by: 'test', reason: 'none', at: at(now) })
    expect(discarded).toHaveLength(1)
  })

test('of the NFL: verify, plans, catch-up, live work and full runs are the same when everything old is pruned', async () => {
  const espnAsked: string[] = []
  await using espn = await startProviderServer(({ path }) => {
    espnAsked.push(path)
    return path.includes('summary') ? reply(404) : reply(200, {}, scoreboard())
  })
  const settings = { ...quick, SPORTS_INGEST_PROVIDER_ESPN_URL: espn.url }
  const files: NflFiles = { ...nflFiles(2023, 2024), games: gamesFile([]) }
  await using world = await startNflWorld(files, { settings })
  const follow = async (time: string) => {
    const live = await openLiveWorld(world.store, { ...world.api.env, ...settings })
    espnAsked.length = 0
    const { notes } = await live.follow({ sports: [liveNfl], now: time, until: 2 })
    return { asked: [...new Set(espnAsked)].sort(), notes: notes.map(({ mode, why, rows }) => ({ mode, why, rows })) }
  }

  // A former season that lacks a file, which is discarded; has a row that cannot be read; and whose provider was down for the rest.
  files['snap_counts_2023'] = undefined as never
  files['stats_player_week_2023'] = `${files['stats_player_week_2023']}1,2\n`
  for (const name of ['roster_2023', 'injuries_2023']) files[name] = reply(500)
  await world.backfill({ seasons: ['2023'], now: '2024-09-02T12:00:00Z' })
  await discard(world, 'snap-counts', '2023')
  Object.assign(files, nflFiles(2023), { snap_counts_2023: undefined, stats_player_week_2023: files['stats_player_week_2023'] })
  files['roster_2023'] = reply(500)
  await world.backfill({ seasons: ['2023'], now: '2024-09-03T12:00:00Z', retryFailed: true })

  // The current one by day and live, with files that come late, are corrected and fail, and a game that is moved.
  files['games'] = gamesFile([])
  await world.daily('2024-09-08T14:00:00Z')
  files['games'] = gamesFile(['01'])
  files[weeks] = csv(weekLinesOf(2024).slice(0, 2))
  await world.daily('2024-09-09T14:00:00Z')
  await world.setWatermark('2024_02_LAC_BAL', '2024-09-09T15:00:00Z')
  await world.daily('2024-09-10T14:00:00Z')
  await world.setWatermark('2024_01_BAL_KC', '2024-09-10T15:00:00Z')
  files['injuries_2024'] = reply(500)
  files[weeks] = `${csv(weekLinesOf(2024).filter(({ week }) => week === 1))}1,2\n`
  await world.daily('2024-09-11T14:00:00Z')
  await world.daily('2024-09-12T14:00:00Z')
  await discard(world, 'player-stats', '2024 line 6')
  await follow('2024-09-15T18:00:00Z')
  files['games'] = gamesFile(['01'], { gameday: '2024-09-19' })
  await world.daily('2024-09-15T20:00:00Z')
  await follow('2024-09-15T20:10:00Z')
  await world.setWatermark('2024_01_BAL_KC', '2024-09-15T21:00:00Z')
  const everyFile = { ...files }
  for (const name of Object.keys(files)) if (name !== 'games') files[name] = reply(503)
  await world.backfill({ now: '2024-09-16T12:00:00Z' })
  await world.daily('2024-09-16T14:00:00Z')
  Object.assign(files, everyFile, {
    snap_counts_2023: undefined,
    games: gamesFile(['01', '02'], { gameday: '2024-09-19', ...toCome }),
  })
  const statuses = await world.sql<{ status: string }[]>`select distinct status from dead_letters order by 1`
  expect(statuses.map(({ status }) => status)).toEqual(['discarded', 'open', 'resolved'])

  const later = '2024-09-20T14:00:00Z'
  const work = async () => {
    world.api.sent()
    const verified = []
    for (const name of await listWatermarks(world.sql)) verified.push(await world.verify(name, { values: true }))
    const plans = []
    for (const time of [now, later])
      for (const seasons of [['2024'], ['2023', '2024']])
        for (const options of [{}, { retryFailed: true }]) plans.push(await world.forecast(time, { seasons, ...options }))
    const dry = [await world.daily(now, { dryRun: true }), await world.daily(later, { dryRun: true })].map(toldBy)
    const letters = await lettersInUse(world.sql)
    const live = await follow('2024-09-15T22:00:00Z')
    const runs = [
      toldBy(await world.daily(now)),
      toldBy(await world.backfill({ now, seasons: ['2023', '2024'], retryFailed: true })),
      toldBy(await world.backfill({ now, seasons: ['2023', '2024'] })),
      toldBy(await world.retry()),
      toldBy(await world.daily(later)),
    ]
    const sent = world.api.sent()
    return { verified, plans, dry, letters, live, runs, sent, after: await tablesInUse(world.sql) }
  }
  const { asIs, pruned, deleted } = await withoutAndPruned(world.store, now, work)
  expect(Object.keys(deleted).sort()).toEqual(['chunks', 'dead_letters', 'payloads', 'run_logs', 'runs', 'watermark_history'])
  expect(pruned).toEqual(asIs)
})
