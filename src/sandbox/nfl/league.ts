import { keepLatest } from '../keep.ts'
import { type Club, clubs } from './clubs.ts'
import type { Game } from './game.ts'
import { type Injury, reportOf } from './injuries.ts'
import { type Lineup, lineupOf } from './lineup.ts'
import { createRosters, type Roster } from './rosters.ts'
import { createSeasons, type Season } from './season.ts'

/** What the files of a league are made of. Providers that share one say the same of every game. */
export interface League {
  readonly seed: number
  readonly season: (year: number) => Season
  readonly roster: (year: number, club: Club) => Roster
  readonly injuries: (year: number, week: number, club: Club) => readonly Injury[]
  readonly lineup: (game: Game, club: Club) => Lineup
}

// A season has 32 clubs in 22 weeks.
const keptReports = 2 * 22 * clubs.length

export function createLeague(seed: number): League {
  const roster = createRosters(seed)
  const report = keepLatest(keptReports, (key: string) => {
    const [year = 0, week = 0, index = 0] = key.split(' ').map(Number)
    const club = clubs[index] as Club
    return reportOf(seed, year, week, club, roster(year, club))
  })
  const injuries = (year: number, week: number, club: Club) => report(`${year} ${week} ${clubs.indexOf(club)}`)
  return {
    seed,
    season: createSeasons(seed),
    roster,
    injuries,
    lineup: (game, club) => lineupOf(roster(game.season, club), injuries(game.season, game.week, club)),
  }
}
