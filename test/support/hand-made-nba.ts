import { seasonTypeOf } from '../../src/sports/nba/status.ts'
import { sharedCounts } from '../../src/sports/nba/tables.ts'
import { gameLog, loggedRow } from '../sports/nba/payloads.ts'
import { type ProviderServer, type Reply, reply, startProviderServer } from './provider-server.ts'

/** A game as a test writes it. */
export interface HandMadeGame {
  id: string
  /** Eastern. */
  day: string
  /** Default: half past midnight UTC of the next day, which is that evening in America. */
  startsAt?: string
  status?: 1 | 2 | 3
  text?: string
  score?: [home: number, away: number]
  sides?: [home: number, away: number]
  /** Over the schedule's own fields. */
  more?: object
}

const easternEvening = (day: string) => `${new Date(Date.parse(`${day}T00:30:00Z`) + 86_400_000).toISOString().slice(0, 19)}Z`

const clubOf = (teamId: number, score: number) => ({
  teamId,
  teamName: `Club ${teamId}`,
  teamCity: 'Somewhere',
  teamTricode: 'CLB',
  score,
})

function facts({ sides = [1610612737, 1610612738], score = [101, 99], status = 3, text = 'Final' }: HandMadeGame) {
  const [home, away] = [clubOf(sides[0], status === 1 ? 0 : score[0]), clubOf(sides[1], status === 1 ? 0 : score[1])]
  return { gameStatus: status, gameStatusText: text, homeTeam: home, awayTeam: away }
}

/** A schedule in the shape of `scheduleLeagueV2.json`. */
export function scheduleOf(games: readonly HandMadeGame[], season = '2024-25'): object {
  const byDay = Map.groupBy(games, game => game.day)
  const gameDates = [...byDay].map(([day, onDay]) => ({
    gameDate: `${day.slice(5, 7)}/${day.slice(8)}/${day.slice(0, 4)} 00:00:00`,
    games: onDay.map(game => ({
      gameId: game.id,
      gameDateEst: `${day}T00:00:00Z`,
      gameDateTimeUTC: game.startsAt ?? easternEvening(day),
      arenaName: 'Hall',
      ...facts(game),
      ...game.more,
    })),
  }))
  return { leagueSchedule: { seasonYear: season, leagueId: '00', gameDates } }
}

/** Two players of a side, who made all its points, in 24 minutes each. */
const scorersOf = ({ teamId, score }: ReturnType<typeof clubOf>) =>
  [Math.ceil(score / 2), Math.floor(score / 2)].map((made, i) => ({ personId: (teamId % 1000) * 10 + i, made }))

/** A box score with two players a side, who made all the points. */
export function boxScoreOf(game: HandMadeGame): object {
  const zero = Object.fromEntries(sharedCounts.map(name => [name, 0]))
  const { homeTeam, awayTeam, ...state } = facts(game)
  const side = (club: ReturnType<typeof clubOf>) => {
    const players = scorersOf(club).map(({ personId, made }) => {
      const person = { status: 'ACTIVE', personId, starter: '1', played: '1', name: `Player ${personId}` }
      return { ...person, statistics: { ...zero, points: made, minutes: 'PT24M00.00S' } }
    })
    return { ...club, players, statistics: { ...zero, points: club.score } }
  }
  return { game: { gameId: game.id, ...state, period: 4, homeTeam: side(homeTeam), awayTeam: side(awayTeam) } }
}

/** A scoreboard with these games as they stand. */
export const scoreboardOf = (games: readonly HandMadeGame[]): object => ({
  scoreboard: { games: games.map(game => ({ gameId: game.id, period: 4, gameClock: '', ...facts(game), ...game.more })) },
})

/** The lines of the same games in the shape of `leaguegamelog`. */
export const gameLogOf = (games: readonly HandMadeGame[]): object =>
  gameLog(
    games.flatMap(game => {
      const { homeTeam, awayTeam } = facts(game)
      return [homeTeam, awayTeam].flatMap(club =>
        scorersOf(club).map(({ personId, made }) => {
          const line = { PLAYER_ID: personId, TEAM_ID: club.teamId, MIN: 24, PTS: made, PLUS_MINUS: null }
          return loggedRow({ GAME_ID: game.id, GAME_DATE: game.day, ...line })
        }),
      )
    }),
  )

