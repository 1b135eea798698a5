import { correct, statesOf } from './correction.ts'
import { isEmpty, sumOf } from './counts.ts'
import { csvLine, rowOf } from './csv.ts'
import type { Game } from './game.ts'
import type { League } from './league.ts'
import { linesOf } from './lines.ts'
import { snapHeader, snapRows } from './snaps.ts'
import { type StatsRow, statsColumn } from './stats-columns.ts'
import { olderPlayerColumns, playerWeekColumns, teamWeekColumns } from './stats-headers.ts'

const playerColumns = playerWeekColumns.map(statsColumn)
const olderColumns = olderPlayerColumns.map(statsColumn)
const teamColumns = teamWeekColumns.map(statsColumn)

/** The files made of games: what each game adds to them. */
export const gameFiles = ['stats_player', 'player_stats', 'stats_team', 'snap_counts'] as const
export type GameFile = (typeof gameFiles)[number]

export const gameHeaders: Readonly<Record<GameFile, string>> = {
  stats_player: csvLine(playerWeekColumns),
  player_stats: csvLine(olderPlayerColumns),
  stats_team: csvLine(teamWeekColumns),
  snap_counts: snapHeader,
}

/** The last season of the older player file. */
export const lastOlderSeason = 2024

/** The rows of a game in each file, in its first state (0) or after so many corrections. As bytes: a season has 6 MB of them. */
export function rowsOfGame(league: League, game: Game, corrections: number): Record<GameFile, Buffer> {
  const { seed } = league
  const sides = [game.home, game.away] as const
  const plays = league.season(game.season).playsOf(game)
  const lineups = [league.lineup(game, game.home), league.lineup(game, game.away)] as const
  const both = linesOf(seed, game.gameId, plays, lineups)
  for (let look = 1; look <= corrections; look++) correct(seed, game, look, both)
  const clubs = sides.map((club, side) => {
    const lines = both[side] ?? []
    const whole = sumOf(lines)
    const rows = lines.filter(line => !isEmpty(line)).map((line): StatsRow => ({ ...line, game, club, whole }))
    return { rows, whole: { ...whole, player: undefined, game, club, whole } }
  })
  const rows = clubs.flatMap(club => club.rows)
  return {
    stats_player: bytesOf(rows.map(row => rowOf(playerColumns, row))),
    player_stats: bytesOf(game.season > lastOlderSeason ? [] : rows.filter(attacked).map(row => rowOf(olderColumns, row))),
    stats_team: bytesOf(clubs.map(({ whole }) => rowOf(teamColumns, whole))),
    snap_counts: bytesOf(sides.flatMap((club, side) => snapRows(seed, game, club, lineups[side as 0 | 1], plays))),
  }
}

const bytesOf = (rows: readonly string[]): Buffer => Buffer.from(rows.map(row => `${row}\n`).join(''))

/** The older file has nobody who did not carry, throw or was thrown a ball. */
const attacked = ({ counts, player }: StatsRow): boolean =>
  player !== undefined && counts.attempts + counts.sacks_suffered + counts.carries + counts.targets + counts.special_teams_tds > 0

/** How many corrections of a game are out at an instant (ms since the epoch); undefined before its lines are. */
export function correctionsAt(seed: number, game: Game, now: number): number | undefined {
  const out = statesOf(seed, game).filter(at => at <= now).length
  return out === 0 ? undefined : out - 1
}
