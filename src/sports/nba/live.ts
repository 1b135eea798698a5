import { z } from 'zod'
import { type Day, parseDay } from '../../core/days.ts'
import { PayloadError } from '../../core/errors.ts'
import { clubsOf } from '../../pipeline/games.ts'
import type { LiveFeed, LiveGame } from '../../pipeline/live-feed.ts'
import type { Finding } from '../../pipeline/rows.ts'
import { nbaCdn, scoreboardPath } from '../../providers/nba-cdn.ts'
import { firstProblem } from '../payload-problem.ts'
import { boxScores } from './box-score.ts'
import { toTeam, toTeamId } from './schedule.ts'
import { seasonOf } from './season.ts'
import { seasonTypeOf, statusOf } from './status.ts'

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
  scoreboard: z.looseObject({ gameDate: z.string().nullish().catch(null), games: z.array(z.looseObject({})) }),
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
export function parseScoreboard(payload: unknown): { games: LiveGame[]; findings: Finding[] } {
  const checked = scoreboard.safeParse(payload)
  if (!checked.success) throw new PayloadError(`nba-cdn sent an invalid scoreboard: ${firstProblem(checked.error)}.`)
  const games: LiveGame[] = []
  const findings: Finding[] = []
  const day = parseDay(checked.data.scoreboard.gameDate ?? '')
  for (const entry of checked.data.scoreboard.games) {
    const read = game.safeParse(entry)
    if (read.success) games.push(toLiveGame(read.data, day))
    else findings.push({ item: String(entry['gameId'] ?? 'unnamed'), check: 'scoreboard', message: malformed(entry, read.error) })
  }
  return { games, findings }
}

const malformed = (entry: Record<string, unknown>, error: z.ZodError): string =>
  `The scoreboard's entry of game ${entry['gameId'] ?? 'unnamed'} is malformed: ${firstProblem(error)}.`

function toLiveGame(entry: Entry, day: Day | undefined): LiveGame {
  const { gameId, gameStatus, period, homeTeam, awayTeam } = entry
  const text = entry.gameStatusText.trim()
  const status = statusOf(gameStatus, text)
  const played = status === 'live' || status === 'final'
  const unscheduled = day && toUnscheduled(entry, day)
  return {
    id: gameId,
    ...(unscheduled ? { unscheduled } : {}),
    name: `${awayTeam.teamTricode || '?'}-${homeTeam.teamTricode || '?'}`,
    state: {
      status,
      statusText: text || null,
      period: played ? period : null,
      homeScore: played ? (homeTeam.score ?? null) : null,
      awayScore: played ? (awayTeam.score ?? null) : null,
    },
    raw: entry,
  }
}

/** As the schedule would have it before the start; undefined where a side is not known, or not when it begins. */
function toUnscheduled({ gameId, gameTimeUTC, homeTeam, awayTeam }: Entry, gameDate: Day): LiveGame['unscheduled'] {
  const sides = [homeTeam, awayTeam].flatMap(({ teamId, teamName = null, ...side }) =>
    teamId ? [{ ...side, teamId, teamName }] : [],
  )
  const [home, away] = sides
  if (!gameTimeUTC || !home || !away) return undefined
  return {
    event: {
      sport: 'nba',
      provider: nbaCdn.id,
      providerId: gameId,
      season: seasonOf(gameId),
      seasonType: seasonTypeOf(gameId),
      gameDate,
      startsAt: new Date(gameTimeUTC),
      status: 'scheduled',
      statusText: null,
      period: null,
      homeTeamId: toTeamId(home.teamId),
      awayTeamId: toTeamId(away.teamId),
      homeScore: null,
      awayScore: null,
      venue: null,
    },
    related: [clubsOf('nba', [home, away].map(toTeam))],
  }
}
