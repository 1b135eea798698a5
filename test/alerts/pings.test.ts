import { describe, expect, test } from 'vitest'
import { createPings } from '../../src/alerts/pings.ts'
import { watchLive } from '../../src/alerts/watch-live.ts'
import type { App } from '../../src/app.ts'
import { defaults } from '../../src/core/config/config.ts'
import { Secret } from '../../src/core/config/secret.ts'
import { type Log, silentLog } from '../../src/core/log.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { at, createTestClock } from '../support/test-clock.ts'

/** Paths without the number of the run, and whether all had the same. */
function pathsOf({ received, url }: Receiver) {
  const urls = received.map(({ path }) => new URL(path, url))
  const rids = new Set(urls.map(({ searchParams }) => searchParams.get('rid')))
  return { paths: urls.map(({ pathname }) => pathname), rids: [...rids] }
}

/** A log that keeps its warnings. */
function keepWarnings(): { warned: string[]; log: Log } {
  const warned: string[] = []
  return { warned, log: { ...silentLog, warn: (event, fields) => warned.push(`${event} ${fields?.['reason']}`) } }
}

describe('the pings of some work', () => {
  test('tell of its start, and of its end, in this order and with one number', async () => {
    await using service = await startReceiver()
    const pings = createPings(silentLog)
    const url = new Secret(`${service.url}/ping/key/?create=1`)
    pings.start(url).end(true)
    await pings.settle()
    const { paths, rids } = pathsOf(service)
    expect(paths).toEqual(['/ping/key/start', '/ping/key'])
    expect(rids).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)])
    expect(service.received[0]?.path).toContain('create=1')
  })

  test('of which one has failed say why', async () => {
    await using service = await startReceiver()
    const pings = createPings(silentLog)
    pings.start(new Secret(`${service.url}/uuid`)).end(false, 'daily_data failed, with 1 failure')
    await pings.settle()
    expect(service.received.map(({ path, body }) => [path.replace(/\?.*/, ''), body])).toEqual([
      ['/uuid/start', ''],
      ['/uuid/fail', 'daily_data failed, with 1 failure'],
    ])
  })

  test('that the service does not take are tried three times; a no is final', async () => {
    await using service = await startReceiver(500)
    const { warned, log } = keepWarnings()
    const pings = createPings(log)
    pings.alive(new Secret(`${service.url}/a`))
    await pings.settle()
    expect(service.received).toHaveLength(3)
    service.answer = { status: 404, headers: { 'content-type': 'text/plain' }, body: 'not found' }
    pings.alive(new Secret(`${service.url}/b`))
    await pings.settle()
    expect(service.received).toHaveLength(4)
    expect(warned).toEqual(['ping.unsent It answered 500.', 'ping.unsent It answered 404 (not found).'])
  })

  test('to a service that hangs hold up nothing but the end, and that for some seconds', async () => {
    await using service = await startReceiver('hang')
    const { warned, log } = keepWarnings()
    const startedMs = performance.now()
    const pings = createPings(log)
    const work = pings.start(new Secret(`${service.url}/uuid`))
    work.end(true)
    expect(performance.now() - startedMs).toBeLessThan(100)
    await pings.settle()
    expect(performance.now() - startedMs).toBeLessThan(10_000)
    expect(warned).toHaveLength(2)
  })
})

describe('the pulse of live', () => {
  async function startPulse(settings: { sandbox?: boolean; enabled?: boolean } = {}) {
    const { sandbox = false, enabled = true } = settings
    const service = await startReceiver()
    const clock = createTestClock('2026-03-05T06:00:00Z')
    const config = { ...defaults, alerts: { ...defaults.alerts, enabled, pingUrl: new Secret(`${service.url}/live`) } }
    const watch = watchLive({ config, clock, log: silentLog } as unknown as App, { sandbox })
    return {
      ...{ service, clock, watch },
      cycle: (sport: string, next: string) => watch.onCycle({ sport: { id: sport }, nextPollAt: at(`2026-03-05T${next}:00Z`) }),
      pulseAt: (time: string) => {
        clock.advance(at(`2026-03-05T${time}:00Z`).getTime() - clock.now().getTime())
        watch.pulse()
      },
      [Symbol.asyncDispose]: async () => {
        await watch.stop()
        await service[Symbol.asyncDispose]()
      },
    }
  }

  test('comes every five minutes as long as each sport has its cycles in time', async () => {
    await using live = await startPulse()
    live.watch.pulse()
    live.cycle('nba', '06:30')
    live.cycle('nfl', '06:05')
    for (const time of ['06:04', '06:05', '06:09']) live.pulseAt(time)
    // The NFL's cycle of 06:05 has not begun by 06:10.
    for (const time of ['06:10', '06:15']) live.pulseAt(time)
    live.cycle('nfl', '06:45')
    live.pulseAt('06:19')
    await live.watch.stop()
    expect(live.service.received.map(({ path }) => path)).toEqual(['/live', '/live', '/live'])
  })

  test('does not come from one that stands by, from a sandbox, or where alerts are switched off', async () => {
    await using standby = await startPulse()
    standby.watch.onStandby({ id: 'nba' })
    standby.pulseAt('06:05')
    await using sandbox = await startPulse({ sandbox: true })
    await using off = await startPulse({ enabled: false })
    for (const live of [sandbox, off]) live.cycle('nba', '06:30')
    for (const live of [standby, sandbox, off]) {
      await live.watch.stop()
      expect(live.service.received).toEqual([])
    }
  })
})
