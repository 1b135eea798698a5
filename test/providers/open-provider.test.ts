import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { silentLog } from '../../src/core/log.ts'
import type { RateBudget } from '../../src/core/rate-budget.ts'
import { defaultLimits } from '../../src/http/limits.ts'
import { openProvider } from '../../src/providers/open-provider.ts'
import type { PayloadArchive } from '../../src/store/payload-archive.ts'
import { reply, stall, startProviderServer } from '../support/provider-server.ts'
import { createTestClock } from '../support/test-clock.ts'

const noArchive: PayloadArchive = {
  find: async () => undefined,
  keep: async () => {},
  list: async () => [],
  listEach: async () => new Map(),
  confirm: async () => {},
}
const noBudget: RateBudget = {
  reserve: async () => ({ waitMs: 0, pausedMs: 0 }),
  left: async () => undefined,
  look: async () => ({ waitMs: 0, pausedMs: 0 }),
  postpone: async () => {},
  pause: async () => {},
}

const nothingShared = {
  limits: {},
  retry: {},
  archive: noArchive,
  dryRun: false,
  log: silentLog,
}

/** The account and the rate that a provider at this address asks its budget for. */
async function budgetOf(baseUrl: string | undefined, id = 'nba-cdn', most?: number) {
  const asked: [string, number][] = []
  const provider = openProvider({
    declaration: { id, baseUrl: 'https://cdn.nba.com', headers: {}, ...(most ? { limits: { ratePerSecond: most } } : {}) },
    baseUrl,
    ...nothingShared,
    budget: (account, ratePerSecond) => {
      asked.push([account, ratePerSecond])
      return noBudget
    },
    clock: createTestClock(),
    signal: new AbortController().signal,
  })
  await provider.close()
  expect(asked).toHaveLength(1)
  return asked[0] as [account: string, ratePerSecond: number]
}

test('a provider, host and user share one budget; a stand-in, another provider or user has its own', async () => {
  const [real] = await budgetOf(undefined)
  expect(await budgetOf('https://cdn.nba.com/some/path/')).toEqual([real, defaultLimits.ratePerSecond])
  const others = [
    await budgetOf('http://127.0.0.1:8080'),
    await budgetOf('https://me:secret@cdn.nba.com'),
    await budgetOf(undefined, 'espn'),
  ]
  expect(new Set([real, ...others.map(([account]) => account)]).size).toBe(4)
  expect(others[1]?.[0]).toBe((await budgetOf('https://me:another@cdn.nba.com'))[0])
})

test('the rate of the budget is the lower one of what is set and what the provider takes', async () => {
  expect((await budgetOf(undefined, 'nba-cdn', 0.5))[1]).toBe(0.5)
})

test('a file is handed on as it comes where it is another than the known one, and not kept', async () => {
  await using api = await startProviderServer([
    reply(200, { etag: '"2"' }, gzipSync('game_id\n')),
    reply(304),
    stall('game_id\n'),
  ])
  const stop = new AbortController()
  const provider = openProvider({
    declaration: { id: 'nflverse', baseUrl: 'https://github.com', headers: {}, limits: { ratePerSecond: 1000 } },
    baseUrl: api.url,
    ...nothingShared,
    archive: { ...noArchive, keep: () => Promise.reject(new Error('Nothing is to be kept.')) },
    clock: createTestClock(),
    signal: stop.signal,
  })
  const first = await provider.download('/players.csv.gz', { known: { etag: '"1"' } }, file => text(file.chunks))
  expect(first).toMatchObject({ status: 'loaded', value: 'game_id\n', etag: '"2"' })
  const second = await provider.download('/players.csv.gz', { known: { etag: '"2"' } }, file => text(file.chunks))
  expect(second).toEqual({ status: 'unchanged' })
  expect(api.requests.map(request => request.headers['if-none-match'])).toEqual(['"1"', '"2"'])

  const reason = new Error('stop')
  const third = provider.download('/players.csv.gz', {}, async ({ chunks }) => {
    for await (const _ of chunks) stop.abort(reason)
  })
  await expect(third).rejects.toBe(reason)
  await provider.close()
})
