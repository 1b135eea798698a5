import { expect, test } from 'vitest'
import { silentLog } from '../../src/core/log.ts'
import type { RateBudget } from '../../src/core/rate-budget.ts'
import { defaultLimits } from '../../src/http/limits.ts'
import { openProvider } from '../../src/providers/open-provider.ts'
import type { PayloadArchive } from '../../src/store/payload-archive.ts'
import { createTestClock } from '../support/test-clock.ts'

const noArchive: PayloadArchive = {
  find: async () => undefined,
  keep: async () => {},
  list: async () => [],
  prune: async () => 0,
}
const noBudget: RateBudget = {
  reserve: async () => ({ waitMs: 0, pausedMs: 0 }),
  look: async () => ({ waitMs: 0, pausedMs: 0 }),
  postpone: async () => {},
  pause: async () => {},
}

/** The account and the rate that a provider at this address asks its budget for. */
async function budgetOf(baseUrl: string | undefined, id = 'nba-cdn', most?: number) {
  const asked: [string, number][] = []
  const provider = openProvider({
    declaration: { id, baseUrl: 'https://cdn.nba.com', headers: {}, ...(most ? { limits: { ratePerSecond: most } } : {}) },
    baseUrl,
    limits: {},
    retry: {},
    budget: (...account) => {
      asked.push(account)
      return noBudget
    },
    archive: noArchive,
    dryRun: false,
    clock: createTestClock(),
    log: silentLog,
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
