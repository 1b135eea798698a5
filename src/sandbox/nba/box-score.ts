import { formatInTimeZone } from 'date-fns-tz'
import { easternZone, minuteMs } from '../eastern.ts'
import { personName } from '../person-name.ts'
import { between, createRandom } from '../random.ts'
import { gameCode, nameOf, utc } from './format.ts'
import type { Game } from './game.ts'
import { type League, linesAt } from './league.ts'
import { durationMs, isoClock } from './progress.ts'
import type { Season } from './season.ts'
import { stateOf } from './state.ts'
import { teamBox } from './team-box.ts'

/** The box score file of a game at an instant (ms since the epoch); undefined before the tip-off, as at the real cdn. */
export function boxScore(league: League, season: Season, game: Game, now: number) {
  const state = stateOf(season, game, now)
  if (!state.progress) return undefined
  const { slot } = state
  const { elapsed } = state.progress
  const plays = season.playsOf(game).filter(({ at }) => at <= elapsed)
  const team = { both: linesAt(league, season, game, state, now), score: state.score, plays, elapsed }
  const correctedAt = season.correctedAtOf(game) ?? Number.POSITIVE_INFINITY
  const writtenAt = state.status === 2 ? now : now >= correctedAt ? correctedAt : state.changedAt
  const random = createRandom(league.seed, 'crowd', game.gameId)
  const soldOut = random() < 0.4
  const local = (zone: string) => formatInTimeZone(slot.tipOffAt, zone, "yyyy-MM-dd'T'HH:mm:ssxxx")
  return {
    meta: {
      version: 1,
      code: 200,
      request: `http://nba.cloud/games/${game.gameId}/boxscore?Format=json`,
      time: formatInTimeZone(writtenAt, easternZone, "yyyy-MM-dd HH:mm:ss.SSS'000'"),
    },
    game: {
      gameId: game.gameId,
      gameTimeLocal: local(game.home.zone),
      gameTimeUTC: utc(slot.tipOffAt),
      gameTimeHome: local(game.home.zone),
      gameTimeAway: local(game.away.zone),
      gameEt: local(easternZone),
      duration:
        state.status === 3 ? durationMs(state.score.periods.length) / minuteMs : Math.floor((now - slot.tipOffAt) / minuteMs),
      gameCode: gameCode(slot.day, game.away.tricode, game.home.tricode),
      gameStatusText: state.statusText,
      gameStatus: state.status,
      regulationPeriods: 4,
      period: state.progress.period,
      gameClock: isoClock(state.progress.left),
      attendance: soldOut ? 18_600 : between(random, 14_000, 18_500),
      sellout: soldOut ? '1' : '0',
      arena: {
        arenaId: game.home.teamId % 1000,
        arenaName: game.home.arena,
        arenaCity: game.home.city,
        arenaState: game.home.state,
        arenaCountry: 'US',
        arenaTimezone: game.home.zone,
      },
      officials: officialsOf(league.seed, game),
      homeTeam: teamBox(game.home, { ...team, side: 0 }),
      awayTeam: teamBox(game.away, { ...team, side: 1 }),
    },
  }
}

const officials = 60

function officialsOf(seed: number, { gameId }: Game) {
  const first = between(createRandom(seed, 'officials', gameId), 0, officials - 3)
  return [first, first + 1, first + 2].map((number, index) => ({
    personId: 1_990_000 + number,
    ...nameOf(personName(createRandom(seed, 'official', number))),
    jerseyNum: String(number + 10),
    assignment: `OFFICIAL${index + 1}`,
  }))
}
