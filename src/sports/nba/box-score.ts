import * as z from 'zod'
import { NotFinalError, PayloadError } from '../../core/errors.ts'
import { linesOf } from '../../pipeline/coverage.ts'
import type { RequestDataset, Transformed } from '../../pipeline/dataset.ts'
import type { EventRow, Finding, GameRow, PlayerRow } from '../../pipeline/rows.ts'
import { newestByLines } from '../../pipeline/stale-rows.ts'
import { players as playersTable } from '../../pipeline/tables.ts'
import { boxScorePath, nbaCdn } from '../../providers/nba-cdn.ts'
import type { MergeRow } from '../../store/merge.ts'
import { fieldsOf } from '../fields.ts'
import { readPayload } from '../read-payload.ts'
import { nbaEvents } from './events.ts'
import { statusOf } from './status.ts'
import { isFraction, nbaPlayerGameStats, nbaTeamGameStats, playerOptional, sharedCounts, teamOptional } from './tables.ts'
import { unknownFields } from './unknown-fields.ts'

/** `PT30M19.00S`; the empty string stands for nothing played. */
const duration = z.string().regex(/^$|^PT(?=\d)(\d{1,4}H)?(\d{1,4}M)?(\d{1,5}(\.\d+)?S)?$/)
const flag = z.enum(['0', '1'])

/** What the columns hold: counts are 32-bit integers. */
const count = z.int32()
const optional = (name: string) => (isFraction(name) ? z.number() : count).nullish()

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
    ...fieldsOf(sharedCounts, () => count),
    ...fieldsOf(playerOptional, optional),
    minutes: duration,
  }),
})

const team = z.looseObject({
  teamId: z.int(),
  score: count,
  players: z.array(player),
  statistics: z.looseObject({
    ...fieldsOf(sharedCounts, () => count),
    ...fieldsOf(teamOptional, optional),
    minutes: duration.nullish(),
    timeLeading: duration.nullish(),
  }),
})

const boxScore = z.looseObject({
  game: z.looseObject({
    gameId: z.string(),
    gameStatus: z.int().min(1).max(3),
    gameStatusText: z.string(),
    period: count,
    homeTeam: team,
    awayTeam: team,
  }),
})

type BoxGame = z.infer<typeof boxScore>['game']
type Team = z.infer<typeof team>
type Player = z.infer<typeof player>

/** Player and team lines of a game, one file a game. Files of games that have not begun do not exist (403). */
export const boxScores: RequestDataset = {
  name: 'box-scores',
  read: 'requests',
  provider: nbaCdn.id,
  cadence: ['often', 'daily'],
  units: 'event',
  // The league corrects lines for a day or two.
  lookbackDays: 2,
  standing: 'final',
  coverage: [linesOf(nbaPlayerGameStats, 'gameId', 1), linesOf(nbaTeamGameStats, 'gameId', 2)],
  lines: [nbaPlayerGameStats, nbaTeamGameStats].map(table => ({ table, group: 'gameId' })),
  // Every competitive game has a file; exhibition games (All-Star, some of the preseason abroad) may have none.
  mayBeMissing: event => ['all-star', 'preseason', 'other'].includes((event as GameRow | undefined)?.seasonType ?? 'other'),
  requests: (_, { event }) =>
    event?.status === 'live' || event?.status === 'final' ? [{ path: boxScorePath(event.providerId) }] : [],
  transform: (payload, _, event) => toBoxScore(payload, event as EventRow),
}

/** @throws PayloadError where it is malformed, or another game's */
export function toBoxScore(payload: unknown, event: EventRow): Transformed & { event: GameRow } {
  const game = event as GameRow
  const name = `The box score of game ${game.providerId}`
  const { game: box } = readPayload(boxScore, payload, `${name} is malformed`)
  if (box.gameId !== game.providerId) throw new PayloadError(`${name} is that of ${box.gameId}.`)
  const sides = sidesOf(box, game)
  const problem = contradictionIn(box) ?? (sides ? undefined : otherClubs(box, game))
  if (!sides || problem) throw new PayloadError(`${name} ${problem}.`)
  const unfinished =
    box.gameStatus === 3
      ? unscored(sides)
      : game.status === 'final'
        ? `says ${JSON.stringify(box.gameStatusText.trim())}, and the schedule that the game is over`
        : undefined
  if (unfinished) throw new NotFinalError(`${name} ${unfinished}.`, { hint: 'It is asked for again by every run.' })
  // Before the game it lists everybody, with zeros.
  if (box.gameStatus === 1) return { event: game }
  const { home, away } = sides
  const both = [home, away]
  const lines = both.flatMap(side => side.players.map(line => toPlayerLine(line, side, game)))
  return {
    event: withBoxState(game, box, sides),
    tables: [
      { table: playersTable, rows: both.flatMap(side => side.players.map(toPlayer)), newestOf: newestGames },
      { table: nbaPlayerGameStats, rows: lines, group: 'gameId' },
      { table: nbaTeamGameStats, rows: both.map(side => toTeamLine(side, side === home, game)), group: 'gameId' },
    ],
    findings: [...unscheduledScore(game, sides), ...both.flatMap(side => findingsOf(side, game, side === home))],
    unknownFields: unknownFields(both),
  }
}

