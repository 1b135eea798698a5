import { expect, test } from 'vitest'
import { eachDay } from '../../../src/core/days.ts'
import { dayOf } from '../../../src/core/zones.ts'
import { startSandbox } from '../../../src/sandbox/server.ts'
import { requestsOfFixedWindows } from '../../support/fixed-windows.ts'
import { liveNba, startLiveWorld } from '../../support/live-world.ts'
import { createTestClock } from '../../support/test-clock.ts'

/** Days to follow; `LIVE_DAYS=14` takes minutes. */
const days = Number(process.env['LIVE_DAYS'] ?? 3)
const first = '2027-01-18'
const zone = 'America/New_York'

test('days of a simulated season: every game is seen while it is played and is final at the end, with fewer requests than fixed windows', async () => {
  const clock = createTestClock(`${first}T15:00:00Z`)
  await using sandbox = await startSandbox({ clock })
  await using world = await startLiveWorld({
    SPORTS_INGEST_PROVIDER_NBA_CDN_URL: sandbox.baseUrlOf('nba-cdn'),
    SPORTS_INGEST_PROVIDER_NBA_STATS_URL: sandbox.baseUrlOf('nba-stats'),
  })
  const end = new Date(clock.now().getTime() + days * 86_400_000)
  const seen = new Set<string>()
  const requests = new Map<string, number>()
  const { logged } = await world.follow({
    clock,
    until: note => {
      const day = dayOf(clock.now(), zone)
      requests.set(day, (requests.get(day) ?? 0) + note.requests)
      for (const { fixture, live } of note.turn?.look?.pairs ?? [])
        if (live.state.status === 'live') seen.add(fixture.game.providerId)
      return note.mode === 'update' && note.nextLookAt >= end
    },
  })
  const played = await world.sql<{ id: string; day: string; status: string }[]>`
    select provider_id as id, game_date as day, status from games
    where game_date between ${first} and ${dayOf(new Date(end.getTime() - 86_400_000), zone)} and status <> 'postponed'`
  expect(played.length).toBeGreaterThan(4 * days)
  expect(played.filter(({ status }) => status !== 'final')).toEqual([])
  expect(played.filter(({ id }) => !seen.has(id))).toEqual([])
  expect(logged.filter(({ level }) => level !== 'info')).toEqual([])
  expect(await world.sql`select 1 from dead_letters`).toEqual([])

  const { usualHours } = liveNba.live
  const compared = eachDay(first, dayOf(end, zone)).map(day => {
    const games = played.filter(game => game.day === day).length
    return { day, games, requests: requests.get(day) ?? 0, fixed: requestsOfFixedWindows(day, games, { zone, usualHours }) }
  })
  console.log(
    compared.map(one => `${one.day}: ${one.games} games, ${one.requests} requests, fixed windows ${one.fixed}`).join('\n'),
  )
  const whole = compared.slice(1, -1)
  for (const day of whole) expect(day.requests).toBeLessThan(day.fixed / 2)
}, 600_000)
