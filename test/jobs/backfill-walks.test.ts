import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addDays } from '../../src/core/days.ts'
import { accessDenied, type HandMadeGame, type HandMadeLeague, idsOf } from '../support/hand-made-nba.ts'
import { game, type NbaWorld, season, startNbaWorld } from '../support/nba-world.ts'
import { reply } from '../support/provider-server.ts'
import { tableHashes } from '../support/table-hashes.ts'

/** What may happen to a game between two runs. */
const events = ['listed', 'listed', 'postponed', 'moved', 'cancelled', 'on', 'lacking', 'failing', 'given'] as const
const troubles = ['none', 'none', 'none', 'down', 'refusing'] as const

const nth = fc.integer({ min: 0, max: 9 })
const walk = fc.record({
  /** The day of each game, counted from the first: ids are not in the order of days. */
  days: fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 10, maxLength: 10 }),
  /** Games that the schedule does not list at first. */
  unlisted: fc.uniqueArray(nth, { maxLength: 4 }),
  steps: fc.array(
    fc.record({
      passed: fc.integer({ min: 0, max: 5 }),
      happened: fc.array(fc.record({ nth, what: fc.constantFrom(...events) }), { maxLength: 4 }),
      trouble: fc.constantFrom(...troubles),
      chunkDays: fc.constantFrom(undefined, 1, 4),
      concurrency: fc.integer({ min: 1, max: 3 }),
      to: fc.option(fc.integer({ min: 0, max: 12 }), { nil: undefined }),
      since: fc.option(nth, { nil: undefined }),
      job: fc.constantFrom('backfill', 'backfill', 'backfill', 'daily', 'letters'),
    }),
    { minLength: 3, maxLength: 7 },
  ),
})

const firstDay = '2025-01-10'
const noonOf = (day: string) => `${day}T17:00:00Z`

/** A league that lives: its games are played when their days are over, unless something happened to them. */
function createLeague(days: readonly number[], unlisted: readonly number[]) {
  const games = days.map((day, i) => game(i + 1, addDays(firstDay, day)))
  const hidden = new Set(unlisted.map(i => games[i]?.id))
  const listed = () => games.filter(({ id }) => !hidden.has(id))
  const league: HandMadeLeague & Required<Pick<HandMadeLeague, 'boxes'>> = { games: listed(), boxes: {} }
  let today = firstDay
  const text = new Map<string, string>()
  const play = () => {
    league.games = listed()
    for (const one of games) {
      const said = text.get(one.id)
      Object.assign(one, !said && one.day < today ? { status: 3, text: 'Final' } : { status: 1, text: said ?? '7:00 pm ET' })
    }
  }
  const happen = (one: HandMadeGame, what: (typeof events)[number]) => {
    if (what === 'lacking' || what === 'failing')
      Object.assign(league.boxes, { [one.id]: () => reply(what === 'lacking' ? 404 : 500) })
    if (what === 'listed') hidden.delete(one.id)
    if (what === 'given') delete league.boxes[one.id]
    if (one.status === 3) return
    if (what === 'postponed') text.set(one.id, 'PPD')
    if (what === 'cancelled') text.set(one.id, 'Cancelled')
    if (what === 'moved' || what === 'on') text.delete(one.id)
    if (what === 'moved') one.day = addDays(today, 2)
  }
  return {
    league,
    games,
    today: () => today,
    pass(count: number) {
      today = addDays(today, count)
      play()
    },
    happen,
    trouble(what: (typeof troubles)[number]) {
      const answer = what === 'down' ? () => reply(503) : accessDenied
      const own = league.boxes
      league.boxes = what === 'none' ? own : Object.fromEntries(games.map(({ id }) => [id, answer]))
      return () => {
        league.boxes = own
      }
    },
    heal() {
      league.boxes = {}
      hidden.clear()
      for (const [id, said] of text) if (said === 'PPD') text.delete(id)
    },
  }
}

/** Ids that need not be asked for again: over and whole, called off, or set aside. */
async function settledIn(world: NbaWorld): Promise<Set<string>> {
  const rows = await world.sql<{ id: string }[]>`
    select provider_id as id from games g where status = 'cancelled' or (status = 'final' and exists (
      select from nba_player_game_stats s where s.game_id = g.provider_id))
    union select item from dead_letters where status = 'open'`
  return new Set(rows.map(({ id }) => id))
}

/** `late` were listed when the watermark had passed them; `onAgain` were called off, and settled by that, and are asked for nevertheless. */
async function expectExact(
  world: NbaWorld,
  league: HandMadeLeague,
  { late, onAgain }: Record<'late' | 'onAgain', ReadonlySet<string>>,
): Promise<void> {
  const [value = '', beyond, settled] = [await world.watermark(season), await world.settled(), await settledIn(world)]
  const ids = idsOf(league.games)
    .filter(id => !late.has(id))
    .sort()
  expect(ids.filter(id => (id <= value || beyond.includes(id)) && !settled.has(id) && !onAgain.has(id))).toEqual([])
  const next = ids.find(id => id > value)
  expect(beyond.filter(id => id <= value || id === next)).toEqual([])
}

test('whatever happens between runs, the watermark covers no missing game, and in the end the tables are those of one run', async () => {
  await fc.assert(
    fc.asyncProperty(walk, async ({ days, unlisted, steps }) => {
      const life = createLeague(days, unlisted)
      const { league, games } = life
      const [late, onAgain] = [new Set<string>(), new Set<string>()]
      await using world = await startNbaWorld(league)
      for (const { passed, happened, trouble, job, to, since, ...how } of steps) {
        life.pass(passed)
        const off = games.filter(({ text }) => text === 'Cancelled')
        for (const { nth: i, what } of happened) life.happen(games[i] as HandMadeGame, what)
        const known = new Set(idsOf(league.games))
        life.pass(0)
        const value = (await world.watermark(season)) ?? ''
        for (const id of idsOf(league.games)) if (!known.has(id) && id <= value) late.add(id)
        for (const { id, text } of off) if (text !== 'Cancelled') onAgain.add(id)
        const calm = life.trouble(trouble)
        if (job === 'backfill') {
          const bounds = {
            to: to === undefined || addDays(firstDay, to) >= life.today() ? undefined : addDays(firstDay, to),
            since: since === undefined ? undefined : games[since]?.id,
          }
          await world.backfill(noonOf(life.today()), { ...how, ...bounds })
        }
        if (job === 'daily') await world.daily(noonOf(life.today()))
        if (job === 'letters') await world.retryLetters(noonOf(life.today()))
        calm()
        await expectExact(world, league, { late, onAgain })
      }
      life.heal()
      life.pass(30)
      expect(await world.retryLetters(noonOf(life.today()))).toMatchObject({ code: 0 })
      expect(await world.backfill(noonOf(life.today()))).toMatchObject({ code: 0, watermarkAfter: games.at(-1)?.id })
      expect(await world.settled()).toEqual([])
      expect(await world.backfill(noonOf(life.today()))).toMatchObject({ code: 0, games: { asked: 0 } })

      await using fresh = await startNbaWorld(league)
      await fresh.backfill(noonOf(life.today()))
      const [{ dead_letters: _, ingest_watermarks: __, ...tables }, { dead_letters: ___, ingest_watermarks: ____, ...wanted }] = [
        await tableHashes(world.sql),
        await tableHashes(fresh.sql),
      ]
      expect(tables).toEqual(wanted)
    }),
    { numRuns: 5, endOnFailure: true },
  )
})
