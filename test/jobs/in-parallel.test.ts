import { describe, expect, test } from 'vitest'
import { inParallel } from '../../src/jobs/in-parallel.ts'

/** Work that a test ends when it likes, and what was begun of it. */
function createWork() {
  const begun: number[] = []
  const ends = new Map<number, { resolve(): void; reject(error: Error): void }>()
  return {
    begun,
    work: (item: number) => {
      begun.push(item)
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      ends.set(item, { resolve, reject })
      return promise
    },
    end: (item: number) => settle(() => ends.get(item)?.resolve()),
    fail: (item: number, error: Error) => settle(() => ends.get(item)?.reject(error)),
  }
}

/** All that follows from it at once has followed. */
async function settle(act: () => void): Promise<void> {
  act()
  await new Promise(resolve => setImmediate(resolve))
}

const hasEnded = async (promise: Promise<void>) =>
  await Promise.race([promise.then(() => true), settle(() => {}).then(() => false)])

describe('inParallel', () => {
  test('works off so many at a time; the next begins when any one ends', async () => {
    const { begun, work, end } = createWork()
    const all = inParallel([1, 2, 3, 4], 2, work)
    expect(begun).toEqual([1, 2])
    await end(2)
    expect(begun).toEqual([1, 2, 3])
    await end(1)
    expect(begun).toEqual([1, 2, 3, 4])
    await end(4)
    expect(await hasEnded(all)).toBe(false)
    await end(3)
    expect(await hasEnded(all)).toBe(true)
  })

  test('takes an item when it begins it, not before', async () => {
    const taken: number[] = []
    function* items() {
      for (const item of [1, 2, 3]) {
        taken.push(item)
        yield item
      }
    }
    const { work, end } = createWork()
    const all = inParallel(items(), 1, work)
    expect(taken).toEqual([1])
    for (const item of [1, 2, 3]) await end(item)
    await all
    expect(taken).toEqual([1, 2, 3])
  })

  test('ends at once where there is nothing to do', async () => {
    await inParallel([], 3, () => Promise.reject(new Error('there was something')))
  })

  test('after an error begins nothing more, and throws the first one when those under way have ended', async () => {
    const { begun, work, end, fail } = createWork()
    const all = inParallel([1, 2, 3, 4, 5], 3, work)
    const failed = expect(all).rejects.toThrow('the second')
    await fail(2, new Error('the second'))
    await fail(3, new Error('the third'))
    expect(begun).toEqual([1, 2, 3])
    await end(1)
    await failed
    expect(begun).toEqual([1, 2, 3])
  })

  test('an error thrown by the work before it returns a promise is one, too', async () => {
    const broken = () => {
      throw new Error('at once')
    }
    await expect(inParallel([1], 1, broken)).rejects.toThrow('at once')
  })

  test('begins nothing more once it may not go on, and ends without an error', async () => {
    const { begun, work, end } = createWork()
    let goesOn = true
    const all = inParallel([1, 2, 3, 4], 2, work, () => goesOn)
    goesOn = false
    await end(1)
    await end(2)
    await all
    expect(begun).toEqual([1, 2])
  })
})
