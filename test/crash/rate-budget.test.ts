import type { Sql } from 'postgres'
import { expect, test } from 'vitest'
import { type BudgetClientOptions, startBudgetClient } from '../support/budget-clients.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { type Handler, type ProviderServer, reply, startProviderServer } from '../support/provider-server.ts'
import { until } from '../support/until.ts'

const fine = reply(200, {}, { ok: true })

interface World extends AsyncDisposable {
  db: TestDatabase
  api: ProviderServer
  /** A process that asks as often as the budget lets it. */
  start(options?: Partial<BudgetClientOptions>): ReturnType<typeof startBudgetClient>
  /** Ends them all. */
  stop(): Promise<void>
}

async function openWorld(ratePerSecond: number, handler: Handler = () => fine): Promise<World> {
  const db = await createTestDatabase()
  await recordBookings(db.sql)
  const api = await startProviderServer(handler)
  const clients = new AsyncDisposableStack()
  const stop = () => clients.disposeAsync()
  return {
    db,
    api,
    start: async options =>
      clients.use(await startBudgetClient({ databaseUrl: db.url, url: api.url, ratePerSecond, ...options })),
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop()
      await api[Symbol.asyncDispose]()
      await db[Symbol.asyncDispose]()
    },
  }
}

/** Each start that is booked, and each that is postponed, in a table of the test's own. */
async function recordBookings(sql: Sql): Promise<void> {
  await sql`create table bookings (slot bigint, at_ms float8, late_ms float8, live boolean)`
  await sql.unsafe(`
    create function book() returns trigger language plpgsql as $$ begin
      if new.late_ms = old.late_ms and new.slot_at <> old.slot_at then
        insert into bookings values (new.slot, extract(epoch from new.slot_at) * 1000, new.late_ms,
          new.live_seen_at is distinct from old.live_seen_at);
      end if;
      return new;
    end $$`)
  await sql`create trigger book after update on ingest_rate_budgets for each row execute function book()`
}

/** The starts in order, each as it was booked last. */
const readBookings = async (sql: Sql) => [
  ...(await sql<{ slot: number; atMs: number; lateMs: number; live: boolean }[]>`
    select distinct on (slot) slot, at_ms as "atMs", late_ms as "lateMs", live from bookings order by slot, at_ms desc`),
]

test('four processes together book each start once, use them, and no request comes before its start', async () => {
  const ratePerSecond = 20
  await using world = await openWorld(ratePerSecond)
  await Promise.all([world.start(), world.start(), world.start(), world.start()])
  await world.api.received(80)
  await world.stop()
  const bookings = await readBookings(world.db.sql)
  for (const [n, { atMs }] of bookings.slice(1).entries())
    expect(atMs - (bookings[n]?.atMs as number)).toBeGreaterThan(1000 / ratePerSecond)
  for (const [n, { atMs }] of bookings.slice(ratePerSecond).entries())
    expect(atMs - (bookings[n]?.atMs as number)).toBeGreaterThan(1000)

  const arrivals = world.api.requests.map(({ arrivedAtMs }) => arrivedAtMs)
  expect(arrivals.length).toBeLessThanOrEqual(bookings.length)
  for (const [n, at] of arrivals.entries()) expect(at).toBeGreaterThan((bookings[n]?.atMs as number) - 20)
  // A bound that holds on a busy machine; the bench asks for 98 %.
  const elapsedMs = (arrivals.at(-1) as number) - (arrivals[0] as number)
  expect(((arrivals.length - 1) * 1000) / elapsedMs / ratePerSecond).toBeGreaterThan(0.7)
})

test('live work gets its share next to processes that want all, and they get what is left', async () => {
  await using world = await openWorld(20)
  await Promise.all([world.start(), world.start(), world.start(), world.start()])
  await world.api.received(20)
  await world.start({ share: 'live' })
  const sinceLive = async () => {
    const bookings = await readBookings(world.db.sql)
    const first = bookings.findIndex(({ live }) => live)
    return first < 0 ? [] : bookings.slice(first)
  }
  await until('eighty starts are booked since the first of live work', async () => (await sinceLive()).length >= 80)
  await world.stop()
  const since = await sinceLive()
  const live = since.filter(booking => booking.live).length
  expect(live / since.length).toBeGreaterThan(0.2)
  expect(live / since.length).toBeLessThan(0.6)
})

test('what one process is told by a 429 holds for all', async () => {
  let throttledMs = Number.POSITIVE_INFINITY
  await using world = await openWorld(10, ({ arrivedMs }) => {
    if (world.api.requests.length < 12) return fine
    if (throttledMs < arrivedMs) return fine
    throttledMs = arrivedMs
    return reply(429, { 'retry-after': '3' })
  })
  await Promise.all([world.start(), world.start(), world.start(), world.start()])
  await world.api.received(24)
  const after = world.api.requests.map(({ arrivedMs }) => arrivedMs - throttledMs).filter(ms => ms > 0)
  // Those that were due before the others had looked again.
  expect(after.filter(ms => ms < 2900).length).toBeLessThanOrEqual(3)
  // No burst at its end either.
  const late = after.filter(ms => ms >= 2900)
  expect((late.at(-1) as number) - (late[0] as number)).toBeGreaterThan((late.length - 1) * 80)
})

test('a process that is killed loses no more than the start it had booked', async () => {
  await using world = await openWorld(20)
  const clients = await Promise.all([world.start(), world.start(), world.start(), world.start()])
  await world.api.received(20)
  for (const { child } of clients.slice(1)) child.kill('SIGKILL')
  const killed = world.api.requests.length
  await world.api.received(killed + 20)
  await world.stop()
  const bookings = await readBookings(world.db.sql)
  // One of each process, the last one's at its end; and two that a busy machine may miss.
  expect(bookings.length - world.api.requests.length).toBeLessThanOrEqual(4 + 2)
})
