import { keepLatest } from '../keep.ts'
import { type Club, clubs } from './clubs.ts'
import type { Game } from './game.ts'
import { type Injury, mayName, reportOf } from './injuries.ts'
import { type Lineup, lineupOf, playerAt } from './lineup.ts'
import type { Player } from './players.ts'
import { spots } from './positions.ts'
import { createRosters, type Roster } from './rosters.ts'
import { createSeasons, type Season } from './season.ts'

/** What the files of a league are made of. Providers that share one say the same of every game. */
export interface League {
  readonly seed: number
  readonly season: (year: number) => Season
  readonly roster: (year: number, club: Club) => Roster
  readonly injuries: (year: number, week: number, club: Club) => readonly Injury[]
  readonly lineup: (game: Game, club: Club) => Lineup
  /** Who leads the line-up of a game, which need not be made for him: the list of games names two in each. */
  readonly quarterback: (game: Game, club: Club) => Player
}

/** His place in a roster. */
const firstQuarterback = spots.findIndex(({ place }) => place === 'QB')

// A season has 32 clubs in 22 weeks.
const keptReports = 2 * 22 * clubs.length

export function createLeague(seed: number): League {
  const roster = createRosters(seed)
  const report = keepLatest(keptReports, (key: number) => {
    const [year, week, club] = [Math.floor(key / 10_000), Math.floor(key / 100) % 100, clubs[key % 100] as Club]
    return reportOf(seed, year, week, club, roster(year, club))
  })
  const injuries = (year: number, week: number, club: Club) => report(10_000 * year + 100 * week + clubs.indexOf(club))
  const lineup = (game: Game, club: Club) => lineupOf(roster(game.season, club), injuries(game.season, game.week, club))
  return {
    seed,
    season: createSeasons(seed),
    roster,
    injuries,
    lineup,
    quarterback: (game, club) => {
      const first = roster(game.season, club)[firstQuarterback] as Player
      return mayName(seed, game.season, game.week, club, firstQuarterback) ? playerAt(lineup(game, club), 'QB') : first
    },
  }
}
