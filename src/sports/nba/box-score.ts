import { z } from 'zod'
import { PayloadError } from '../../core/errors.ts'
import type { Dataset, Finding, GameRow, PlayerRow, Transformed } from '../../pipeline/contract.ts'
import { players as playersTable } from '../../pipeline/tables.ts'
import { boxScorePath, nbaCdn } from '../../providers/nba-cdn.ts'
import type { MergeRow } from '../../store/merge.ts'
import { firstProblem } from '../payload-problem.ts'
import { statusOf } from './status.ts'
import { nbaPlayerGameStats, nbaTeamGameStats, playerOptional, sharedCounts, teamOptional } from './tables.ts'
import { unknownFields } from './unknown-fields.ts'

/** `PT30M19.00S`; the empty string stands for nothing played. */
const duration = z.string().regex(/^$|^PT(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?$/)
const flag = z.enum(['0', '1'])

const numbers = <N extends readonly string[], T extends z.ZodType>(names: N, type: T) =>
  Object.fromEntries(names.map(name => [name, type])) as Record<N[number], T>

const player = z.looseObject({
  status: z.string(),
  personId: z.int(),
  jerseyNum: z.string().nullish(),
  position: z.string().nullish(),
  notPlayingReason: z.string().nullish(),
  starter: flag,
  played: flag,
  name: z.string(),
  firstName: z.string().nullish(),
  familyName: z.string().nullish(),
  statistics: z.looseObject({
    ...numbers(sharedCounts, z.int()),
    ...numbers(playerOptional, z.number().nullish()),
    minutes: duration,
  }),
})

const team = z.looseObject({
  teamId: z.int(),
  score: z.int(),
  players: z.array(player),
  statistics: z.looseObject({
    ...numbers(sharedCounts, z.int()),
    ...numbers(teamOptional, z.number().nullish()),
    minutes: duration.nullish(),
    timeLeading: duration.nullish(),
  }),
})

const boxScore = z.looseObject({
  game: z.looseObject({
    gameId: z.string(),
    gameStatus: z.int().min(1).max(3),
    gameStatusText: z.string(),
    period: z.int(),
    homeTeam: team,
    awayTeam: team,
  }),
})

type BoxGame = z.infer<typeof boxScore>['game']
type Team = z.infer<typeof team>
type Player = z.infer<typeof player>

/** Player and team lines of a game, one file a game. Files of games that have not begun do not exist (403). */
export const boxScores: Dataset = {
  name: 'box-scores',
  provider: nbaCdn.id,
  applies: game => game.status === 'live' || game.status === 'final',
  // Every competitive game has a file; exhibition games (All-Star, some of the preseason abroad) may have none.
  mayBeLacking: game => game.seasonType === 'all-star' || game.seasonType === 'preseason' || game.seasonType === 'other',
  path: game => boxScorePath(game.providerId),
  transform: (payload, game) => {
    const checked = boxScore.safeParse(payload)
    if (!checked.success)
      throw new PayloadError(`The box score of game ${game.providerId} is malformed: ${firstProblem(checked.error)}.`)
    const box = checked.data.game
    if (box.gameId !== game.providerId)
      throw new PayloadError(`The box score of game ${game.providerId} is that of ${box.gameId}.`)
    const people = [...box.homeTeam.players, ...box.awayTeam.players].map(line => line.personId)
    const twice = people.find((id, i) => people.indexOf(id) !== i)
    if (twice) throw new PayloadError(`The box score of game ${game.providerId} lists player ${twice} twice.`)
    return toTransformed(box, game)
  },
}

function toTransformed(box: BoxGame, game: GameRow): Transformed {
  const sides = [box.homeTeam, box.awayTeam]
  const lines = sides.flatMap(side => side.players.map(line => toPlayerLine(line, side, game)))
  return {
    game: withBoxState(game, box),
    tables: [
      { table: playersTable, rows: sides.flatMap(side => side.players.map(toPlayer)) },
      { table: nbaPlayerGameStats, rows: lines, group: 'gameId' },
      { table: nbaTeamGameStats, rows: sides.map(side => toTeamLine(side, side === box.homeTeam, game)), group: 'gameId' },
    ],
    findings: sides.flatMap(side => findingsOf(side, game, side === box.homeTeam)),
    unknownFields: unknownFields(sides),
  }
}

const rank = { scheduled: 0, postponed: 0, cancelled: 0, live: 1, final: 2 }

/** The schedule is refreshed less often than box scores: the one that is further on is right. */
function withBoxState(game: GameRow, box: BoxGame): GameRow {
  const text = box.gameStatusText.trim()
  const status = statusOf(box.gameStatus, text)
  if (rank[status] < rank[game.status]) return game
  // Of two files about a game that is over the schedule's score is the official one; `findingsOf` compares them.
  if (game.status === 'final') return { ...game, period: box.period }
  return {
    ...game,
    status,
    statusText: text || null,
    period: box.period,
    homeScore: box.homeTeam.score,
    awayScore: box.awayTeam.score,
  }
}

const toPlayer = (line: Player): PlayerRow => ({
  sport: 'nba',
  provider: nbaCdn.id,
  providerId: String(line.personId),
  name: line.name.trim(),
  firstName: line.firstName || null,
  familyName: line.familyName || null,
})

function toPlayerLine(line: Player, side: Team, game: GameRow): MergeRow {
  return {
    provider: nbaCdn.id,
    providerId: `${game.providerId}:${line.personId}`,
    gameId: game.providerId,
    playerId: String(line.personId),
    teamId: String(side.teamId),
    status: line.status,
    notPlayingReason: line.notPlayingReason || null,
    jerseyNumber: line.jerseyNum || null,
    position: line.position || null,
    starter: line.starter === '1',
    played: line.played === '1',
    minutes: line.statistics.minutes || 'PT0S',
    ...pick(line.statistics, [...sharedCounts, ...playerOptional]),
  }
}

function toTeamLine(side: Team, isHome: boolean, game: GameRow): MergeRow {
  return {
    provider: nbaCdn.id,
    providerId: `${game.providerId}:${side.teamId}`,
    gameId: game.providerId,
    teamId: String(side.teamId),
    isHome,
    score: side.score,
    minutes: side.statistics.minutes || null,
    timeLeading: side.statistics.timeLeading || null,
    ...pick(side.statistics, [...sharedCounts, ...teamOptional]),
  }
}

const pick = (statistics: Record<string, unknown>, names: readonly string[]): MergeRow =>
  Object.fromEntries(names.map(name => [name, (statistics[name] as number | null | undefined) ?? null]))

function findingsOf(side: Team, game: GameRow, isHome: boolean): Finding[] {
  const findings: Finding[] = []
  const say = (check: string, message: string) => findings.push({ item: game.providerId, check, message })
  const sum = side.players.reduce((points, line) => points + line.statistics.points, 0)
  if (sum !== side.score)
    say('player-points', `Game ${game.providerId}: the players of team ${side.teamId} scored ${sum}, the team ${side.score}.`)
  const listed = isHome ? game.homeScore : game.awayScore
  if (game.status === 'final' && listed !== null && listed !== side.score)
    say(
      'final-score',
      `Game ${game.providerId}: team ${side.teamId} has ${side.score} in the box score, ${listed} in the schedule.`,
    )
  return findings
}
