import { describe, expect, test } from 'vitest'
import type { RateBudget } from '../../src/core/rate-budget.ts'

export interface BudgetWanted {
  share?: 'live' | 'rest'
  liveShare?: number
  ratePerSecond?: number
}

/** What holds for each implementation of the port. `open` gives accounts of their own; all budgets of one share its rate. */
export function rateBudgetContract(open: () => Promise<AsyncDisposable & { budget(wanted?: BudgetWanted): RateBudget }>): void {
  // One start in about a second: far more than answers take, so that the order of starts shows in their times.
  const gapMs = 1010

  describe('a rate budget', () => {
    test('gives the first start at once', async () => {
      await using account = await open()
      expect((await account.budget().reserve(false)).waitMs).toBeLessThan(gapMs / 2)
    })

    test('gives each start once, a little further apart than the rate asks for, whoever asks', async () => {
      await using account = await open()
      const budgets = [account.budget(), account.budget(), account.budget()]
      const starts = await startsOf([...budgets, ...budgets])
      expect(inGaps(starts)).toEqual([0, 1, 2, 3, 4, 5])
    })

    test('takes the pace of each who asks, behind all that was booked', async () => {
      await using account = await open()
      const [slow, quick] = [account.budget(), account.budget({ ratePerSecond: 2 })]
      expect(inGaps(await startsOf([slow, slow, quick, quick, slow]), gapMs / 2)).toEqual([0, 2, 3, 4, 6])
    })

    test('postpones what was booked, and what is not yet', async () => {
      await using account = await open()
      const [one, other] = [account.budget(), account.budget()]
      const starts = await startsOf([one, other])
      await one.postpone(gapMs / 2)
      const { waitMs } = await other.look()
      starts.push(performance.now() + waitMs, await startOf(one))
      expect(inGaps(starts, gapMs / 2)).toEqual([0, 2, 3, 5])
    })

    test('pauses for all, and books nothing meanwhile', async () => {
      await using account = await open()
      const [one, other] = [account.budget(), account.budget()]
      await other.reserve(false)
      await one.pause(new Date(Date.now() + 30_000))
      await one.pause(new Date(Date.now() + 10_000))
      for (const { pausedMs } of [await other.reserve(false), await one.reserve(false), await other.look()]) {
        expect(pausedMs).toBeGreaterThan(20_000)
        expect(pausedMs).toBeLessThanOrEqual(30_100)
      }
    })

    test('a pause that is over is none', async () => {
      await using account = await open()
      const budget = account.budget()
      await budget.pause(new Date(Date.now() - 1))
      expect((await budget.reserve(false)).pausedMs).toBe(0)
    })
  })

  describe('the share of live work', () => {
    test('is left to the rest while there is no live work', async () => {
      await using account = await open()
      const rest = account.budget()
      expect(inGaps(await startsOf(Array(8).fill(rest)))).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    })

    test.each([
      [0.25, [2, 6, 10, 14]],
      [0.5, [2, 4, 6, 8]],
      [0.3, [2, 5, 8, 12]],
    ])('of %d is kept while there is some, even behind a long queue', async (liveShare, expected) => {
      await using account = await open()
      const [live, rest] = [account.budget({ share: 'live', liveShare }), account.budget({ liveShare })]
      const starts = inGaps(await startsOf([live, ...Array(20).fill(rest), live, live, live, live]))
      expect(starts.slice(-4)).toEqual(expected)
      expect(new Set(starts).size).toBe(starts.length)
    })

    test('is the least of it: what the rest leaves is live, too', async () => {
      await using account = await open()
      const live = account.budget({ share: 'live' })
      expect(inGaps(await startsOf(Array(8).fill(live)))).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    })

    test('holds the rest to what is not live, and no slower', async () => {
      await using account = await open()
      const [live, rest] = [account.budget({ share: 'live' }), account.budget()]
      await live.reserve(false)
      const starts = inGaps(await startsOf(Array(31).fill(rest)))
      expect(starts.at(-1)).toBe(40)
    })
  })

  /** When a start is, by `performance.now()`. */
  async function startOf(budget: RateBudget): Promise<number> {
    const { waitMs } = await budget.reserve(false)
    return performance.now() + waitMs
  }

  async function startsOf(budgets: readonly RateBudget[]): Promise<number[]> {
    const starts: number[] = []
    for (const budget of budgets) starts.push(await startOf(budget))
    return starts
  }

  /** How many gaps each start is behind the first. */
  function inGaps(starts: readonly number[], gap = gapMs): number[] {
    return starts.map(at => Math.round((at - (starts[0] as number)) / gap))
  }
}
