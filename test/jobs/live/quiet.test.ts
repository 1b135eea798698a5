import { expect, test } from 'vitest'
import { createNewsFilter, cycleLine } from '../../../src/cli/live-text.ts'
import type { CycleNote } from '../../../src/jobs/live/follow-sport.ts'
import { atStart, coming, final, playing, startEvening } from '../../support/live-evening.ts'
import type { Logged } from '../../support/live-world.ts'
import { game } from '../../support/nba-world.ts'
import { reply } from '../../support/provider-server.ts'
import { createTestClock, type TestClock } from '../../support/test-clock.ts'

const dayMs = 86_400_000

/** What `live` writes into files while it follows for so long: lines of its log, and those on stdout. */
async function written(
  world: Awaited<ReturnType<typeof startEvening>>,
  clock: TestClock,
  ms: number,
  tell: (note: CycleNote, cycles: number) => void = () => {},
): Promise<{ logged: Logged[]; shown: string[]; cycles: number }> {
  const isNews = createNewsFilter(clock)
  const [end, shown] = [clock.now().getTime() + ms, [] as string[]]
  const { logged, notes } = await world.follow({
    clock,
    until: (note, all) => {
      if (isNews(note)) shown.push(cycleLine(note))
      tell(note, all.length)
      return clock.now().getTime() >= end
    },
  })
  return { logged, shown, cycles: notes.length }
}

const eventsOf = (logged: readonly Logged[]) => {
  const counts: Record<string, number> = {}
  for (const { event, job } of logged) {
    const name = job ? `${event} ${job}` : event
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

test('on a quiet day there is a line an hour, and none for updates that load nothing', async () => {
  await using world = await startEvening()
  world.league.games = [game(3, '2024-12-09'), game(4, '2024-12-20', coming)]
  const { logged, shown, cycles } = await written(world, createTestClock(atStart()), dayMs)
  expect(cycles).toBeGreaterThan(45)
  expect(eventsOf(logged)).toEqual({
    'job.start live': 1,
    // The first one loads a day; the first one of the next day has nothing to load.
    'job.end daily': 1,
    'live.mode': 1,
    'live.cycle': 1,
    'job.end live': 1,
  })
  expect(shown.length).toBeLessThanOrEqual(25)
})

test('a provider that is away is said once, and an hour', async () => {
  await using world = await startEvening()
  world.league.schedule = () => reply(503)
  const { logged, shown } = await written(world, createTestClock('2024-12-11T12:00:00Z'), dayMs / 4)
  expect(logged.filter(({ level }) => level !== 'info').map(({ event }) => event)).toEqual(['job.end', 'live.incident'])
  expect(logged.length).toBeLessThan(12)
  expect(shown.length).toBeLessThan(12)
})

test('on a day with games there is a line for each state of theirs, and the log sums up each hour', async () => {
  await using world = await startEvening()
  const { logged, shown, cycles } = await written(world, createTestClock(atStart(-12 * 60)), dayMs, (_, n) => {
    const quarter = Math.floor((n - 26) / 6)
    if (quarter >= 0 && quarter < 4) world.change(1, playing(`Q${quarter + 1} 6:00`, 20 * quarter + n, 20 * quarter))
    if (quarter === 4) for (const one of [1, 2]) world.change(one, { ...final, score: [101, 99] })
  })
  expect(cycles).toBeGreaterThan(60)
  expect(logged.filter(({ level }) => level !== 'info')).toEqual([])
  const { 'live.cycle': summed = 0, ...others } = eventsOf(logged)
  expect(summed).toBeLessThanOrEqual(12)
  expect(Object.values(others).reduce((a, b) => a + b, 0)).toBeLessThan(20)
  const changed = logged.reduce((sum, line) => sum + (line.event === 'live.cycle' ? Number(line['changed']) : 0), 0)
  expect(changed).toBeGreaterThan(20)
  expect(shown.length).toBeLessThan(45)
})
