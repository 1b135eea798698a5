import { hash } from 'node:crypto'
import { personName } from '../person-name.ts'
import { between, createRandom, pick } from '../random.ts'
import type { Club } from './clubs.ts'
import { positions, type Spot } from './positions.ts'

/** A person with the ids the files link him by. All of them lie above the ids in use. */
export interface Player {
  readonly number: number
  readonly gsisId: string
  readonly espnId: number
  /** At the Elias Sports Bureau. */
  readonly esbId: string
  /** At Pro Football Reference. Rosters do not know it of everybody, snap counts have nothing else. */
  readonly pfrId: string
  readonly knownAtPfr: boolean
  /** Some who only train have no id of the league yet. */
  readonly knownToLeague: boolean
  readonly sportradarId: string
  readonly smartId: string
  readonly headshot: string
  readonly firstName: string
  readonly familyName: string
  readonly spot: Spot
  readonly birthDate: string
  /** Inches. */
  readonly height: number
  /** Pounds. */
  readonly weight: number
  readonly college: string
  readonly jersey: number
  readonly entryYear: number
  /** Nobody drafted him where it is undefined. */
  readonly draft: { readonly club: Club; readonly pick: number } | undefined
}

const colleges = ['Alder State', 'Brant', 'Corvale', 'Dunmere State', 'Eastmoor', 'Fenwick', 'Glenmoor Tech', 'Holloway; Brant']
const plain = (name: string) => (/^[A-Za-z]*$/.test(name) ? name : name.normalize('NFD').replaceAll(/[^A-Za-z]/g, ''))

interface NewPlayer {
  readonly seed: number
  readonly number: number
  readonly spot: Spot
  readonly club: Club
  readonly entryYear: number
}

/** How many players have had the beginning of a pfr id, so that no two are the same, and from which number on they are counted. */
interface PfrIds {
  readonly counts: Map<string, number>
  readonly from: number
}

export function createPlayer({ seed, number, spot, club, entryYear }: NewPlayer, { counts, from }: PfrIds): Player {
  const random = createRandom(seed, 'player', number)
  const { firstName, familyName } = personName(random)
  const plainName = plain(familyName)
  const beginning = plainName.slice(0, 4) + plain(firstName).slice(0, 2)
  const count = counts.get(beginning) ?? from
  counts.set(beginning, count + 1)
  const [least, most] = positions[spot.place].weight
  const drafted = random() < 0.6
  return {
    number,
    gsisId: `00-${String(80_000 + number).padStart(7, '0')}`,
    espnId: 9_000_000 + number,
    esbId: plainName.slice(0, 3).toUpperCase() + (900_000 + number),
    pfrId: beginning + String(count).padStart(2, '0'),
    knownAtPfr: random() < 0.92,
    knownToLeague: spot.status !== 'DEV' || random() < 0.9,
    sportradarId: uuidOf('sportradar', number),
    smartId: uuidOf('smart', number),
    headshot: headshotOf(number),
    firstName,
    familyName,
    spot,
    birthDate: `${entryYear - 22 - between(random, 0, 1)}-${twoDigits(between(random, 1, 12))}-${twoDigits(between(random, 1, 28))}`,
    height: between(random, 69, 79),
    weight: between(random, least, most),
    college: pick(random, colleges),
    jersey: between(random, 1, 99),
    entryYear,
    draft: drafted ? { club, pick: between(random, 1, 257) } : undefined,
  }
}

const twoDigits = (value: number) => String(value).padStart(2, '0')

export const nameOf = ({ firstName, familyName }: Player): string => `${firstName} ${familyName}`

/** `D.Prescott` */
export const shortNameOf = ({ firstName, familyName }: Player): string => `${firstName.slice(0, 1)}.${familyName}`

/** An id in the form of a UUID. */
export function uuidOf(...key: (string | number)[]): string {
  const hex = hash('sha1', key.join('/'))
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')
}

/** The real addresses have a comma in them, which CSV has to quote. */
const headshotOf = (number: number): string =>
  `https://static.www.nfl.com/image/upload/f_auto,q_auto/league/${uuidOf('headshot', number).replaceAll('-', '').slice(0, 20)}`
