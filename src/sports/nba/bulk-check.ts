import type { ISql } from 'postgres'
import type { Day } from '../../core/days.ts'
import { PayloadError } from '../../core/errors.ts'
import type { BulkCheck } from '../../pipeline/dataset.ts'
import type { GameRow } from '../../pipeline/rows.ts'
import { gameLogPath, nbaStats } from '../../providers/nba-stats.ts'
import type { OptionalProvider } from '../../providers/optional-provider.ts'
import { fieldsOf } from '../fields.ts'
import { listAsLogged, type StoredLine } from './check-lines.ts'
import { comparedNumbers, type LoggedLine, parseGameLog } from './game-log.ts'
import { nbaPlayerGameStats } from './tables.ts'

/** One request for the game log replaces one for each box score: for a single game it would save none. */
const worthARequest = 2

/**
 * Checks lines and scores against the game log, which is asked once for each season type: over the days from the first of its games to
 * the last. An answer that cannot be used ends it; what earlier ones have confirmed stands.
 */
export const gameLogCheck: BulkCheck = {
  provider: nbaStats.id,
  check: async (events, ask, database) => {
    const games = events as readonly GameRow[]
    const confirmed: string[] = []
    for (const group of Map.groupBy(games, game => `${game.season} ${game.seasonType}`).values()) {
      const logged = group.length < worthARequest ? undefined : await fetchGameLog(group, ask)
      if (!logged) continue
      for (const same of await database.run(sql => listSame(group, logged, sql))) confirmed.push(same)
    }
    return new Set(confirmed)
  },
  keep: (listed, stored) => {
    const { homeScore, awayScore, period } = stored as GameRow
    return { ...listed, homeScore, awayScore, period }
  },
}

/** The lines of all games of these games' days; undefined if the log is not available. */
async function fetchGameLog(games: readonly GameRow[], ask: OptionalProvider): Promise<LoggedLine[] | undefined> {
  const [{ season = '', seasonType = '' } = {}] = games
  const days = games.map(({ gameDate }) => gameDate).sort()
  const [from, to] = [days[0] as Day, days.at(-1) as Day]
  const path = gameLogPath(season, seasonType, from, to)
  const answer = path && (await ask.get(path))
  if (!answer) return undefined
  try {
    return parseGameLog(answer.json(), { from, to })
  } catch (error) {
    if (!(error instanceof PayloadError)) throw error
    ask.stopAsking(error)
    return undefined
  }
}

/** Ids of the games that are stored as they are logged. */
async function listSame(games: readonly GameRow[], logged: readonly LoggedLine[], sql: ISql): Promise<string[]> {
  const ids = games.map(({ providerId }) => providerId)
  const same = new Set(listAsLogged(logged, await readLines(sql, ids)))
  const log = Map.groupBy(logged, line => line.gameId)
  const scores = await readScores(sql, ids)
  return scores.flatMap(score => {
    const { providerId: id } = score
    return same.has(id) && isScoreOf(score, log.get(id) ?? []) ? [id] : []
  })
}

type Score = Pick<GameRow, 'providerId' | 'homeTeamId' | 'awayTeamId' | 'homeScore' | 'awayScore'>

/** The score is compared with the points of the lines, which the log has without it. */
function isScoreOf({ homeTeamId, awayTeamId, homeScore, awayScore }: Score, lines: readonly LoggedLine[]): boolean {
  const points = new Map<string | null, number>()
  for (const { teamId, numbers } of lines) points.set(teamId, (points.get(teamId) ?? 0) + (numbers.points ?? 0))
  return points.get(homeTeamId) === homeScore && points.get(awayTeamId) === awayScore
}

const readScores = (sql: ISql, ids: readonly string[]): Promise<Score[]> => sql<Score[]>`
  select provider_id as "providerId", home_team_id as "homeTeamId", away_team_id as "awayTeamId", home_score as "homeScore", away_score as "awayScore"
  from games where sport = 'nba' and status = 'final' and provider_id in ${sql([...ids])}`

async function readLines(sql: ISql, ids: readonly string[]): Promise<StoredLine[]> {
  const columns = comparedNumbers.map(name => nbaPlayerGameStats[name].name)
  const rows = await sql<(Pick<StoredLine, 'gameId' | 'playerId' | 'teamId' | 'seconds'> & Record<string, number | null>)[]>`
    select game_id as "gameId", player_id as "playerId", team_id as "teamId", extract(epoch from minutes)::float8 as seconds, ${sql(columns)}
    from nba_player_game_stats where game_id in ${sql([...ids])}`
  return rows.map(({ gameId, playerId, teamId, seconds, ...row }) => ({
    gameId,
    playerId,
    teamId,
    seconds,
    numbers: fieldsOf(comparedNumbers, name => row[nbaPlayerGameStats[name].name] ?? null),
  }))
}
