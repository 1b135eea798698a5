import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { atStart, final, playing, startEvening } from '../support/live-evening.ts'

interface Told {
  tags: string[]
  authorization: string | undefined
}

/** A cache that answers with these, and with the last one ever after. */
async function startCache(...statuses: number[]): Promise<AsyncDisposable & { url: string; told: Told[] }> {
  const told: Told[] = []
  const server = createServer(async (request, response) => {
    const { tags } = JSON.parse(await text(request)) as Told
    const status = statuses[told.length] ?? statuses.at(-1) ?? 204
    told.push({ tags, authorization: request.headers.authorization })
    response.writeHead(status).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/revalidate`,
    told,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
    },
  }
}

const settings = (cache: { url: string }) => ({ CACHE_INVALIDATION_URL: cache.url, INTERNAL_API_KEY: 'sesame' })

test('caches are told of what has changed, and of a game that is over also that its people and clubs have', async () => {
  await using cache = await startCache(204)
  await using world = await startEvening(settings(cache))
  await world.follow({ now: atStart(), until: 1 })
  world.change(1, playing('Q1 10:00', 5, 3))
  await world.follow({ now: atStart(5), until: 2 })
  world.change(1, final)
  await world.follow({ now: atStart(150), until: 2 })
  expect(cache.told).toEqual([
    { tags: ['games', 'game:nba:0022400001'], authorization: 'Bearer sesame' },
    { tags: ['games', 'game:nba:0022400001', 'players:nba', 'teams:nba'], authorization: 'Bearer sesame' },
  ])
  expect(await world.sql`select attempts, sent_at is not null as sent from ingest_outbox`).toEqual([
    { attempts: 1, sent: true },
    { attempts: 1, sent: true },
  ])
})

test('a cache that does not listen stops nothing, is complained of once, and is told later, all at once', async () => {
  await using cache = await startCache(500, 500, 204)
  await using world = await startEvening(settings(cache))
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
  expect(cache.told.length).toBeGreaterThanOrEqual(3)
  expect(await world.sql`select 1 from ingest_outbox where sent_at is null`).toEqual([])
})

test('where there is nobody to tell, nothing is noted', async () => {
  await using world = await startEvening()
  world.change(1, playing('Q1 10:00', 5, 3))
  await world.follow({ now: atStart(5), until: 1 })
  expect(await world.sql`select 1 from ingest_outbox`).toEqual([])
})
