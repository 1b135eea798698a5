import { createSimulatedNba } from '../../../src/sandbox/nba/providers.ts'
import { boxScorePath, schedulePath, scoreboardPath } from '../ask.ts'

// Only what the tests read: the files are taken as a client would, as JSON.
interface ScheduledTeam {
  teamId: number
  teamTricode: string
  wins: number
  losses: number
  score: number
}

export interface ScheduledGame {
  gameId: string
  gameCode: string
  gameStatus: number
  gameStatusText: string
  gameDateEst: string
  gameDateTimeEst: string
  gameDateTimeUTC: string
  gameDateUTC: string
  gameTimeEst: string
  gameTimeUTC: string
  homeTeamTime: string
  awayTeamTime: string
  gameLabel: string
  homeTeam: ScheduledTeam
  awayTeam: ScheduledTeam
}

type Shot = 'fieldGoals' | 'twoPointers' | 'threePointers' | 'freeThrows'

type Counted =
  | `${Shot}${'Made' | 'Attempted' | 'Percentage'}`
  | 'points'
  | 'assists'
  | 'steals'
  | 'blocks'
  | 'turnovers'
  | 'foulsPersonal'
  | 'reboundsOffensive'
  | 'reboundsDefensive'
  | 'reboundsTotal'

export type LineNumbers = Record<Counted | 'plus' | 'minus' | 'plusMinusPoints', number> & { minutes: string }
export type TeamNumbers = Record<
  Counted | 'pointsAgainst' | 'reboundsPersonal' | 'reboundsTeam' | 'turnoversTeam' | 'turnoversTotal',
  number
> & { minutes: string }

interface BoxPlayer {
  personId: number
  name: string
  status: string
  starter: string
  played: string
  oncourt: string
  statistics: LineNumbers
}

export interface BoxTeam {
  teamId: number
  score: number
  periods: { period: number; periodType: string; score: number }[]
  players: BoxPlayer[]
  statistics: TeamNumbers
}

export interface Box {
  meta: { time: string }
  game: {
    gameId: string
    gameStatus: number
    gameStatusText: string
    gameTimeUTC: string
    period: number
    gameClock: string
    homeTeam: BoxTeam
    awayTeam: BoxTeam
  }
}

export interface Board {
  scoreboard: { gameDate: string; games: (ScheduledGame & { gameEt: string; period: number; gameClock: string })[] }
}

export interface GameLog {
  parameters: Record<string, unknown>
  resultSets: { headers: string[]; rowSet: unknown[][] }[]
}

export interface ScheduleFile {
  meta: { time: string }
  leagueSchedule: { seasonYear: string; gameDates: { gameDate: string; games: ScheduledGame[] }[] }
}

/** The simulated providers at chosen instants. */
export function createWorld(seed = 1) {
  const [cdn, stats] = createSimulatedNba(seed)
  const bytes = (path: string, now: Date | string) => cdn.answer(path, new URLSearchParams(), new Date(now))?.body
  const read = <T>(path: string, now: Date | string): T | undefined => {
    const body = bytes(path, now)
    return body && (JSON.parse(body.toString()) as T)
  }
  const schedule = (now: Date | string) => read<ScheduleFile>(schedulePath, now) as ScheduleFile
  return {
    bytes,
    /** What stats.nba.com answers to a path with a query. */
    askStats: (address: string, now: Date | string) => {
      const { pathname, searchParams } = new URL(address, 'https://stats.nba.com')
      return stats.answer(pathname, searchParams, new Date(now))
    },
    schedule,
    games: (now: Date | string) => schedule(now).leagueSchedule.gameDates.flatMap(({ games }) => games),
    box: (gameId: string, now: Date | string) => read<Box>(boxScorePath(gameId), now),
    scoreboard: (now: Date | string) => read<Board>(scoreboardPath, now) as Board,
  }
}

export const hoursAfter = (instant: string, hours: number): Date => new Date(Date.parse(instant) + hours * 3_600_000)
export const dayOfGame = (game: ScheduledGame) => game.gameDateEst.slice(0, 10)
export const ofType = (digit: number) => (game: ScheduledGame) => game.gameId[2] === String(digit)
