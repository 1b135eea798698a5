import type { ISql } from 'postgres'
import type { Clock } from '../core/clock.ts'
import type { RateBudget } from '../core/rate-budget.ts'
import type { Database } from './database.ts'
import { createServerTime } from './server-time.ts'

/** Live work has reserved slots; `rest` is everything else. */
export type Share = 'live' | 'rest'

export interface RateBudgetOptions {
  /** Processes that name the same account share its rate. */
  account: string
  ratePerSecond: number
  share: Share
  /** The part of the rate that is reserved for live work while there is any: 0 to 0.9. */
  liveShare: number
  /** Requests in a day (UTC) of all processes together. */
  dailyQuota?: number | undefined
  clock: Clock
}

interface Booking {
  slot: number
  atMs: number
  nowMs: number
  /** By how much all starts have been postponed so far. */
  lateMs: number
  pausedMs: number
  isSpent: boolean
}

/**
 * The budget of one account, kept in the database: what one process books, no other gets, on whatever host. Each start is booked
 * at an absolute time of the database's clock; hosts may disagree about theirs.
 *
 * 1 % of the rate is left unused: at exactly 500 ms, timers and connections that are late by different amounts put three requests
 * into one second.
 */
export function createRateBudget(database: Database, options: RateBudgetOptions): RateBudget {
  const { account, clock, dailyQuota } = options
  const time = createServerTime()
  let last: Booking | undefined

  async function book(sql: ISql, unusedSlot: number): Promise<Booking> {
    for (;;) {
      const sentMs = performance.now()
      const booking = await bookSlot(sql, options, { unusedSlot, leadMs: time.tripMs })
      if (booking) {
        time.learn(sentMs, performance.now(), booking.nowMs)
        return booking
      }
      await addAccount(sql, account)
    }
  }

  return {
    reserve: async unused => {
      const booking = await database.run(sql => book(sql, unused ? (last?.slot ?? -1) : -1))
      const { atMs, pausedMs, isSpent } = booking
      if (pausedMs === 0) last = booking
      return { waitMs: time.toOwn(atMs) - performance.now(), pausedMs, spentQuota: isSpent ? dailyQuota : undefined }
    },

    left: async () => {
      if (dailyQuota === undefined) return undefined
      const [row] = await database.run(
        sql => sql<{ counted: number }[]>`
          select counted from ingest_rate_budgets
          where provider = ${account} and counted_day = (clock_timestamp() at time zone 'UTC')::date`,
      )
      return Math.max(0, dailyQuota - (row?.counted ?? 0))
    },

    // Without retry: the caller is about to send its request and cannot wait.
    look: async () => {
      let sentMs = 0
      const [row] = await database.run(sql => {
        sentMs = performance.now()
        return sql<Pick<Booking, 'nowMs' | 'lateMs' | 'pausedMs'>[]>`
          select ${epochMs(sql, 'now')} as "nowMs", late_ms as "lateMs",
            greatest(0, coalesce(${epochMs(sql, 'paused_until')} - ${epochMs(sql, 'now')}, 0)) as "pausedMs"
          from ingest_rate_budgets, clock_timestamp() as now where provider = ${account}`
      }, 1)
      if (!row || !last) return { waitMs: 0, pausedMs: 0 }
      time.learn(sentMs, performance.now(), row.nowMs)
      return { waitMs: time.toOwn(last.atMs + row.lateMs - last.lateMs) - performance.now(), pausedMs: row.pausedMs }
    },

    postpone: async lateMs => {
      await database.run(
        sql => sql`
          update ingest_rate_budgets set slot_at = slot_at + ${lateMs}::float8 * interval '1 millisecond', late_ms = late_ms + ${lateMs}::float8
          where provider = ${account} and set_config('synchronous_commit', 'off', true) is not null`,
        1,
      )
    },

    pause: async at => {
      if (at <= clock.now()) return
      await database.run(async sql => {
        await addAccount(sql, account)
        const ms = at.getTime() - clock.now().getTime()
        await sql`
          update ingest_rate_budgets
          set paused_until = greatest(paused_until, clock_timestamp() + ${ms}::float8 * interval '1 millisecond') where provider = ${account}`
      })
    },
  }
}

/** Each process has one start booked at most. */
const mostBooked = 300

/** The first row of an account. */
const addAccount = (sql: ISql, account: string) => sql`
  insert into ingest_rate_budgets (provider, slot, slot_at, gap_ms, late_ms, live_share, next_slot, next_live_slot)
  values (${account}, 0, to_timestamp(0), 0, 0, 0, 1, 1) on conflict do nothing`

const epochMs = (sql: ISql, instant: string) => sql`(extract(epoch from ${sql(instant)}) * 1000)::float8`

/**
 * Books the next free slot for one of the two shares; undefined where the account has no row yet. One statement, and one that
 * does not wait for the disk: its lock on the row lasts for microseconds.
 *
 * Slot k is live's where floor((k + 1) * share) > floor(k * share): they lie evenly among the others. Live takes the earlier of the next
 * of either kind, and so does the rest while no live work was seen for a minute. After a time without requests, and where the
 * last one was booked under other settings, both kinds go on behind all that was booked.
 */
