import { z } from 'zod'
import { PayloadError } from '../../core/errors.ts'
import type { Finding, LiveGame, LivePolling } from '../../pipeline/contract.ts'
import { nbaCdn, scoreboardPath } from '../../providers/nba-cdn.ts'
import { firstProblem } from '../payload-problem.ts'
import { boxScores } from './box-score.ts'
import { statusOf } from './status.ts'

const side = z.looseObject({ teamTricode: z.string().nullish(), score: z.int32().nullish() })

const game = z.looseObject({
  gameId: z.string().regex(/^\d{10}$/),
  gameStatus: z.int().min(1).max(3),
  gameStatusText: z.string(),
  period: z.int32(),
  homeTeam: side,
  awayTeam: side,
})

const scoreboard = z.looseObject({ scoreboard: z.looseObject({ games: z.array(z.looseObject({})) }) })

const minuteMs = 60_000

/** `todaysScoreboard_00.json`, then the box scores of the games that have moved. */
export const nbaLive: LivePolling = {
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
  if (!checked.success) throw new PayloadError(`nba-cdn sent a scoreboard that is none: ${firstProblem(checked.error)}.`)
  const games: LiveGame[] = []
  const findings: Finding[] = []
  for (const entry of checked.data.scoreboard.games) {
    const read = game.safeParse(entry)
    if (read.success) games.push(toLiveGame(read.data))
    else findings.push({ item: String(entry['gameId'] ?? 'unnamed'), check: 'scoreboard', message: malformed(entry, read.error) })
  }
  return { games, findings }
}

const malformed = (entry: Record<string, unknown>, error: z.ZodError): string =>
  `The scoreboard's entry of game ${entry['gameId'] ?? 'unnamed'} is malformed: ${firstProblem(error)}.`

function toLiveGame(entry: z.infer<typeof game>): LiveGame {
  const { gameId, gameStatus, period, homeTeam, awayTeam } = entry
  const text = entry.gameStatusText.trim()
  const status = statusOf(gameStatus, text)
  const played = status === 'live' || status === 'final'
  return {
    id: gameId,
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
