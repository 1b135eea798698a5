import { Redis } from 'ioredis'
import type { Sql } from 'postgres'
import { describe, expect, test } from 'vitest'
import { tagsOfEvents } from '../../src/pipeline/cache-tags.ts'
import { nfl } from '../../src/sports/nfl/index.ts'
import type { Database } from '../../src/store/database.ts'
import { listen } from '../../src/store/listen.ts'
import { addNotice } from '../../src/store/outbox.ts'
import { openBackgroundWorld, startTestWorker } from '../support/background-world.ts'
import { startCache } from '../support/cache.ts'
import { csv } from '../support/csv.ts'
import { createTestDatabase } from '../support/database.ts'
import { nflFiles, weekLinesOf } from '../support/hand-made-nfl.ts'
import { atStart, final, playing, startEvening } from '../support/live-evening.ts'
import { game, startNbaWorld } from '../support/nba-world.ts'
import { startNflWorld } from '../support/nfl-world.ts'
import { noRedis, startRedis } from '../support/redis.ts'
import { until } from '../support/until.ts'

test('caches are told of what has changed, and of a game that is over also that its people and clubs have', async () => {
  await using cache = await startCache(204)
  await using world = await startEvening(cache.settings)
  await world.follow({ now: atStart(), until: 1 })
  world.change(1, playing('Q1 10:00', 5, 3))
  await world.follow({ now: atStart(5), until: 2 })
  world.change(1, final)
  await world.follow({ now: atStart(150), until: 2 })
  const [update, ...looks] = cache.told
  expect(update?.tags.filter(tag => tag.startsWith('game:'))).toHaveLength(3)
  expect(looks).toEqual([
    { tags: ['games', 'game:nba:0022400001'], authorization: 'Bearer sesame' },
    { tags: ['games', 'game:nba:0022400001', 'players:nba', 'teams:nba'], authorization: 'Bearer sesame' },
  ])
  expect(await world.sql`select distinct attempts, sent_at is not null as sent from ingest_outbox`).toEqual([
    { attempts: 1, sent: true },
  ])
})

test('a cache that does not listen stops nothing, is complained of once, and is told later, all at once', async () => {
  await using cache = await startCache(204, 500, 500, 204)
  await using world = await startEvening(cache.settings)
  await world.follow({ now: atStart(), until: 1 })
  const { notes, logged } = await world.follow({
    now: atStart(5),
    until: (_, { length }) => {
      world.change(1, playing(`Q1 ${11 - length}:00`, length, 0))
      return length === 5
    },
  })
  expect(notes.map(({ rows }) => rows > 0)).toEqual([false, true, true, true, true])
  expect(logged.filter(({ level }) => level !== 'info')).toMatchObject([{ event: 'notices.unsent', reason: 'It answered 500.' }])
  expect(cache.told.length).toBeGreaterThanOrEqual(4)
  expect(await world.sql`select 1 from ingest_outbox where sent_at is null`).toEqual([])
})

async function listenTo(database: Database, channel: string) {
  const told: unknown[] = []
  const { close } = await listen(
    database.openSession,
    channel,
    payload => told.push(JSON.parse(payload)),
    () => {},
  )
  return { told, [Symbol.asyncDispose]: close }
}

test('who listens to the channel of the settings is told, too, when the rows are committed', async () => {
  const games = [game(1, '2025-01-10'), game(2, '2025-01-11')]
  await using world = await startNbaWorld({ games }, { SPORTS_INGEST_NOTIFY_CHANNEL: 'changes' })
  await using heard = await listenTo(world.store.database, 'changes')
  const { told } = heard
  await world.backfill('2025-01-20T12:00:00Z', { chunkDays: 1 })
  await until('all is told', () => told.length === 2)
  expect(told).toEqual(games.map(({ id }) => ({ sport: 'nba', tags: ['games', `game:nba:${id}`, 'players:nba', 'teams:nba'] })))
  // Nobody is posted to.
  expect(await world.sql`select 1 from ingest_outbox`).toEqual([])
})

