import { sharedCounts } from '../../src/sports/nba/tables.ts'
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

/** A box score with two players a side, who made all the points. */
export function boxScoreOf(game: HandMadeGame): object {
  const zero = Object.fromEntries(sharedCounts.map(name => [name, 0]))
  const { homeTeam, awayTeam, ...state } = facts(game)
  const side = (club: ReturnType<typeof clubOf>) => {
    const points = [Math.ceil(club.score / 2), Math.floor(club.score / 2)]
    const players = points.map((made, i) => {
      const personId = (club.teamId % 1000) * 10 + i
      const person = { status: 'ACTIVE', personId, starter: '1', played: '1', name: `Player ${personId}` }
      return { ...person, statistics: { ...zero, points: made, minutes: 'PT24M00.00S' } }
    })
    return { ...club, players, statistics: { ...zero, points: club.score } }
  }
  return { game: { gameId: game.id, ...state, period: 4, homeTeam: side(homeTeam), awayTeam: side(awayTeam) } }
}

/** What the cdn says to a missing file, and to a client it does not like. */
export const accessDenied = (): Reply =>
  reply(403, { 'content-type': 'application/xml' }, '<Error><Code>AccessDenied</Code></Error>')

/** A season that a test changes as it goes. */
export interface HandMadeLeague {
  games: HandMadeGame[]
  season?: string
  /** Instead of a game's box score. */
  boxes?: Record<string, (() => Reply) | undefined>
  /** Instead of the schedule. */
  schedule?: () => Reply
}

const boxPath = /\/boxscore_(\d{10})\.json$/

/** Serves a league as cdn.nba.com does; `league` may change between requests. */
export async function startHandMadeNba(league: HandMadeLeague): Promise<ProviderServer & { env: Record<string, string> }> {
  const server = await startProviderServer(({ path }) => {
    if (path.endsWith('/scheduleLeagueV2.json'))
      return league.schedule?.() ?? reply(200, {}, scheduleOf(league.games, league.season))
    const id = boxPath.exec(path)?.[1] ?? ''
    const game = league.games.find(candidate => candidate.id === id)
    return league.boxes?.[id]?.() ?? (game && (game.status ?? 3) > 1 ? reply(200, {}, boxScoreOf(game)) : accessDenied())
  })
  return { ...server, env: { SPORTS_INGEST_PROVIDER_NBA_CDN_URL: server.url } }
}
