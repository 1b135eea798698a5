import { lastWeekOf } from './calendar.ts'
import type { Club } from './clubs.ts'
import { fullName } from './event.ts'
import { espnIdOf, type Game } from './game.ts'
import { decidedAt } from './injury-rows.ts'
import type { League } from './league.ts'
import { emptyLine, linesOf } from './lines.ts'
import { playerAt } from './lineup.ts'
import type { Side } from './play.ts'
import { nameOf, type Player } from './players.ts'
import { positions } from './positions.ts'
import type { Season } from './season.ts'
import { type GameState, stateOf } from './state.ts'
import { statusOf } from './status.ts'
import { boxGroups, puntsOf } from './summary-groups.ts'
import { numberOf, partOf, weekAt } from './weeks.ts'

/** The summary of one game at an instant (ms since the epoch). */
export function summaryOf(league: League, game: Game, now: number) {
  const season = league.season(game.season)
  const state = stateOf(season, game, now)
  const played = state.phase === 'live' || state.phase === 'final'
  const id = String(espnIdOf(game))
  const date = `${new Date(state.slot.kickOffAt).toISOString().slice(0, 16)}Z`
  const { type } = statusOf(state, state.score.periods.length)
  return {
    boxscore: played
      ? {
          teams: [game.away, game.home].map(club => ({ team: teamOf(club), statistics: [] })),
          players: playersOf(league, game, state),
        }
      : { teams: [game.away, game.home].map(club => averagesOf(season, club, now)) },
    // Of the day of the request, in the summary of an old game, too.
    injuries: [game.home, game.away].map(club => ({ team: teamOf(club), injuries: injuriesOf(league, club, now) })),
    header: {
      id,
      uid: `s:20~l:28~e:${id}`,
      season: { year: game.season, type: partOf(game.season, game.week).type },
      timeValid: true,
      competitions: [
        {
          id,
          date,
          neutralSite: game.neutral,
          boxscoreAvailable: played,
          competitors: ([0, 1] as const).map(side => competitorOf(game, side, state, played)),
          status: { type },
        },
      ],
      week: numberOf(game.season, game.week),
    },
  }
}

const teamOf = (club: Club) => ({
  id: String(club.espnId),
  uid: `s:20~l:28~t:${club.espnId}`,
  abbreviation: club.espnCode,
  displayName: fullName(club),
})

function competitorOf(game: Game, side: Side, { score }: GameState, played: boolean) {
  const club = side === 0 ? game.home : game.away
  return {
    id: String(club.espnId),
    uid: `s:20~l:28~t:${club.espnId}`,
    order: side,
    homeAway: side === 0 ? 'home' : 'away',
    team: teamOf(club),
    // Unlike in the scoreboard, there is none before kick-off.
    ...(played && { score: String(side === 0 ? score.home : score.away) }),
  }
}

/** Before kick-off a club's part of the box score has averages of its season so far, and there are no players. */
function averagesOf(season: Season, club: Club, now: number) {
  const results = season.games
    .filter(game => (game.home === club || game.away === club) && season.endOf(game) <= now)
    .map(game => {
      const { home, away } = season.resultOf(game)
      return game.home === club ? { own: home, others: away } : { own: away, others: home }
    })
  const average = (of: 'own' | 'others') => {
    const sum = results.reduce((total, result) => total + result[of], 0)
    return (results.length === 0 ? 0 : sum / results.length).toFixed(1)
  }
  const statistic = (name: string, label: string, displayValue: string) => ({ name, displayValue, label })
  return {
    team: teamOf(club),
    statistics: [
      statistic('totalPointsPerGame', 'Points Per Game', average('own')),
      statistic('totalPointsPerGameAllowed', 'Points Allowed Per Game', average('others')),
    ],
  }
}

function playersOf(league: League, game: Game, { progress }: GameState) {
  const plays = league.season(game.season).playsOf(game)
  const done = plays.filter(({ at }) => at <= (progress?.elapsed ?? 0))
  const clubs = [game.home, game.away] as const
  const lineups = [league.lineup(game, game.home), league.lineup(game, game.away)] as const
  const both = linesOf(league.seed, game.gameId, done, lineups)
  return ([1, 0] as const).map((side, index) => {
    const own = both[side].flatMap(line => (line.player ? [{ ...line, player: line.player, punts: [] }] : []))
    const punter = { ...emptyLine(), player: playerAt(lineups[side], 'P'), punts: puntsOf(done, side) }
    return { team: teamOf(clubs[side]), statistics: boxGroups([...own, punter], clubs[side]), displayOrder: index + 1 }
  })
}

const mostInjuries = 5
const types = {
  Questionable: ['2', 'INJURY_STATUS_QUESTIONABLE', 'questionable', 'Q'],
  Doubtful: ['3', 'INJURY_STATUS_DOUBTFUL', 'doubtful', 'D'],
  Out: ['4', 'INJURY_STATUS_OUT', 'out', 'O'],
} as const

/** What the club's last report said, as far as ESPN shows it. */
function injuriesOf(league: League, club: Club, now: number) {
  const { year, week: current } = weekAt(now)
  const week = [current, current - 1].find(one => one >= 1 && one <= lastWeekOf(year) && decidedAt(year, one) <= now)
  if (week === undefined) return []
  const date = `${new Date(decidedAt(year, week)).toISOString().slice(0, 16)}Z`
  return league
    .injuries(year, week, club)
    .flatMap(({ player, status, injury }) => {
      if (status === '') return []
      const [id, name, description, abbreviation] = types[status]
      const details = { type: injury, location: 'Other', detail: 'Not Specified', side: 'Not Specified' }
      return [{ status, date, athlete: injuredOf(player), type: { id, name, description, abbreviation }, details }]
    })
    .slice(0, mostInjuries)
}

const injuredOf = (player: Player) => ({
  id: String(player.espnId),
  uid: `s:20~l:28~a:${player.espnId}`,
  lastName: player.familyName,
  displayName: nameOf(player),
  jersey: String(player.jersey),
  position: { abbreviation: positions[player.spot.place].snaps },
})
