import { type Day, eachDay } from '../../src/core/days.ts'
import { dayOf, instantOf } from '../../src/core/zones.ts'
import type { CycleNote } from '../../src/jobs/live/follow-sport.ts'
import type { LiveSport } from '../../src/jobs/live/live-sport.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import type { TestDatabase } from './database-server.ts'
import { isInUsualHours, requestsOfFixedWindows } from './fixed-windows.ts'
import { type Logged, openLiveWorld } from './live-world.ts'
import { createTestClock } from './test-clock.ts'

export interface FollowedDay {
  day: Day
  games: number
  requests: number
  /** What fixed windows would have made of them, and games that begin outside of those. */
  fixed: number
  outside: number
}

export interface FollowedDays {
  days: FollowedDay[]
  games: number
  /** Games that were not seen while they were played, and those that are not final. */
  missed: string[]
  unfinished: string[]
  letters: number
  complaints: Logged[]
}

const dayMs = 86_400_000

/** Follows so many days of a simulated sport, from ten in the morning of the first one, under a clock that leaps over every wait. */
export async function followDays(db: TestDatabase, sport: LiveSport, first: Day, count: number): Promise<FollowedDays> {
  const { id, zone, live } = sport
  const clock = createTestClock(instantOf(first, '10:00', zone))
  await using sandbox = await startSandbox({ clock })
  const addressOf = (provider: string) =>
    [`SPORTS_INGEST_PROVIDER_${provider.toUpperCase().replaceAll('-', '_')}_URL`, sandbox.baseUrlOf(provider)] as const
  await using world = await openLiveWorld(db, Object.fromEntries(sandbox.providers.map(addressOf)))
  const end = new Date(clock.now().getTime() + count * dayMs)
  const seen = new Set<string>()
  const requests = new Map<Day, number>()
  const take = (note: CycleNote) => {
    const day = dayOf(clock.now(), zone)
    requests.set(day, (requests.get(day) ?? 0) + note.requests)
    for (const { stored, live: listed } of note.cycle?.poll?.pairs ?? []) if (listed.state.status === 'live') seen.add(stored.id)
    return note.mode === 'update' && note.nextPollAt >= end
  }
  const { logged } = await world.follow({ sports: [sport], clock, until: take })
  const days = eachDay(first, dayOf(new Date(end.getTime() - dayMs), zone))
  const played = await world.sql<{ id: string; day: Day; status: string; startsAt: Date | null }[]>`
    select provider_id as id, game_date as day, status, starts_at as "startsAt" from games
    where sport = ${id} and game_date in ${world.sql(days)} and status not in ('postponed', 'cancelled')`
  const [letters] = await world.sql<[{ count: number }]>`select count(*)::int as count from dead_letters`
  return {
    days: days.map(day => {
      const { usualHours, datasets } = live
      const games = played.filter(game => game.day === day)
      const fixed = requestsOfFixedWindows(day, games.length, { zone, usualHours, hasFiles: datasets.length > 0 })
      const outside = games.filter(({ startsAt }) => startsAt && !isInUsualHours(startsAt, zone, usualHours)).length
      return { day, games: games.length, requests: requests.get(day) ?? 0, fixed, outside }
    }),
    games: played.length,
    missed: played.filter(game => !seen.has(game.id)).map(game => game.id),
    unfinished: played.filter(({ status }) => status !== 'final').map(game => game.id),
    letters: letters.count,
    complaints: logged.filter(({ level }) => level !== 'info'),
  }
}
