import { createRandom } from '../random.ts'
import type { Club } from './clubs.ts'
import { espnIdOf, type Game } from './game.ts'
import type { Ball, Play, Side } from './play.ts'
import type { Season } from './season.ts'
import { type GameState, stateOf } from './state.ts'
import { statusOf } from './status.ts'
import { numberOf, partOf } from './weeks.ts'

/** Games won, lost and tied before an instant, per club. */
export type Records = ReadonlyMap<Club, readonly [won: number, lost: number, tied: number]>

export function recordsAt(season: Season, now: number): Records {
  const records = new Map<Club, [number, number, number]>()
  for (const game of season.games) {
    if (game.type !== 'REG' || now < season.endOf(game)) continue
    const { home, away } = season.resultOf(game)
    const count = (club: Club, margin: number) => {
      const record = records.get(club) ?? [0, 0, 0]
      record[margin > 0 ? 0 : margin < 0 ? 1 : 2]++
      records.set(club, record)
    }
    count(game.home, home - away)
    count(game.away, away - home)
  }
  return records
}

/** One game of the scoreboard at an instant (ms since the epoch). */
export function eventOf(season: Season, game: Game, records: Records, now: number) {
  const state = stateOf(season, game, now)
  const id = String(espnIdOf(game))
  const uid = `s:20~l:28~e:${id}`
  // Without seconds, unlike most of the world's dates.
  const date = `${new Date(state.slot.kickOffAt).toISOString().slice(0, 16)}Z`
  const status = statusOf(state, state.score.periods.length)
  const { type, slug } = partOf(game.week)
  const week = { number: numberOf(game.week) }
  const sides = [competitor(game, 0, state, records), competitor(game, 1, state, records)]
  return {
    id,
    uid,
    date,
    name: `${fullName(game.away)} at ${fullName(game.home)}`,
    shortName: `${game.away.espnCode} ${game.neutral ? 'VS' : '@'} ${game.home.espnCode}`,
    season: { year: season.year, type, slug },
    week,
    competitions: [
      {
        id,
        uid: `${uid}~c:${id}`,
        date,
        attendance: 0,
        type: { id: '1', abbreviation: 'STD' },
        timeValid: true,
        neutralSite: game.neutral,
        conferenceCompetition: false,
        playByPlayAvailable: state.phase === 'live' || state.phase === 'final',
        recent: state.phase === 'live',
        venue: venueOf(game.home),
        // The home side is first as a rule, which nobody may rely on.
        competitors: createRandom('sides', game.gameId)() < 0.25 ? sides.reverse() : sides,
        notes: [],
        ...situationOf(season, game, state),
        status,
        broadcasts: [{ market: 'national', names: ['SBTV'] }],
        format: { regulation: { periods: 4 } },
        startDate: date,
        geoBroadcasts: [
          {
            type: { id: '1', shortName: 'TV' },
            market: { id: '1', type: 'National' },
            media: { shortName: 'SBTV' },
            lang: 'en',
            region: 'us',
          },
        ],
      },
    ],
    links: [],
    status,
  }
}

const fullName = ({ city, name }: Club): string => `${city} ${name}`

const venueOf = ({ espnId, stadium, city, roof }: Club) => ({
  id: String(9000 + espnId),
  fullName: stadium,
  address: { city },
  indoor: roof !== 'outdoors',
})

function competitor(game: Game, side: Side, { score }: GameState, records: Records) {
  const club = side === 0 ? game.home : game.away
  const pointsOf = ({ home, away }: { home: number; away: number }) => (side === 0 ? home : away)
  const [won, lost, tied] = records.get(club) ?? [0, 0, 0]
  const id = String(club.espnId)
  const uid = `s:20~l:28~t:${id}`
  return {
    id,
    uid,
    type: 'team',
    order: side,
    homeAway: side === 0 ? 'home' : 'away',
    team: {
      id,
      uid,
      location: club.city,
      name: club.name,
      abbreviation: club.espnCode,
      displayName: fullName(club),
      shortDisplayName: club.name,
      color: '000000',
      alternateColor: 'ffffff',
      isActive: true,
      venue: { id: venueOf(club).id },
      links: [],
      logo: `https://a.espncdn.com/i/teamlogos/nfl/500/scoreboard/${club.espnCode.toLowerCase()}.png`,
    },
    score: String(pointsOf(score)),
    ...(score.periods.length > 0 && { linescores: score.periods.map(period => ({ value: pointsOf(period) })) }),
    statistics: [],
    records: [
      { name: 'overall', abbreviation: 'Any', type: 'total', summary: tied ? `${won}-${lost}-${tied}` : `${won}-${lost}` },
    ],
  }
}

const downs = ['1st', '2nd', '3rd', '4th']

/** Where the ball lies; only while a game is live. */
function situationOf(season: Season, game: Game, { phase, progress }: GameState) {
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
