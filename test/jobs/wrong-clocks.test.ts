import { afterAll, expect, test } from 'vitest'
import type { HandMadeGame } from '../support/hand-made-nba.ts'
import { atStart, startEvening } from '../support/live-evening.ts'
import { game, startNbaWorld } from '../support/nba-world.ts'
import { createTestClock } from '../support/test-clock.ts'

const days = Array.from({ length: 12 }, (_, i) => `2025-01-${String(i + 8).padStart(2, '0')}`)

/** A game a day, as a provider has them at noon of a day: those before it are over, and each is corrected on the second day behind its own. */
function listedOn(today: string): HandMadeGame[] {
  return days.map((day, i) => {
    if (day >= today) return game(i + 1, day, { status: 1, text: '7:30 pm ET' })
    const isCorrected = Date.parse(today) - Date.parse(day) >= 2 * 86_400_000
    return game(i + 1, day, { score: isCorrected ? [101, 98] : [101, 99] })
  })
}

const noonOf = (day: string) => `${day}T12:00:00Z`
const plus = (day: string, more: number) => new Date(Date.parse(day) + more * 86_400_000).toISOString().slice(0, 10)

/** Runs at noon of these days; of those named as wrong, one before or after it whose clock is so many days ahead or behind. */
async function live(runs: readonly string[], wrong: Record<string, number>, order: 'before' | 'after' = 'before') {
  const league = { games: listedOn('2025-01-08') }
  await using world = await startNbaWorld(league)
  const codes: number[] = []
  const watermarks: (string | undefined)[] = []
  const told: string[] = []
  for (const day of runs) {
    league.games = listedOn(day)
    const off = wrong[day]
    if (off !== undefined && order === 'before') await world.daily(noonOf(plus(day, off)))
    const { code, findings = [] } = await world.daily(noonOf(day))
    codes.push(code)
    told.push(...findings.filter(({ check }) => check === 'wrong-clock').map(({ message }) => message))
    watermarks.push(await world.watermark())
    if (off !== undefined && order === 'after') await world.daily(noonOf(plus(day, off)))
  }
  // Days that only a wrong clock has asked for are right as well, but nobody else has them.
  const rows = await world.sql`
    select provider_id, status, home_score, away_score, (select sum(points)::int from nba_player_game_stats s where s.game_id = g.provider_id) as points
    from games g where game_date >= ${plus(runs[0] as string, -1)} and game_date < ${runs.at(-1) as string} order by 1`
  return { codes, watermarks, told, rows: [...rows] }
}

const daily = days.slice(2)
const withOutage = daily.filter(day => day < '2025-01-13' || day > '2025-01-17')
const known = new Map<readonly string[], ReturnType<typeof live>>()
const right = (runs: readonly string[]) => known.get(runs) ?? known.set(runs, live(runs, {})).get(runs)
afterAll(() => known.clear())

test.each<[string, readonly string[], Record<string, number>, 'before' | 'after']>([
  ['a year behind at the first run', daily, { '2025-01-10': -365 }, 'before'],
  ['a year behind later', daily, { '2025-01-12': -365 }, 'before'],
  ['a day ahead', daily, { '2025-01-12': 1 }, 'before'],
  ['four days ahead before an outage', withOutage, { '2025-01-12': 4 }, 'before'],
  ['a week ahead before an outage', withOutage, { '2025-01-12': 7 }, 'before'],
  ['a year ahead before an outage', withOutage, { '2025-01-11': 365 }, 'before'],
  ['three days behind', withOutage, { '2025-01-12': -3 }, 'before'],
  ['ahead, and then behind', withOutage, { '2025-01-11': 5, '2025-01-12': -40 }, 'before'],
  ['a week ahead as the first of all', daily, { '2025-01-10': 7 }, 'before'],
  ['two days ahead as the last before an outage', withOutage, { '2025-01-12': 2 }, 'after'],
  ['four days ahead as the last before an outage', withOutage, { '2025-01-12': 4 }, 'after'],
])('one run whose clock is %s leaves nothing behind', async (_, runs, wrong, order) => {
  const expected = await right(runs)
  const found = await live(runs, wrong, order)
  expect(found.codes).toEqual(runs.map(() => 0))
  expect(found.rows).toEqual(expected?.rows)
  expect(found.watermarks).toEqual(expected?.watermarks)
})

test.each<[string, Record<string, number>, string]>([
  ['of the first run of all', { '2025-01-10': 7 }, 'deleted: it stood on 2025-01-16'],
  ['of a later run', { '2025-01-12': 3 }, 'set back from 2025-01-14 to 2025-01-10'],
])('the watermark that a clock ahead has moved, %s, is set back, and that is told', async (_, wrong, became) => {
  const { told } = await live(daily, wrong)
  expect(told).toEqual([
    `A run had a wrong clock. The watermark schedule daily:nba was ${became}. The days after that count as not loaded.`,
  ])
})

test('a live worker whose clock is set back goes on with its updates', async () => {
  await using world = await startEvening()
  const clock = createTestClock(atStart(-300))
  let backMs = 0
  const asked: boolean[] = []
  await world.follow({
    clock: { ...clock, now: () => new Date(clock.now().getTime() - backMs) },
    until: () => {
      asked.push(world.asked().includes('scheduleLeagueV2'))
      if (asked.length === 2) backMs = 3 * 3_600_000
      return asked.length === 6
    },
  })
  // One is an update every half an hour, as before.
  expect(asked.slice(0, 2)).toEqual([true, true])
  expect(asked.slice(2).filter(Boolean).length).toBeGreaterThanOrEqual(2)
})
