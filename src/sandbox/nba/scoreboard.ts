import { formatInTimeZone } from 'date-fns-tz'
import { dayOf } from '../../core/zones.ts'
import { easternZone, hourMs } from '../eastern.ts'
import type { Club } from './clubs.ts'
import { benchOf, gameCode, nameOf, periodScores, utc } from './format.ts'
import type { Game } from './game.ts'
import { type League, linesAt } from './league.ts'
import type { SideLines } from './lines.ts'
import { createRecords, type ListedGame, listGames, writtenAtOf } from './listing.ts'
import type { Side } from './plays.ts'
import { isoClock } from './progress.ts'
import type { Season } from './season.ts'

// The real file still shows yesterday at 10:59 and today by the afternoon (captures of January 2026).
const rollsOverAfterMs = 12 * hourMs

/** The day the scoreboard shows at an instant (ms since the epoch): yesterday until noon Eastern. */
export const scoreboardDay = (now: number): string => dayOf(new Date(now - rollsOverAfterMs), easternZone)

/** The scoreboard file of an instant (ms since the epoch): the games of one day, by tip-off. */
export function scoreboardAt(league: League, season: Season, now: number) {
  const day = scoreboardDay(now)
  const records = createRecords(season)
  const listed = listGames(season, now)
  const games = listed.flatMap(entry => {
    const record = records(entry)
    return entry.state.slot.day === day ? [boardGame(league, season, entry, record, now)] : []
  })
  const writtenAt = games.some(({ gameStatus }) => gameStatus === 2) ? now : writtenAtOf(season, listed, now)
  return {
    meta: {
      version: 1,
      request: 'https://nba-prod-us-east-1-mediaops-stats.s3.amazonaws.com/NBA/liveData/scoreboard/todaysScoreboard_00.json',
      // A 12-hour clock without am or pm, and minute and second again for a fraction: as in the real file.
      time: formatInTimeZone(writtenAt, easternZone, 'yyyy-MM-dd hh:mm:ss.mss'),
      code: 200,
    },
    scoreboard: { gameDate: day, leagueId: '00', leagueName: 'National Basketball Association', games },
  }
}

type Records = ReturnType<ReturnType<typeof createRecords>>

function boardGame(league: League, season: Season, { game, state }: ListedGame, record: Records, now: number) {
  const { slot, decided, progress, status } = state
  const both = progress && linesAt(league, season, game, state, now)
  const side = (club: Club, of: Side) => ({
    teamId: decided ? club.teamId : 0,
    teamName: decided ? club.name : '',
    teamCity: decided ? club.city : '',
    teamTricode: decided ? club.tricode : '',
    ...(of === 0 ? record.home : record.away),
    score: of === 0 ? state.score.home : state.score.away,
    seed: null,
    ...(both && status === 2 ? benchOf(of, both, progress?.elapsed ?? 0) : { inBonus: null, timeoutsRemaining: 0 }),
    // Quarters still to come stand there with 0.
    periods: periodScores(
      Array.from(
        { length: Math.max(4, state.score.periods.length) },
        (_, index) => state.score.periods[index] ?? { home: 0, away: 0 },
      ),
      of,
    ),
  })
  return {
    gameId: game.gameId,
    gameCode: decided ? gameCode(slot.day, game.away.tricode, game.home.tricode) : gameCode(slot.day, '', ''),
    gameStatus: status,
    gameStatusText: state.statusText,
    period: progress?.period ?? 0,
    gameClock: status === 2 && progress ? isoClock(progress.left) : '',
    gameTimeUTC: utc(slot.tipOffAt),
    gameEt: easternText(slot.tipOffAt, status),
    regulationPeriods: 4,
    ifNecessary: false,
    seriesGameNumber: game.seriesGame,
    gameLabel: game.label,
    gameSubLabel: game.subLabel,
    seriesText: '',
    seriesConference: '',
    poRoundDesc: '',
    gameSubtype: '',
    isNeutral: game.neutral,
    homeTeam: side(game.home, 0),
    awayTeam: side(game.away, 1),
    gameLeaders: { homeLeaders: leaderOf(game, 0, both), awayLeaders: leaderOf(game, 1, both) },
    pbOdds: { team: null, odds: 0, suspended: 0 },
  }
}

/** Eastern time with its offset while a game is live, and with a false `Z` before and after: as in the real file. */
const easternText = (tipOffAt: number, status: 1 | 2 | 3) =>
  formatInTimeZone(tipOffAt, easternZone, status === 2 ? "yyyy-MM-dd'T'HH:mm:ssxxx" : "yyyy-MM-dd'T'HH:mm:ss'Z'")

function leaderOf({ home, away }: Game, side: Side, both: readonly SideLines[] | undefined) {
  const { tricode } = side === 0 ? home : away
  const lines = both?.[side]?.lines ?? []
  const [best] = [...lines].sort((a, b) => b.counts.points - a.counts.points)
  return {
    personId: best?.player.personId ?? 0,
    name: best ? nameOf(best.player).name : '',
    jerseyNum: best?.player.jerseyNum ?? '',
    position: best?.player.position.slice(-1) ?? '',
    teamTricode: tricode,
    playerSlug: null,
    points: best?.counts.points ?? 0,
    rebounds: best ? best.counts.reboundsDefensive + best.counts.reboundsOffensive : 0,
    assists: best?.counts.assists ?? 0,
  }
}
