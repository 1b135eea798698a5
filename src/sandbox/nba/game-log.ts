import type { Club } from './clubs.ts'
import { nameOf } from './format.ts'
import { type Game, playedSlot } from './game.ts'
import type { LogQuery } from './game-log-query.ts'
import { type League, linesAt } from './league.ts'
import { hasPlayed, type Line } from './lines.ts'
import type { Season } from './season.ts'
import { stateOf } from './state.ts'

/**
 * The lines of those who played in the games that are over, of one season type within some days, the latest game first: a list
 * of column names, and a row of values for each line.
 */
export function gameLog(league: League, season: Season, { type, from, to, parameters }: LogQuery, now: number) {
  const games = season.games.filter(game => {
    const { day } = playedSlot(game)
    return game.type === type && (!from || day >= from) && (!to || day <= to)
  })
  games.sort((a, b) => playedSlot(b).tipOffAt - playedSlot(a).tipOffAt || (a.gameId < b.gameId ? -1 : 1))
  const rowSet = games.flatMap(game => loggedLines(league, season, game, now)).map(line => columns.map(([, read]) => read(line)))
  return {
    resource: 'leaguegamelog',
    parameters,
    resultSets: [{ name: 'LeagueGameLog', headers: columns.map(([name]) => name), rowSet }],
  }
}

/** One player's line, with what its row says of the game. */
interface LoggedLine {
  readonly season: Season
  readonly game: Game
  readonly club: Club
  readonly won: boolean
  readonly line: Line
}

function loggedLines(league: League, season: Season, game: Game, now: number): LoggedLine[] {
  const state = stateOf(season, game, now)
  if (state.status !== 3) return []
  const [home, away] = linesAt(league, season, game, state, now)
  const homeWon = state.score.home > state.score.away
  const of = (club: Club, won: boolean, lines: readonly Line[]) =>
    lines.filter(hasPlayed).map(line => ({ season, game, club, won, line }))
  return [...of(game.home, homeWon, home.lines), ...of(game.away, !homeWon, away.lines)]
}

type Column = readonly [name: string, read: (logged: LoggedLine) => string | number | null]

/** In the order of the real log of 2024-25. */
const columns: readonly Column[] = [
  // `22024`: the season type's digit of the game id, then the year.
  ['SEASON_ID', ({ season, game }) => game.gameId.charAt(2) + season.year],
  ['PLAYER_ID', ({ line }) => line.player.personId],
  ['PLAYER_NAME', ({ line }) => nameOf(line.player).name],
  ['TEAM_ID', ({ club }) => club.teamId],
  ['TEAM_ABBREVIATION', ({ club }) => club.tricode],
  ['TEAM_NAME', ({ club }) => `${club.city} ${club.name}`.trim()],
  ['GAME_ID', ({ game }) => game.gameId],
  ['GAME_DATE', ({ game }) => playedSlot(game).day],
  ['MATCHUP', ({ game: { home, away }, club }) => matchup(club, home, away)],
  ['WL', ({ won }) => (won ? 'W' : 'L')],
  ['MIN', ({ line }) => Math.round(line.seconds / 60)],
  ['FGM', ({ line }) => line.counts.fieldGoalsMade],
  ['FGA', ({ line }) => line.counts.fieldGoalsAttempted],
  ['FG_PCT', ({ line: { counts } }) => share(counts.fieldGoalsMade, counts.fieldGoalsAttempted)],
  ['FG3M', ({ line }) => line.counts.threePointersMade],
  ['FG3A', ({ line }) => line.counts.threePointersAttempted],
  ['FG3_PCT', ({ line: { counts } }) => share(counts.threePointersMade, counts.threePointersAttempted)],
  ['FTM', ({ line }) => line.counts.freeThrowsMade],
  ['FTA', ({ line }) => line.counts.freeThrowsAttempted],
  ['FT_PCT', ({ line: { counts } }) => share(counts.freeThrowsMade, counts.freeThrowsAttempted)],
  ['OREB', ({ line }) => line.counts.reboundsOffensive],
  ['DREB', ({ line }) => line.counts.reboundsDefensive],
  ['REB', ({ line }) => rebounds(line)],
  ['AST', ({ line }) => line.counts.assists],
  ['STL', ({ line }) => line.counts.steals],
  ['BLK', ({ line }) => line.counts.blocks],
  ['TOV', ({ line }) => line.counts.turnovers],
  ['PF', ({ line }) => line.counts.foulsPersonal],
  ['PTS', ({ line }) => line.counts.points],
  ['PLUS_MINUS', ({ line }) => line.counts.plus - line.counts.minus],
  ['FANTASY_PTS', ({ line }) => fantasyPoints(line)],
  ['VIDEO_AVAILABLE', () => 1],
]

/** `GSW vs. NYK` at home, `NYK @ GSW` away. */
const matchup = (club: Club, home: Club, away: Club): string =>
  club === home ? `${home.tricode} vs. ${away.tricode}` : `${away.tricode} @ ${home.tricode}`

/** Three digits, and null where nothing was tried: a box score has all digits, and 0. */
const share = (made: number, attempted: number): number | null =>
  attempted === 0 ? null : Math.round((made / attempted) * 1000) / 1000

const rebounds = ({ counts }: Line): number => counts.reboundsOffensive + counts.reboundsDefensive

/** By the formula that fits all 157 real lines of 2025-03-15; counted in tenths. */
function fantasyPoints(line: Line): number {
  const { points, assists, steals, blocks, turnovers } = line.counts
  return (10 * points + 12 * rebounds(line) + 15 * assists + 30 * (steals + blocks) - 10 * turnovers) / 10
}
