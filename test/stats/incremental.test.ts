import fc from 'fast-check'
import { expect, test } from 'vitest'
import { statsFunctionNames } from '../../src/stats/run-stats.ts'
import type { MergeRow } from '../../src/store/merge.ts'
import { readResults, type StatsWorld, startStatsWorld } from '../support/stats-world.ts'

/** A small world, in which what happens meets what is there. */
const player = fc.integer({ min: 1, max: 14 }).map(String)
const event = fc.integer({ min: 1, max: 8 })
const small = fc.integer({ min: 0, max: 6 })
const day = fc.constantFrom('2024-11-20', '2024-12-30', '2025-01-10', '2025-01-16', '2025-02-03', '2025-07-01')
const status = fc.constantFrom('final', 'final', 'final', 'live', 'scheduled', 'postponed')

interface Step {
  what: string
  event: number
  player: string
  day: string
  status: string
  values: number[]
  isPostseason: boolean
  runs: string[]
}

const step: fc.Arbitrary<Step> = fc.record({
  what: fc.constantFrom('game', 'game', 'line', 'line', 'line', 'unline', 'ungame', 'move', 'mend', 'run', 'run'),
  event,
  player,
  day,
  status,
  values: fc.array(small, { minLength: 4, maxLength: 4 }),
  isPostseason: fc.boolean(),
  runs: fc.subarray([...statsFunctionNames], { minLength: 1 }),
})

/** What a step does to the tables of a sport. */
interface Sport {
  id: string
  game(world: StatsWorld, step: Step): Promise<unknown>
  line(world: StatsWorld, step: Step): Promise<unknown>
  unline(world: StatsWorld, step: Step): Promise<unknown>
  ungame(world: StatsWorld, step: Step): Promise<unknown>
  move(world: StatsWorld, step: Step): Promise<unknown>
  mend(world: StatsWorld, step: Step): Promise<unknown>
}

const club = (n: number) => `T${n % 3}`
const other = (n: number) => `T${(n + 1) % 3}`
const seasonOf = (n: number) => (n % 2 === 0 ? '2023' : '2024')
/** Two games share a week of their season. */
const weekOf = (n: number) => Math.ceil(n / 4)

const gameRow = (
  { event: n, day: gameDate, status: said, values, isPostseason }: Step,
  id: string,
  season: string,
): MergeRow => ({
  ...{ providerId: id, season, gameDate, status: said, seasonType: isPostseason ? 'playoffs' : 'regular' },
  ...{ homeTeamId: club(n), awayTeamId: other(n), homeScore: values[0], awayScore: values[1] },
})

const nba: Sport = {
  id: 'nba',
  game: ({ putGames }, one) => putGames('nba', [gameRow(one, `g${one.event}`, seasonOf(one.event))]),
  line: ({ putNbaLines }, { event: n, player: id, values: [points, assists, steals, made] }) =>
    putNbaLines([
      {
        ...{ gameId: `g${n}`, playerId: id, teamId: Number(id) % 2 === 0 ? club(n) : other(n), played: points !== 6 },
        ...{ points, assists, steals, fieldGoalsMade: made, fieldGoalsAttempted: 6 },
      },
    ]),
  unline: ({ sql }, { event: n, player: id }) =>
    sql`delete from nba_player_game_stats where game_id = ${`g${n}`} and player_id <= ${id}`,
  ungame: ({ sql }, { event: n }) => sql`delete from games where sport = 'nba' and provider_id = ${`g${n}`}`,
  move: ({ sql }, { event: n, day: to }) =>
    sql`update games set game_date = ${to}, season = ${seasonOf(n + to.length + Number(to.slice(-1)))} where provider_id = ${`g${n}`}`,
  mend: ({ sql }, { player: id, values: [points] }) =>
    sql`update nba_player_game_stats set points = ${points as number} where player_id = ${id}`,
}

