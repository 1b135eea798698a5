import { expect, test } from 'vitest'
import { addDays, eachDay } from '../../../src/core/days.ts'
import type { LiveSport } from '../../../src/jobs/live/live-sport.ts'
import { racing } from '../../../src/sports/racing/index.ts'
import { discardDeadLetters } from '../../../src/store/dead-letters.ts'
import { listWatermarks, moveWatermark } from '../../../src/store/watermarks.ts'
import { card, declared, type HandMadeRacing, placed, result } from '../../support/hand-made-racing.ts'
import { openLiveWorld } from '../../support/live-world.ts'
import { reply } from '../../support/provider-server.ts'
import { lettersInUse, tablesInUse, toldBy, withoutAndPruned } from '../../support/prune.ts'
import { startRacingWorld } from '../../support/racing-world.ts'
import { at } from '../../support/test-clock.ts'

const noon = (day: string) => `${day}T12:00:00Z`
const october = (n: number) => `2025-10-${String(n).padStart(2, '0')}`
const today = october(12)
const now = noon(today)

test('of racing: verify, plans, catch-up, live work and full runs are the same when everything old is pruned', async () => {
  const all = eachDay('2025-09-20', october(14))
  const api: HandMadeRacing = {
    results: Object.fromEntries(all.map(day => [day, [1, 2].map(n => result(day, n))])),
    cards: Object.fromEntries(all.map(day => [day, [1, 2].map(n => card(day, n))])),
    pageSize: 100,
  }
  await using world = await startRacingWorld(api, { SPORTS_INGEST_RACING_PLAN: 'pro', SPORTS_INGEST_RETRY_MAX_ATTEMPTS: '2' })
  const { sql, store, server } = world
  /** What the API has at noon of a day, but for what a test changes: no results of that day. */
  const morning = async (day: string, given: Partial<HandMadeRacing> = {}) => {
    const before = { ...api }
    Object.assign(api, given, { today: day, results: { ...(given.results ?? api.results), [day]: [], [addDays(day, 1)]: [] } })
    const run = await world.daily(noon(day))
    Object.assign(api, { instead: undefined }, before)
    return run
  }
  const setWatermark = (value: string, time: string, key = 'daily:racing') => {
    const name = { stage: key.startsWith('daily') ? 'schedule' : 'backfill', key }
    return store.database.transaction(tx =>
      moveWatermark(tx, { ...name, value, at: at(time), by: { user: 'test', reason: undefined } }),
    )
  }
  const follow = async (time: string) => {
    const live = await openLiveWorld(store, world.env)
    const earlier = server.requests.length
    const { notes } = await live.follow({ sports: [racing as LiveSport], now: time, until: 2 })
    const asked = [...new Set(server.requests.slice(earlier).map(({ path }) => path))].sort()
    return { asked, notes: notes.map(({ mode, why, rows }) => ({ mode, why, rows })) }
  }
  const down = () => reply(503)

  // A start that fails, and says where to begin; days with results that are late, not whole, corrected, gone, or of another day.
  await morning(october(1), { instead: down })
  await morning(october(3))
  const { results, cards } = api
  const lateResults = { ...results, [october(3)]: [result(october(3), 1)] }
  await morning(october(4), { results: lateResults })
  const notWhole = [result(october(4), 1, { runners: [placed(4), placed(5, '')] }), result(october(4), 2)]
  await morning(october(5), {
    results: {
      ...lateResults,
      [october(2)]: [result(october(2), 1), result(october(2), 2, { comments: 'Amended' })],
      [october(4)]: notWhole,
    },
    cards: {
      ...cards,
      [october(5)]: [card(october(5), 1, { runners: [declared(1), declared(1, { jockey: 'Other' })] }), card(october(5), 2)],
    },
  })
  await follow(`${october(5)}T14:40:00Z`)
  api.results[october(4)] = notWhole
  // A person passes two days, and takes a part of that back; a clock is ahead; the provider is down, and a day cannot be had.
  await setWatermark(october(7), noon(october(6)))
  await morning(october(9), { instead: path => (path.includes(october(8)) ? reply(404) : undefined) })
  await setWatermark(october(6), noon(october(9)))
  await morning(october(9), { instead: path => (path.includes(`start_date=${october(7)}`) ? reply(500) : undefined) })
  await morning(october(10))
  await morning(october(26))
  await morning(october(11), { instead: path => (path.startsWith('/v1/results') ? reply(500) : undefined) })
  await follow(`${october(11)}T14:40:00Z`)

  // A backfill with days that fail, some of which are loaded since; its watermark is moved by a person, too.
  const window = { from: '2025-09-22', to: october(2) }
  const fails =
    (...days: string[]) =>
    (path: string) =>
      days.some(day => path.includes(`start_date=${day}`)) ? reply(500) : undefined
  api.instead = fails('2025-09-23', '2025-09-26')
  await world.backfill(noon(october(10)), window)
  api.instead = fails('2025-09-26')
  await world.backfill(noon(october(11)), { ...window, retryFailed: true })
  api.instead = path => (path.includes('09-28') ? reply(404) : undefined)
  await world.backfill(noon(october(11)), { from: '2025-09-25', to: '2025-09-29', restart: { user: 'test' } })
  await setWatermark('2025-09-24', noon(october(11)), 'racing:2025')
  delete api.instead
  const open = await sql<{ id: number; day: string }[]>`select id, day::text from dead_letters where status = 'open' order by id`
  const [first] = open.filter(({ day }) => day === '2025-09-28')
  await store.database.transaction(tx =>
    discardDeadLetters(tx, { ids: [first?.id ?? 0], by: 'test', reason: 'none', at: at(now) }),
  )
  const statuses = await sql<{ status: string }[]>`select distinct status from dead_letters order by 1`
  expect(statuses.map(({ status }) => status)).toEqual(['discarded', 'open', 'resolved'])

  const work = async () => {
    const verified = []
    for (const name of await listWatermarks(sql)) verified.push(await world.verify(name))
    const plans = []
    for (const time of [now, noon(october(20))])
      for (const options of [{}, { retryFailed: true }, { from: '2025-09-25', to: '2025-09-30' }])
        plans.push(await world.forecast(time, options))
    const dry = [toldBy(await world.daily(now, { dryRun: true })), toldBy(await world.daily(noon(october(20)), { dryRun: true }))]
    const letters = await lettersInUse(sql)
    const live = await follow(`${today}T14:40:00Z`)
    const runs = [
      toldBy(await morning(today)),
      toldBy(await world.backfill(now, { ...window, retryFailed: true })),
      toldBy(await world.backfill(now, window)),
      toldBy(await world.retry(now)),
      toldBy(await morning(october(19))),
    ]
    return { verified, plans, dry, letters, live, runs, after: await tablesInUse(sql) }
  }
  const { asIs, pruned, deleted } = await withoutAndPruned(store, now, work)
  expect(Object.keys(deleted).sort()).toEqual(['chunks', 'dead_letters', 'payloads', 'run_logs', 'runs', 'watermark_history'])
  expect(pruned).toEqual(asIs)
})