test('a notification that has no room for all tags has those that name no single event', async () => {
  await using db = await createTestDatabase()
  await using heard = await listenTo(db.database, 'changes')
  const { told } = heard
  const tags = ['games', ...Array.from({ length: 400 }, (_, i) => `game:nba:00224${String(i).padStart(5, '0')}`)]
  const audience = { isPosted: false, channel: 'changes' }
  await db.database.transaction(tx => addNotice(tx, { sport: 'nba', tags, at: new Date() }, audience))
  await until('it is told', () => told.length === 1)
  expect(told).toEqual([{ sport: 'nba', tags: ['games'] }])
})

describe.skipIf(noRedis)('where Redis carries the jobs', () => {
  const settingsFor = (url: string) => ({
    ...{ SPORTS_INGEST_NOTIFY_CHANNEL: 'changes', SPORTS_INGEST_QUEUE_DRIVER: 'bullmq', REDIS_URL: url },
  })

  async function subscribe(url: string) {
    const redis = new Redis(url)
    const told: unknown[] = []
    redis.on('message', (_, payload) => told.push(JSON.parse(payload)))
    await redis.subscribe('changes')
    return { told, [Symbol.dispose]: () => redis.disconnect() }
  }

  test('who listens to the channel there is told the same', async () => {
    await using redis = await startRedis()
    const games = [game(1, '2025-01-10'), game(2, '2025-01-11')]
    await using world = await startNbaWorld({ games }, settingsFor(redis.url))
    await using heard = await listenTo(world.store.database, 'changes')
    using heardThere = await subscribe(redis.url)
    await world.backfill('2025-01-20T12:00:00Z', { chunkDays: 1 })
    await until('all is told', () => heard.told.length === 2 && heardThere.told.length === 2)
    expect(heardThere.told).toEqual(heard.told)
    expect(await world.sql`select distinct channel, attempts, sent_at is not null as sent from ingest_outbox`).toEqual([
      { channel: 'redis', attempts: 1, sent: true },
    ])
  })

  test('what is loaded while Redis is down, or hangs, is loaded all the same, and told later', async () => {
    await using redis = await startRedis()
    await using world = await startNbaWorld({ games: [game(1, '2025-01-10')] }, settingsFor(redis.url))
    await redis.kill()
    expect(await world.backfill('2025-01-20T12:00:00Z')).toMatchObject({ code: 0, status: 'done' })
    const noted = () => world.sql`select attempts, sent_at is not null as sent, last_error as why from ingest_outbox`
    const why = expect.stringMatching(/^Redis at 127\.0\.0\.1:\d+ does not take it: connect ECONNREFUSED/)
    expect(await noted()).toEqual([{ attempts: 1, sent: false, why }])
    await redis.start()
    using heard = await subscribe(redis.url)
    redis.halt()
    expect(await world.backfill('2025-01-20T12:02:00Z')).toMatchObject({ code: 0, status: 'done' })
    expect(await noted()).toEqual([{ attempts: 2, sent: false, why: expect.stringContaining('no answer within 3 s') }])
    redis.goOn()
    await world.backfill('2025-01-20T12:20:00Z')
    await until('it is told', () => heard.told.length === 1)
    expect(await noted()).toEqual([{ attempts: 3, sent: true, why: null }])
  })

  test('hosts that only load need no Redis: a worker tells what they have noted', async () => {
    await using redis = await startRedis()
    await using world = await openBackgroundWorld(settingsFor(redis.url))
    using heard = await subscribe(redis.url)
    await world.app.database.transaction(tx =>
      addNotice(
        tx,
        { sport: 'nba', tags: ['season_stats'], at: new Date() },
        { isPosted: false, channel: 'changes', isPublished: true },
      ),
    )
    await using _ = await startTestWorker(world, {})
    await until('it is told', () => heard.told.length === 1)
    expect(heard.told).toEqual([{ sport: 'nba', tags: ['season_stats'] }])
  })
})

test('where there is nobody to tell, nothing is noted', async () => {
  await using world = await startEvening()
  world.change(1, playing('Q1 10:00', 5, 3))
  await world.follow({ now: atStart(5), until: 1 })
  expect(await world.sql`select 1 from ingest_outbox`).toEqual([])
})

