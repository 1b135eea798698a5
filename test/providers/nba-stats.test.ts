import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ProviderUnavailableError, StoppedError, StoreError } from '../../src/core/errors.ts'
import { type LogFields, silentLog } from '../../src/core/log.ts'
import { gameLogPath, nbaStats, seasonSchedulePath } from '../../src/providers/nba-stats.ts'
import { openProvider, type Provider, type ProviderOptions } from '../../src/providers/open-provider.ts'
import { optionalProvider } from '../../src/providers/optional-provider.ts'
import type { PayloadArchive } from '../../src/store/payload-archive.ts'
import { type Handler, hang, type ProviderServer, type Reply, reply, startProviderServer } from '../support/provider-server.ts'
import { createTestClock } from '../support/test-clock.ts'

const path = '/stats/leaguegamelog?LeagueID=00'
const other = '/stats/leaguegamelog?LeagueID=01'
const noArchive: PayloadArchive = {
  find: async () => undefined,
  list: async () => [],
  keep: async () => {},
  listEach: async () => new Map(),
  confirm: async () => {},
}

let server: ProviderServer
let provider: Provider
let open: AsyncDisposableStack
let stop: AbortController
let givenUp: LogFields[]

const log = {
  ...silentLog,
  warn: (event: string, fields: LogFields = {}) => event === 'provider.given-up' && givenUp.push(fields),
}

async function start(answers: Reply[] | Handler, options: Partial<ProviderOptions> = {}) {
  server = open.use(await startProviderServer(answers))
  provider = openProvider({
    declaration: nbaStats,
    baseUrl: server.url,
    limits: {},
    retry: {},
    archive: noArchive,
    dryRun: false,
    clock: createTestClock(),
    log: silentLog,
    signal: stop.signal,
    ...options,
  })
  open.defer(() => provider.close())
  return optionalProvider(provider, log)
}

beforeEach(() => {
  stop = new AbortController()
  givenUp = []
  open = new AsyncDisposableStack()
})

afterEach(() => open.disposeAsync())

describe('what is asked', () => {
  test('the paths are those that were seen to be answered', () => {
    expect(seasonSchedulePath('2024-25')).toBe('/stats/scheduleleaguev2int?LeagueID=00&Season=2024-25')
    expect(gameLogPath('2024-25', 'regular', '2025-03-15', '2025-03-21')).toBe(
      '/stats/leaguegamelog?LeagueID=00&Season=2024-25&SeasonType=Regular+Season&PlayerOrTeam=P&Counter=1000&Sorter=DATE&Direction=DESC&DateFrom=2025-03-15&DateTo=2025-03-21',
    )
    expect(gameLogPath('2024-25', 'cup-final', '2024-12-17', '2024-12-17')).toBeUndefined()
  })

  test('it comes from something like a browser', async () => {
    const stats = await start([reply(200, {}, { resultSets: [] })])
    expect((await stats.get(path))?.json()).toEqual({ resultSets: [] })
    expect(server.requests[0]).toMatchObject({
      path,
      headers: {
        referer: 'https://www.nba.com/',
        'accept-language': 'en-US,en;q=0.9',
        'user-agent': expect.stringMatching(/^Mozilla/),
      },
    })
  })
})

describe('where it does not answer', () => {
  const short = {
    declaration: { ...nbaStats, limits: { totalTimeoutMs: 100 } },
    limits: { totalTimeoutMs: 600_000 },
  }

  test('a service that hangs is asked for one thing, and not again', async () => {
    const stats = await start(() => hang(), short)
    expect(await Promise.all([stats.get(path), stats.get(other), stats.get(path)])).toEqual([undefined, undefined, undefined])
    expect(await stats.get(other)).toBeUndefined()
    expect(server.requests.map(request => request.path)).toEqual([path, path])
    expect(givenUp).toEqual([
      {
        provider: 'nba-stats',
        message: expect.stringMatching(/^nba-stats did not .* It is not asked again in this run\.$/),
      },
    ])
  })

  test('nor is one that refuses', async () => {
    const stats = await start([reply(403)])
    expect([await stats.get(path), await stats.get(other)]).toEqual([undefined, undefined])
    expect(server.requests).toHaveLength(1)
  })

  test('nor one that asks for a long pause', async () => {
    const stats = await start([reply(429, { 'retry-after': '600' })])
    expect([await stats.get(path), await stats.get(other)]).toEqual([undefined, undefined])
    expect(server.requests).toHaveLength(1)
  })

  test('nor one whose answer was of no use', async () => {
    const stats = await start([reply(200, {}, {})])
    await stats.get(path)
    stats.stopAsking(new Error('No log.'))
    expect(await stats.get(other)).toBeUndefined()
    expect(givenUp.map(fields => fields['message'])).toEqual(['No log. It is not asked again in this run.'])
  })

  test('a passing fault is not the end', async () => {
    const stats = await start([reply(500), reply(200, {}, [1])])
    expect((await stats.get(path))?.json()).toEqual([1])
    expect(givenUp).toEqual([])
  })

  test('a stop and a lost database are not its fault', async () => {
    const stats = await start([reply(200, {}, [1])], {
      archive: { ...noArchive, keep: () => Promise.reject(new StoreError('The database is gone.')) },
    })
    await expect(stats.get(path)).rejects.toThrow(StoreError)
    stop.abort(new StoppedError('SIGTERM'))
    await expect(stats.get(path)).rejects.toThrow(StoppedError)
    expect(givenUp).toEqual([])
  })
})

describe('patience', () => {
  const attempts = async (retry: ProviderOptions['retry']) => {
    await start([reply(500)], { retry })
    await expect(provider.get(path)).rejects.toThrow(ProviderUnavailableError)
    return server.requests.length
  }

  test('settings cannot raise it', async () => expect(await attempts({ maxAttempts: 5 })).toBe(2))

  test('settings can lower it', async () => expect(await attempts({ maxAttempts: 1 })).toBe(1))
})
