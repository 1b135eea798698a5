import { between, createRandom, pick, type Random } from '../random.ts'
import type { Club } from './clubs.ts'
import type { Player } from './players.ts'
import type { Place } from './positions.ts'
import type { Roster } from './rosters.ts'

/** One line of a club's injury report for a week. */
export interface Injury {
  readonly player: Player
  readonly injury: string
  readonly second: string | undefined
  /** Empty where he is expected to play. */
  readonly status: '' | 'Questionable' | 'Doubtful' | 'Out'
  readonly practice: string
}

const injuries = [
  'Ankle',
  'Knee',
  'Hamstring',
  'Shoulder',
  'Concussion',
  'Groin',
  'Calf',
  'Back',
  'Illness',
  'Not injury related',
]
const practices = {
  '': ['Full Participation in Practice', 'Limited Participation in Practice'],
  Questionable: ['Limited Participation in Practice'],
  Doubtful: ['Did Not Participate In Practice', 'Limited Participation in Practice'],
  Out: ['Did Not Participate In Practice'],
} as const

// A club has others for these, so they may be missed. Quarterbacks are two; who kicks is alone.
const spared: ReadonlySet<Place> = new Set(['K', 'P', 'LS', 'C', 'FS', 'SS'])

/** Whom a club's report for a week is about, by their places in the roster, and what the rest of it is drawn from. */
function drawNamed(seed: number, year: number, week: number, club: Club): { places: number[]; random: Random } {
  const random = createRandom(seed, 'injuries', year, week, club.code)
  return { places: Array.from({ length: between(random, 3, 8) }, () => between(random, 0, 52)), random }
}

/** Whether a club's report for a week may be about somebody, by his place in the roster: most are about others, and need not be made. */
export const mayName = (seed: number, year: number, week: number, club: Club, place: number): boolean =>
  drawNamed(seed, year, week, club).places.includes(place)

/** A club's report for a week: three to eight players, at most one of each place missing. */
export function reportOf(seed: number, year: number, week: number, club: Club, roster: Roster): Injury[] {
  const { places, random } = drawNamed(seed, year, week, club)
  const missing = new Set<Place>()
  const named = new Set<Player>()
  return places.flatMap(index => {
    const player = roster[index] as Player
    const { place } = player.spot
    const wanted = drawStatus(random)
    const status = wanted === 'Out' && (spared.has(place) || missing.has(place)) ? 'Questionable' : wanted
    const entry = {
      player,
      injury: pick(random, injuries),
      second: random() < 0.05 ? pick(random, injuries) : undefined,
      status,
      practice: pick<string>(random, practices[status]),
    }
    if (named.has(player)) return []
    named.add(player)
    if (status === 'Out') missing.add(place)
    return [entry]
  })
}

function drawStatus(random: Random): Injury['status'] {
  const draw = random()
  return draw < 0.2 ? 'Out' : draw < 0.25 ? 'Doubtful' : draw < 0.5 ? 'Questionable' : ''
}