const nfl: Sport = {
  id: 'nfl',
  game: async ({ putGames, putNflGames }, one) => {
    const n = one.event
    const season = Number(seasonOf(n))
    await putNflGames([{ game_id: `f${n}`, season, week: weekOf(n), home_team_id: club(n), away_team_id: other(n) }])
    await putGames('nfl', [gameRow(one, `f${n}`, String(season))])
  },
  line: ({ putNflLines }, { event: n, player: id, values: [yards, tds, receptions, epa] }) =>
    putNflLines([
      {
        ...{ season: Number(seasonOf(n)), week: weekOf(n), player_id: id, team: Number(id) % 2 === 0 ? club(n) : other(n) },
        ...{ passing_yards: yards, rushing_tds: tds, receptions, passing_epa: Number(epa) / 3 },
      },
    ]),
  unline: ({ sql }, { event: n, player: id }) =>
    sql`delete from nfl_player_game_stats where season = ${Number(seasonOf(n))} and week = ${weekOf(n)} and player_id <= ${id}`,
  ungame: ({ sql }, { event: n, isPostseason }) =>
    isPostseason
      ? sql`delete from nfl_games where game_id = ${`f${n}`}`
      : sql`delete from games where sport = 'nfl' and provider_id = ${`f${n}`}`,
  move: ({ sql }, { event: n, day: to, values: [a = 0], isPostseason }) =>
    isPostseason
      ? sql`update nfl_games set away_team_id = ${club(a)} where game_id = ${`f${n}`}`
      : sql`update games set game_date = ${to} where sport = 'nfl' and provider_id = ${`f${n}`}`,
  mend: ({ sql }, { player: id, values: [yards] }) =>
    sql`update nfl_player_game_stats set rushing_yards = ${yards as number} where player_id = ${id}`,
}

const racing: Sport = {
  id: 'racing',
  game: ({ putRaces }, { event: n, day: raceDate, status: said }) =>
    putRaces([{ providerId: `r${n}`, season: raceDate.slice(0, 4), raceDate, status: said }]),
  line: ({ putRunners }, { event: n, player: id, values: [position = 0, prize = 0, rpr = 0, trainer] }) =>
    putRunners([
      {
        ...{ raceId: `r${n}`, horseId: id, finished: position > 0, position: position > 0 ? position : null },
        ...{ prize: prize * 1.25, racingPostRating: rpr * 20, trainerId: `t${trainer}`, ran: prize !== 5 },
      },
    ]),
  unline: ({ sql }, { event: n, player: id }) => sql`delete from runners where race_id = ${`r${n}`} and horse_id <= ${id}`,
  ungame: ({ sql }, { event: n }) => sql`delete from races where provider_id = ${`r${n}`}`,
  move: ({ sql }, { event: n, day: to }) =>
    sql`update races set race_date = ${to}, season = ${to.slice(0, 4)} where provider_id = ${`r${n}`}`,
  mend: ({ sql }, { player: id, values: [position = 0] }) =>
    sql`update runners set position = ${position + 1} where horse_id = ${id}`,
}

test.each([nba, nfl, racing])(
  '$id: what is computed step by step is what is computed anew, whatever happened between',
  async sport => {
    await using world = await startStatsWorld()
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async steps => {
        await world.sql`truncate games, nba_player_game_stats, nfl_games, nfl_player_game_stats, races, runners`
        await fill(world, sport)
        expectDone(await world.run())
        for (const one of steps) {
          if (one.what === 'run') expectDone(await world.run({ functions: one.runs }))
          else await sport[one.what as Exclude<keyof Sport, 'id'>](world, one)
        }
        expectDone(await world.run())
        const byStep = await readResults(world.sql)
        // Not only the results: the lines and the sums that they are computed from, too.
        await world.sql`truncate ingest_stats_lines, ingest_stats_sums`
        const anew = await world.run({ full: true })
        expectDone(anew)
        expect(await readResults(world.sql)).toEqual(byStep)
        expect(Object.values(anew).map(({ rows }) => rows)).toEqual(statsFunctionNames.map(() => 0))
      }),
      { numRuns: 12, endOnFailure: true },
    )
  },
)

/** Enough that rankings are full, and that each step meets something. */
async function fill(world: StatsWorld, sport: Sport): Promise<void> {
  const days = ['2024-11-20', '2024-12-30', '2025-01-10', '2025-01-16']
  for (let n = 1; n <= 8; n++) {
    const one = { what: '', event: n, day: days[n % 4] as string, status: 'final', isPostseason: n === 8, runs: [] }
    await sport.game(world, { ...one, player: '', values: [n, 3, 0, 0] })
    for (let id = 1; id <= 14; id++)
      if ((id + n) % 3 > 0) await sport.line(world, { ...one, player: `${id}`, values: [(id * n) % 6, id % 5, n % 4, id % 3] })
  }
}

const expectDone = (results: Record<string, { error?: string }>) =>
  expect(Object.values(results).flatMap(({ error }) => error ?? [])).toEqual([])