async function bookSlot(
  sql: ISql,
  { account, ratePerSecond, share, liveShare, dailyQuota }: RateBudgetOptions,
  { unusedSlot, leadMs }: { unusedSlot: number; leadMs: number },
): Promise<Booking | undefined> {
  const gapMs = sql`${(1000 / ratePerSecond) * 1.01}::float8`
  const perMille = Math.round(liveShare * 1000)
  const live = sql`${perMille}::bigint`
  const rest = sql`${1000 - perMille}::bigint`
  const isLive = sql`${share === 'live'}::boolean`
  /** The first slot from k on that is not live's. */
  const restFrom = (k: ReturnType<typeof sql>) => sql`((${k} * ${rest} + 999) / 1000 * 1000 / ${rest})`
  /** The first one that is; null where live has no share. */
  const liveFrom = (k: ReturnType<typeof sql>) =>
    sql`(((${k} * ${live} / 1000 + 1) * 1000 + ${live} - 1) / nullif(${live}, 0) - 1)`
  const [booking] = await sql<Booking[]>`
    with locked as materialized (
      select * from ingest_rate_budgets where provider = ${account} for update
    ), timed as materialized (
      -- Read only once the lock is held.
      select *, (extract(epoch from clock_timestamp()) * 1000)::float8 as now_ms, set_config('synchronous_commit', 'off', true) from locked
    ), dated as materialized (
      select *, (to_timestamp(now_ms / 1000) at time zone 'UTC')::date as today from timed
    ), counting as materialized (
      select *, greatest(0, case when counted_day = today then counted else 0 end - (${unusedSlot}::bigint >= 0)::int) as sent_today,
        ${epochMs(sql, 'tomorrow')} - now_ms as left_ms
      from dated, lateral (select (today + 1)::timestamp at time zone 'UTC' as tomorrow) as next
    ), believed as materialized (
      -- So many are never booked at once: the server's clock was ahead, and what was booked and paused by it counts no more.
      select *, ${epochMs(sql, 'slot_at')} > now_ms + 60000 + ${mostBooked} * gap_ms as is_ahead,
        coalesce(sent_today >= ${dailyQuota ?? null}::int, false) as is_spent
      from counting
    ), found as materialized (
      select *, now_ms + ${leadMs}::float8 as soon_ms, case when is_ahead then now_ms else ${epochMs(sql, 'slot_at')} end as slot_ms,
        greatest(next_slot, next_live_slot) - (greatest(next_slot, next_live_slot) = ${unusedSlot}::bigint + 1)::int as free,
        ${isLive} or coalesce(abs(${epochMs(sql, 'live_seen_at')} - now_ms) > 60000, true) as any_kind,
        greatest(
          case when is_ahead then 0 else greatest(0, coalesce(${epochMs(sql, 'paused_until')} - now_ms, 0)) end,
          case when is_spent then left_ms else 0 end) as paused_ms
      from believed
    ), ended as materialized (
      select *, slot_ms + (free - 1 - slot) * gap_ms + ${gapMs} as free_ms from found
    ), judged as materialized (
      select *, soon_ms >= free_ms or gap_ms <> ${gapMs} or live_share <> ${perMille}::int as afresh,
        case when any_kind then free else ${restFrom(sql`free`)} end as first
      from ended
    ), based as materialized (
      select provider, now_ms, soon_ms, late_ms, any_kind, paused_ms, is_ahead, is_spent, today, sent_today,
        case when afresh then first else slot end as base, case when afresh then greatest(free_ms, soon_ms) else slot_ms end as base_ms,
        case when afresh then first else next_slot end as next_slot,
        case when afresh then first else next_live_slot end as next_live_slot
      from judged
    ), reachable as materialized (
      select *, base + ceil((soon_ms - base_ms) / ${gapMs})::bigint as soonest from based
    ), free as materialized (
      select *, ${restFrom(sql`greatest(soonest, next_slot)`)} as rest_slot,
        case when any_kind then ${liveFrom(sql`greatest(soonest, next_live_slot)`)} end as live_slot
      from reachable
    ), chosen as materialized (
      select *, least(rest_slot, live_slot) as taken, base_ms + (least(rest_slot, live_slot) - base) * ${gapMs} as taken_ms from free
    ), booked as (
      update ingest_rate_budgets b set slot = taken, slot_at = to_timestamp(taken_ms / 1000), gap_ms = ${gapMs}, live_share = ${perMille}::int,
        next_slot = case when taken = rest_slot then taken + 1 else c.next_slot end,
        next_live_slot = case when taken = live_slot then taken + 1 else c.next_live_slot end,
        live_seen_at = case when ${isLive} then to_timestamp(now_ms / 1000) else b.live_seen_at end,
        paused_until = case when not is_ahead then b.paused_until end, counted_day = today, counted = sent_today + 1
      from chosen c where b.provider = c.provider and paused_ms = 0
    )
    select taken as slot, taken_ms as "atMs", now_ms as "nowMs", late_ms as "lateMs", paused_ms as "pausedMs",
      is_spent as "isSpent"
    from chosen`
  return booking
}
