import { playerOptional, sharedCounts, teamOptional } from '../../../src/sports/nba/tables.ts'

/** Hand-made payloads in the cdn's shape; clubs, people and numbers are invented. */

type Json = Record<string, unknown>

export const club = (teamId: number, more: Json = {}): Json => ({
  teamId,
  teamName: `Club ${teamId}`,
  teamCity: 'Town',
  teamTricode: `C${teamId}`,
  score: 0,
  ...more,
})

export const scheduledGame = (more: Json = {}): Json => ({
  gameId: '0022400561',
  gameCode: '20250115/AAABBB',
  gameStatus: 1,
  gameStatusText: '7:30 pm ET',
  gameDateEst: '2025-01-15T00:00:00Z',
  gameTimeEst: '1900-01-01T19:30:00Z',
  gameDateTimeEst: '2025-01-15T19:30:00Z',
  gameDateTimeUTC: '2025-01-16T00:30:00Z',
  arenaName: 'Hall',
  postponedStatus: 'N',
  homeTeam: club(1),
  awayTeam: club(2),
  ...more,
})

/** A schedule with its games under the days of their own dates. */
export function schedule(games: Json[], seasonYear = '2024-25'): Json {
  const days = Map.groupBy(games, game => String(game['gameDateEst']).slice(0, 10))
  const gameDates = [...days].map(([day, list]) => ({
    gameDate: `${day.slice(5, 7)}/${day.slice(8, 10)}/${day.slice(0, 4)} 00:00:00`,
    games: list,
  }))
  return { meta: { version: 1 }, leagueSchedule: { seasonYear, leagueId: '00', gameDates } }
}

const zeros = (names: readonly string[]) => Object.fromEntries(names.map(name => [name, 0]))

export const player = (personId: number, points: number, more: Json = {}): Json => ({
  status: 'ACTIVE',
  order: 1,
  personId,
  jerseyNum: '7',
  position: 'SF',
  starter: '1',
  oncourt: '0',
  played: '1',
  statistics: { ...zeros([...sharedCounts, ...playerOptional]), points, minutes: 'PT30M19.00S', minutesCalculated: 'PT30M' },
  name: `Ann Person${personId}`,
  nameI: 'A. Person',
  firstName: 'Ann',
  familyName: `Person${personId}`,
  ...more,
})

export function side(teamId: number, players: Json[], more: Json = {}): Json {
  const points = players.reduce((sum, line) => sum + Number((line['statistics'] as Json)['points']), 0)
  return {
    ...club(teamId),
    score: points,
    periods: [],
    players,
    statistics: { ...zeros([...sharedCounts, ...teamOptional]), points, minutes: 'PT240M00.00S', timeLeading: 'PT12M00.00S' },
    ...more,
  }
}

/** A final box score, 30 to 28. */
export const boxScore = (more: Json = {}): Json => ({
  meta: { version: 1, code: 200 },
  game: {
    gameId: '0022400561',
    gameStatus: 3,
    gameStatusText: 'Final',
    period: 4,
    gameClock: 'PT00M00.00S',
    homeTeam: side(1, [player(101, 20), player(102, 10)]),
    awayTeam: side(2, [
      player(201, 28),
      player(202, 0, { status: 'INACTIVE', played: '0', starter: '0', notPlayingReason: 'INACTIVE_INJURY' }),
    ]),
    ...more,
  },
})

/** A row of `leaguegamelog`, by column, and a log of such rows. */
export const loggedRow = (more: Json = {}): Json => ({
  SEASON_ID: '22024',
  PLAYER_ID: 101,
  PLAYER_NAME: 'Ann Person101',
  TEAM_ID: 1,
  GAME_ID: '0022400561',
  GAME_DATE: '2025-01-15',
  MATCHUP: 'AAA vs. BBB',
  WL: 'W',
  MIN: 30,
  ...zeros('FGM FGA FG3M FG3A FTM FTA OREB DREB REB AST STL BLK TOV PF PTS PLUS_MINUS'.split(' ')),
  FG_PCT: null,
  ...more,
})

export function gameLog(rows: Json[]): Json {
  const headers = Object.keys(rows[0] ?? loggedRow())
  const rowSet = rows.map(row => headers.map(name => row[name]))
  return { resource: 'leaguegamelog', parameters: {}, resultSets: [{ name: 'LeagueGameLog', headers, rowSet }] }
}
