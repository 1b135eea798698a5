import { describe, expect, test } from 'vitest'
import { createSlots } from '../../../src/jobs/background/slots.ts'

const { signal } = new AbortController()

describe('slots', () => {
  test('are taken in turn, and no more of them than there are', async () => {
    const slots = createSlots(2, () => 0)
    expect(await Promise.all([slots.take(signal), slots.take(signal)])).toEqual([true, true])
    const order: number[] = []
    const waiting = [1, 2].map(async n => {
      const isTaken = await slots.take(signal)
      order.push(n)
      return isTaken
    })
    slots.release()
    expect(await waiting[0]).toBe(true)
    expect(order).toEqual([1])
    slots.release()
    expect(await waiting[1]).toBe(true)
  })

  test('more is begun ahead while jobs are quick, and not any more when one has waited in vain', async () => {
    let now = 0
    const slots = createSlots(2, () => now)
    const work = async (ms: number) => {
      await slots.take(signal)
      now += ms
      slots.release()
    }
    expect(slots.ahead()).toBe(0)
    for (let n = 0; n < 3; n++) await work(150)
    expect(slots.ahead()).toBe(0)
    for (let n = 0; n < 3; n++) await work(10)
    expect(slots.ahead()).toBe(10)
    now += 1_001
    expect(slots.ahead()).toBe(0)
    for (let n = 0; n < 2; n++) await work(10)
    expect(slots.ahead()).toBe(10)
    await slots.take(signal)
    await slots.take(signal)
    expect(await slots.take(signal)).toBe(false)
    expect(slots.ahead()).toBe(0)
    expect(await slots.take(AbortSignal.abort())).toBe(false)
  })
})