test('more games than anybody wants to hear of one by one are told as all there are', () => {
  const changed = (count: number) => new Set(Array.from({ length: count }, (_, n) => `${n}`))
  expect(tagsOfEvents(nfl, changed(200))).toHaveLength(201)
  expect(tagsOfEvents(nfl, changed(201))).toEqual(['games', 'games:nfl'])
})

/** Has each notice say which transaction has noted it. */
const keepTransactions = (sql: Sql) => sql`alter table ingest_outbox add column noted_by text default pg_current_xact_id()::text`

const outbox = (sql: Sql) => sql<{ by: string; tags: string[] }[]>`select noted_by as by, tags from ingest_outbox order by id`

/** Of this address nobody answers. */
const nobody = { CACHE_INVALIDATION_URL: 'http://127.0.0.1:9/revalidate' }

describe('an import', () => {
  test('notes what has changed with the rows, and tells of it; where nothing has changed, nothing', async () => {
    await using cache = await startCache(204)
    const files = nflFiles(2024)
    await using world = await startNflWorld(files, { settings: cache.settings })
    await keepTransactions(world.sql)
    expect(await world.backfill()).toMatchObject({ code: 0 })
    const ids = (await world.sql<{ id: string }[]>`select provider_id as id from games order by 1`).map(({ id }) => id)
    expect(cache.told.map(({ tags }) => tags.toSorted())).toEqual([
      ['games', ...ids.map(id => `game:nfl:${id}`), 'players:nfl', 'teams:nfl'].sort(),
    ])
    const noted = await outbox(world.sql)
    const [ofGames] = noted.filter(({ tags }) => tags.includes('games'))
    expect(await world.sql`select distinct xmin::text as by from games`).toEqual([{ by: ofGames?.by }])
    const lines = await world.sql<{ by: string }[]>`select distinct xmin::text as by from nfl_player_game_stats`
    expect(noted.map(({ by }) => by)).toEqual(expect.arrayContaining(lines.map(({ by }) => by)))

    await world.backfill()
    await world.backfill({ restart: { user: 'test' } })
    expect(cache.told).toHaveLength(1)
    files['stats_player_week_2024'] = csv(weekLinesOf(2024).map((line, i) => (i === 3 ? { ...line, passing_yards: 7 } : line)))
    await world.daily('2024-09-21T12:00:00Z')
    expect(cache.told.slice(1).map(({ tags }) => tags)).toEqual([['players:nfl', 'teams:nfl']])
  })

  test('is done where nobody listens; it is told later', async () => {
    await using world = await startNflWorld(nflFiles(2024), { settings: nobody })
    expect(await world.backfill()).toMatchObject({ code: 0, status: 'done', units: { done: 8, failed: 0 } })
    expect(await world.sql`select distinct sent_at as sent, attempts from ingest_outbox`).toEqual([{ sent: null, attempts: 1 }])
  })
})

describe.each(['daily', 'backfill'] as const)('a %s run', job => {
  const league = () => ({ games: [game(1, '2024-12-10'), game(2, '2024-12-10')] })
  const tags = ['games', 'game:nba:0022400001', 'game:nba:0022400002', 'players:nba', 'teams:nba']

  test('notes what has changed with the rows, and tells of it; where nothing has changed, nothing', async () => {
    await using cache = await startCache(204)
    await using world = await startNbaWorld(league(), cache.settings)
    await keepTransactions(world.sql)
    expect(await world[job]('2024-12-11T12:00:00Z')).toMatchObject({ code: 0 })
    expect(cache.told.map(told => told.tags.toSorted())).toEqual([tags.toSorted()])
    const noted = await outbox(world.sql)
    expect(await world.sql`select distinct xmin::text as by from nba_player_game_stats`).toEqual(noted.map(({ by }) => ({ by })))
    expect(await world[job]('2024-12-11T13:00:00Z')).toMatchObject({ code: 0 })
    expect(cache.told).toHaveLength(1)
  })

  test('is done where nobody listens; it is told later', async () => {
    await using world = await startNbaWorld(league(), nobody)
    expect(await world[job]('2024-12-11T12:00:00Z')).toMatchObject({ code: 0, status: 'done' })
    expect(await world.sql`select sent_at as sent, attempts from ingest_outbox`).toEqual([{ sent: null, attempts: 1 }])
  })
})
