import * as z from 'zod'
import { type Day, parseDay } from '../../core/days.ts'
import { PayloadError } from '../../core/errors.ts'
import type { LiveFeed, LiveGame } from '../../pipeline/live-feed.ts'
import { nbaCdn, scoreboardPath } from '../../providers/nba-cdn.ts'
import { readLiveGames, readPayload } from '../read-payload.ts'
import { boxScores } from './box-score.ts'
import { seasonOf } from './events.ts'
import { toRows } from './schedule.ts'
import { statusOf } from './status.ts'

const side = z.looseObject({
  teamId: z.int().nullish().catch(null),
  teamName: z.string().nullish().catch(null),
  teamCity: z.string().nullish().catch(null),
  teamTricode: z.string().nullish(),
  score: z.int32().nullish(),
})

const game = z.looseObject({
  gameId: z.string().regex(/^\d{10}$/),
  gameStatus: z.int().min(1).max(3),
  gameStatusText: z.string(),
  period: z.int32(),
  gameTimeUTC: z.iso.datetime().nullish().catch(null),
  homeTeam: side,
  awayTeam: side,
})

type Entry = z.infer<typeof game>

const scoreboard = z.looseObject({
  scoreboard: z.looseObject({ gameDate: z.string().nullish().catch(null), games: z.array(z.unknown()) }),
})

const minuteMs = 60_000

/** `todaysScoreboard_00.json`, then the box scores of the games that have changed. */
export const nbaLive: LiveFeed = {
  provider: nbaCdn,
  dataset: 'scoreboard',
  path: () => scoreboardPath,
  parse: parseScoreboard,
  datasets: [boxScores],
  // From the matinee to the last game in the West, which ends after midnight in the East.
  usualHours: [{ weekdays: [0, 1, 2, 3, 4, 5, 6], from: '12:00', to: '01:30' }],
  typicalMs: 150 * minuteMs,
}

/** @throws PayloadError where it is no scoreboard */
export function parseScoreboard(payload: unknown): ReturnType<LiveFeed['parse']> {
  const { gameDate, games } = readPayload(scoreboard, payload, 'nba-cdn sent an invalid scoreboard').scoreboard
  const day = parseDay(gameDate ?? '')
  return readLiveGames(game, games, { id: 'gameId', what: "The scoreboard's entry of game" }, entry => toLiveGame(entry, day))
}

function toLiveGame(entry: Entry, day: Day | undefined): LiveGame {
  const { gameId, gameStatus, period, homeTeam, awayTeam } = entry
  const text = entry.gameStatusText.trim()
  const status = statusOf(gameStatus, text)
  const played = status === 'live' || status === 'final'
  const unscheduled = day && toUnscheduled(entry, day)
  const [homeScore, awayScore] = [homeTeam.score ?? null, awayTeam.score ?? null]
  if (status === 'final' && (homeScore === null || awayScore === null || homeScore + awayScore === 0))
    throw new PayloadError(`The scoreboard's game ${gameId} is final without a score; it is asked for again.`)
  return {
    id: gameId,
    ...(homeTeam.teamId && awayTeam.teamId
      ? { sides: { homeTeamId: String(homeTeam.teamId), awayTeamId: String(awayTeam.teamId) } }
      : {}),
    ...(unscheduled ? { unscheduled } : {}),
    name: `${awayTeam.teamTricode || '?'}-${homeTeam.teamTricode || '?'}`,
    state: {
      status,
      statusText: text || null,
      period: played ? period : null,
      homeScore: played ? homeScore : null,
      awayScore: played ? awayScore : null,
    },
    raw: entry,
  }
}

/** As the schedule would have it before the start; undefined where a side is not known, or not when it begins. */
function toUnscheduled({ gameId, gameTimeUTC, homeTeam, awayTeam }: Entry, gameDate: Day): LiveGame['unscheduled'] {
  const [home, away] = [homeTeam, awayTeam].flatMap(({ teamId, teamName = null, ...side }) =>
    teamId ? [{ ...side, teamId, teamName }] : [],
  )
  if (!gameTimeUTC || !home || !away) return undefined
  const ahead = { gameStatus: 1, gameStatusText: '', gameDateEst: gameDate, gameDateTimeUTC: gameTimeUTC }
  return toRows({ ...ahead, gameId, homeTeam: home, awayTeam: away }, seasonOf(gameId))
}
