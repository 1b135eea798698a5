import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { UsageError } from '../../src/core/errors.ts'
import { seasonSchedulePath } from '../../src/providers/nba-stats.ts'
import { chooseFault, type FaultKind, faultKinds, parseFaultPlan } from '../../src/sandbox/faults.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts'
import { createTestClock, type TestClock } from '../support/test-clock.ts'
import { ask, askStats, schedulePath } from './ask.ts'

describe('parseFaultPlan', () => {
  test('reads kinds, and strikes one request in five unless told', () => {
    expect(parseFaultPlan('429, 500')).toEqual({ kinds: ['429', '500'], rate: 0.2 })
    expect(parseFaultPlan('hang', 1)).toEqual({ kinds: ['hang'], rate: 1 })
  })

  test.each(['429,boom', 'boom', '', '429,'])('names the known faults when it meets an unknown one: "%s"', text => {
    const act = () => parseFaultPlan(text)
    expect(act).toThrow(UsageError)
    expect(act).toThrow(expect.objectContaining({ hint: expect.stringContaining('429, 500, reset, truncate, html, hang, slow') }))
  })

  test.each([-0.1, 1.1, Number.NaN])('refuses %s as a rate', rate => {
    expect(() => parseFaultPlan('429', rate)).toThrow(UsageError)
  })
})

describe('chooseFault', () => {
  const plan = parseFaultPlan('429,500,reset', 0.2)
  const draws = (seed: number) => Array.from({ length: 2000 }, (_, nth) => chooseFault(plan, seed, '/a', nth))

  test('depends on seed, address and turn alone', () => {
    expect(draws(1)).toEqual(draws(1))
    expect(draws(1)).not.toEqual(draws(2))
    expect(chooseFault(parseFaultPlan('429', 0), 1, '/a', 0)).toBeUndefined()
  })

  test('strikes about the share it was given, with every kind', () => {
    const struck = draws(3).filter(kind => kind !== undefined)
    expect(struck.length).toBeGreaterThan(300)
    expect(struck.length).toBeLessThan(500)
    expect(new Set(struck)).toEqual(new Set(['429', '500', 'reset']))
  })
})

describe('a sandbox with a fault on every request', () => {
  let sandbox: Sandbox | undefined
  afterEach(() => sandbox?.close())

  async function open(kind: FaultKind, clock: TestClock = createTestClock('2026-11-22T12:00:00Z')) {
    sandbox = await startSandbox({ clock, faults: parseFaultPlan(kind, 1) })
    return sandbox
  }

  test('429 asks to come back in a second', async () => {
    const answer = await ask(await open('429'), schedulePath)
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '1'])
  })

  test('500 is a server error', async () => {
    expect((await ask(await open('500'), schedulePath)).status).toBe(500)
  })

  test('html is a block page that claims to be fine', async () => {
    const answer = await ask(await open('html'), schedulePath)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/html'])
    expect(await answer.text()).toContain('Access Denied')
  })

  test('reset closes the connection without an answer, and the request says so', async () => {
    await expect(ask(await open('reset'), schedulePath)).rejects.toThrow('fetch failed')
    expect(sandbox?.requests()).toMatchObject([{ path: schedulePath, status: undefined, fault: 'reset' }])
  })

  test('truncate sends less than it announced', async () => {
    const answer = await ask(await open('truncate'), schedulePath, { 'accept-encoding': 'identity' })
    expect(answer.status).toBe(200)
    await expect(answer.text()).rejects.toThrow('terminated')
  })

  test('slow pauses three seconds in mid-body and then ends well', async () => {
    const clock = createTestClock('2026-11-22T12:00:00Z', { held: true })
    const answer = await ask(await open('slow', clock), schedulePath)
    await clock.sleeping(1)
    expect(clock.waits).toEqual([3000])
    clock.advance(3000)
    expect(await answer.json()).toHaveProperty('leagueSchedule.seasonYear', '2026-27')
  })

  test('hang answers nothing for two minutes and then breaks off', async () => {
    const clock = createTestClock('2026-11-22T12:00:00Z', { held: true })
    const answer = ask(await open('hang', clock), schedulePath)
    answer.catch(() => {})
    await clock.sleeping(1)
    clock.advance(120_000)
    await expect(answer).rejects.toThrow('fetch failed')
  })

  test('a client that hangs up ends its pause', async () => {
    const clock = createTestClock('2026-11-22T12:00:00Z', { held: true })
    const { url } = await open('hang', clock)
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.write('GET /cdn.nba.com/x HTTP/1.1\r\nhost: x\r\n\r\n')
    await clock.sleeping(1)
    socket.destroy()
    await once(socket, 'close')
    await expect.poll(() => sandbox?.requests().length).toBe(1)
  })

  test('every kind is known to the parser', () => {
    expect(faultKinds.map(kind => parseFaultPlan(kind).kinds)).toEqual(faultKinds.map(kind => [kind]))
  })
})

test('the same seed meets the same faults again, and a retry gets through', async () => {
  const statuses = async () => {
    await using sandbox = await startSandbox({
      clock: createTestClock('2026-11-22T12:00:00Z'),
      faults: parseFaultPlan('500', 0.4),
    })
    const found: number[] = []
    for (let turn = 0; turn < 12; turn++) found.push((await ask(sandbox, '/nothing')).status)
    return found
  }
  const first = await statuses()
  expect(new Set(first)).toEqual(new Set([403, 500]))
  expect(await statuses()).toEqual(first)
})

test('who asks for what first changes no fault, also where addresses differ in their query only', async () => {
  const seasons = ['2020-21', '2021-22', '2022-23', '2023-24', '2024-25', '2025-26']
  const statuses = async (order: readonly string[]) => {
    await using sandbox = await startSandbox({
      clock: createTestClock('2026-11-22T12:00:00Z'),
      faults: parseFaultPlan('500', 0.5),
    })
    const found: Record<string, number> = {}
    for (const season of order) found[season] = (await askStats(sandbox, seasonSchedulePath(season))).status
    return found
  }
  const first = await statuses(seasons)
  expect(new Set(Object.values(first))).toEqual(new Set([200, 500]))
  expect(await statuses(seasons.toReversed())).toEqual(first)
})