interface Sides {
  home: Team
  away: Team
}

/**
 * The sides as the schedule has them, by their clubs: on neutral ground a box score may list them the other way round. Undefined where
 * other clubs play. A club that the schedule does not know yet is any.
 */
function sidesOf({ homeTeam: home, awayTeam: away }: BoxGame, { homeTeamId, awayTeamId }: GameRow): Sides | undefined {
  const isOf = (side: Team, club: string | null) => club === null || club === String(side.teamId)
  if (isOf(home, homeTeamId) && isOf(away, awayTeamId)) return { home, away }
  return isOf(away, homeTeamId) && isOf(home, awayTeamId) ? { home: away, away: home } : undefined
}

const otherClubs = ({ homeTeam, awayTeam }: BoxGame, { homeTeamId, awayTeamId }: GameRow): string =>
  `is of the teams ${awayTeam.teamId} and ${homeTeam.teamId}, and the schedule's game of ${awayTeamId} and ${homeTeamId}`

/** What the schema cannot check: a player listed twice, or a team without players. Lines would be lost, or stale ones would stay. */
function contradictionIn({ homeTeam, awayTeam, gameStatus }: BoxGame): string | undefined {
  if (homeTeam.teamId === awayTeam.teamId) return `has team ${homeTeam.teamId} on both sides`
  const people = [...homeTeam.players, ...awayTeam.players].map(line => line.personId)
  const seen = new Set<number>()
  const twice = people.find(id => seen.size === seen.add(id).size)
  if (twice !== undefined) return `lists player ${twice} twice`
  const empty = [homeTeam, awayTeam].find(side => side.players.length === 0)
  return gameStatus === 3 && empty ? `has no players of team ${empty.teamId}` : undefined
}

const newestGames = newestByLines(nbaEvents, nbaPlayerGameStats, 'playerId', 'gameId')

const rank = { scheduled: 0, postponed: 0, cancelled: 0, live: 1, final: 2 }

/**
 * The schedule is published less often than box scores: the later state counts. Once a game is over its score is that of its own file, to
 * which its lines add up; `findingsOf` compares it with the schedule's, which may be hours older.
 */
function withBoxState(game: GameRow, box: BoxGame, { home, away }: Sides): GameRow {
  const text = box.gameStatusText.trim()
  const status = statusOf(box.gameStatus, text)
  if (rank[status] < rank[game.status]) return game
  if (game.status === 'final') return { ...game, period: box.period, homeScore: home.score, awayScore: away.score }
  return {
    ...game,
    status,
    statusText: text || null,
    period: box.period,
    homeScore: home.score,
    awayScore: away.score,
  }
}

const unscored = ({ home, away }: Sides): string | undefined =>
  home.score + away.score === 0 ? 'says that the game is over, and has no score' : undefined

/** No game ends 0:0: what is listed so, or without one of the scores, has none. */
const hasFinalScore = ({ status, homeScore, awayScore }: GameRow): boolean =>
  status === 'final' && homeScore !== null && awayScore !== null && homeScore + awayScore > 0

function unscheduledScore(game: GameRow, { home, away }: Sides): Finding[] {
  if (game.status !== 'final' || hasFinalScore(game)) return []
  const { providerId: item } = game
  const message = `Game ${item} is over and has no score in the schedule; that of its box score is stored, ${away.score}:${home.score}.`
  return [{ item, check: 'final-score', message }]
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
  fieldsOf(names, name => (statistics[name] as number | null | undefined) ?? null)

function findingsOf(side: Team, game: GameRow, isHome: boolean): Finding[] {
  const findings: Finding[] = []
  const say = (check: string, message: string) => findings.push({ item: game.providerId, check, message })
  const sum = side.players.reduce((points, line) => points + line.statistics.points, 0)
  if (sum !== side.score)
    say('player-points', `Game ${game.providerId}: the players of team ${side.teamId} scored ${sum}, the team ${side.score}.`)
  const listed = isHome ? game.homeScore : game.awayScore
  if (hasFinalScore(game) && listed !== side.score)
    say(
      'final-score',
      `Game ${game.providerId}: team ${side.teamId} has ${side.score} in the box score, ${listed} in the schedule.`,
    )
  return findings
}
