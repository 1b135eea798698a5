import type { Club } from './clubs.ts'
import { espnIdOf, type Game } from './game.ts'
import type { Ball, Play, Side } from './play.ts'
import type { Season } from './season.ts'
import type { GameState } from './state.ts'

const downs = ['1st', '2nd', '3rd', '4th']

/** Where the ball lies and what happened last; only while a game is live. */
export function situationOf(season: Season, game: Game, { phase, progress }: GameState) {
  if (phase !== 'live' || !progress) return {}
  const plays = season.playsOf(game)
  const last = plays.findLast(({ at }) => at <= progress.elapsed)
  const ball = last?.next ?? plays[0]
  if (!ball) return {}
  const down = downs[ball.down - 1]
  const clubOf = (side: Side) => (side === 0 ? game.home : game.away)
  const place = placeOf(ball, clubOf)
  const distance = ball.toGo <= ball.distance ? 'Goal' : String(ball.distance)
  return {
    situation: {
      ...(last && { lastPlay: lastPlayOf(game, last, clubOf(last.side)) }),
      down: Math.max(0, ball.down),
      yardLine: ball.side === 0 ? 100 - ball.toGo : ball.toGo,
      distance: ball.distance,
      ...(down && { downDistanceText: `${down} & ${distance} at ${place}`, shortDownDistanceText: `${down} & ${distance}` }),
      possessionText: place,
      isRedZone: ball.down > 0 && ball.toGo <= 20,
      homeTimeouts: 3,
      awayTimeouts: 3,
      possession: String(clubOf(ball.side).espnId),
    },
  }
}

function placeOf({ side, toGo }: Ball, clubOf: (side: Side) => Club): string {
  if (toGo === 50) return '50'
  const own = toGo > 50
  return `${clubOf(own ? side : side === 0 ? 1 : 0).espnCode} ${own ? 100 - toGo : toGo}`
}

const playTexts: Readonly<Record<Play['kind'], readonly [id: string, text: string]>> = {
  'kick-off': ['53', 'Kickoff'],
  run: ['5', 'Rush'],
  pass: ['24', 'Pass Reception'],
  incomplete: ['3', 'Pass Incompletion'],
  sack: ['7', 'Sack'],
  interception: ['26', 'Pass Interception Return'],
  punt: ['52', 'Punt'],
  'field-goal': ['59', 'Field Goal'],
  'extra-point': ['61', 'Extra Point'],
  'two-points': ['62', 'Two Point Conversion'],
}

function lastPlayOf(game: Game, { kind, at, yards, points }: Play, { espnId, espnCode }: Club) {
  const [id, text] = playTexts[kind]
  return {
    id: `${espnIdOf(game)}${at}`,
    type: { id, text },
    text: `${text} of ${espnCode}${yards ? ` for ${yards} yards` : ''}.`,
    scoreValue: points,
    team: { id: String(espnId) },
    statYardage: yards,
  }
}