/** What the cdn says to a missing file, and to a client it does not like. */
export const accessDenied = (): Reply =>
  reply(403, { 'content-type': 'application/xml' }, '<Error><Code>AccessDenied</Code></Error>')

/** A season that a test changes as it goes. */
export interface HandMadeLeague {
  games: HandMadeGame[]
  season?: string
  /** Instead of a game's box score. */
  boxes?: Record<string, (() => Reply) | undefined>
  /** Instead of the schedule, and of the scoreboard, which has the games of `today` and those under way. */
  schedule?: () => Reply
  scoreboard?: () => Reply
  today?: string
  /** What stats.nba.com knows; it has nothing (404) of what is missing here. */
  stats?: {
    schedules?: Record<string, readonly HandMadeGame[]>
    /** Games whose lines it has logged. */
    log?: readonly HandMadeGame[]
    /** Instead of all that. */
    answer?: () => Reply
  }
}

/** The same answer for the box score of each of these games. */
export const boxesOf = (games: readonly HandMadeGame[], answer: () => Reply): NonNullable<HandMadeLeague['boxes']> =>
  Object.fromEntries(games.map(({ id }) => [id, answer]))

/** Given once: asked for again, to see whether it is us, they are answered as the others are by then. */
export function boxesGivenOnce(games: readonly HandMadeGame[], then: () => Reply): NonNullable<HandMadeLeague['boxes']> {
  const given = new Set<string>()
  const once = (game: HandMadeGame) => () => (given.size < given.add(game.id).size ? reply(200, {}, boxScoreOf(game)) : then())
  return Object.fromEntries(games.map(game => [game.id, once(game)]))
}

export const idsOf = (games: readonly { id: string }[]): string[] => games.map(({ id }) => id)

const boxPath = /\/boxscore_(\d{10})\.json$/

/** The service's names for season types, as the tests need them. */
const loggedTypes: Record<string, string> = { 'Regular Season': 'regular', Playoffs: 'playoffs' }

function statsAnswer({ stats }: HandMadeLeague, url: URL): Reply | undefined {
  if (stats?.answer) return stats.answer()
  const asked = (name: string) => url.searchParams.get(name) ?? ''
  if (url.pathname === '/stats/scheduleleaguev2int') {
    const games = stats?.schedules?.[asked('Season')]
    return games && reply(200, {}, scheduleOf(games, asked('Season')))
  }
  const isMeant = ({ id, day }: HandMadeGame) =>
    seasonTypeOf(id) === loggedTypes[asked('SeasonType')] && day >= asked('DateFrom') && day <= asked('DateTo')
  return stats?.log && reply(200, {}, gameLogOf(stats.log.filter(isMeant)))
}

/** Serves a league as cdn.nba.com and stats.nba.com do; `league` may change between requests. */
export async function startHandMadeNba(league: HandMadeLeague): Promise<ProviderServer & { env: Record<string, string> }> {
  const server = await startProviderServer(({ path }) => {
    if (path.startsWith('/stats/')) return statsAnswer(league, new URL(path, 'http://stats.nba.com'))
    if (path.endsWith('/scheduleLeagueV2.json'))
      return league.schedule?.() ?? reply(200, {}, scheduleOf(league.games, league.season))
    if (path.endsWith('/todaysScoreboard_00.json')) {
      const listed = league.games.filter(({ day, status = 3 }) => day === league.today || status === 2)
      return league.scoreboard?.() ?? reply(200, {}, scoreboardOf(listed))
    }
    const id = boxPath.exec(path)?.[1] ?? ''
    const game = league.games.find(candidate => candidate.id === id)
    return league.boxes?.[id]?.() ?? (game && (game.status ?? 3) > 1 ? reply(200, {}, boxScoreOf(game)) : accessDenied())
  })
  const env = { SPORTS_INGEST_PROVIDER_NBA_CDN_URL: server.url, SPORTS_INGEST_PROVIDER_NBA_STATS_URL: server.url }
  return { ...server, env }
}
