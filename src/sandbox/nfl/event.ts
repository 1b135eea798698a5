import { createRandom } from '../random.ts'
import type { Club } from './clubs.ts'
import { espnIdOf, type Game } from './game.ts'
import type { Side } from './play.ts'
import type { Season } from './season.ts'
import { situationOf } from './situation.ts'
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
  const { type, slug } = partOf(game.season, game.week)
  const week = { number: numberOf(game.season, game.week) }
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

export const fullName = ({ city, name }: Club): string => `${city} ${name}`

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
