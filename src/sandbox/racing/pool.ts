import type { Day } from '../../core/days.ts'
import { personName } from '../person-name.ts'
import { between, createRandom, drawWeighted, pick, type Random } from '../random.ts'
import { dayNumber } from './uk.ts'

export interface Person {
  readonly id: string
  readonly name: string
}

export interface Jockey extends Person {
  /** Pounds that an apprentice may take off; 0 for most. */
  readonly claim: number
}

export interface Parent extends Person {
  readonly country: string
}

export interface Horse extends Person {
  readonly country: string
  readonly age: number
  readonly born: Day
  /** `C`, `F`, `G`, `H`, `M`. */
  readonly sex: string
  readonly colour: string
  readonly trainer: Person
  readonly owner: Person
  readonly sire: Parent
  readonly dam: Parent
  readonly damsire: Parent
  /** 0 to 1. */
  readonly ability: number
}

const things = [
  'Lantern',
  'Harbour',
  'Whistle',
  'Parade',
  'Orchard',
  'Thimble',
  'Compass',
  'Bramble',
  'Sonnet',
  'Tinker',
  'Velvet',
]

const countries = ['IRE', 'GB', 'FR', 'USA', 'GER']
const countryWeights = [45, 35, 12, 5, 3]
const country = (random: Random) => countries[drawWeighted(random, countryWeights)] as string
const horseName = (random: Random) => `${personName(random).familyName} ${pick(random, things)}`

function person(seed: number, prefix: string, n: number): Person {
  const { firstName, familyName } = personName(createRandom(seed, prefix, n))
  return { id: `${prefix}_${200_000 + 3 * n}`, name: `${firstName} ${familyName}` }
}

function parent(seed: number, prefix: string, n: number): Parent {
  const random = createRandom(seed, prefix === 'dsi' ? 'sir' : prefix, n)
  return { id: `${prefix}_${4_000_000 + 7 * n}`, name: horseName(random), country: country(random) }
}

export const jockeyCount = 200

/** One of the jockeys, by number. */
export const jockeyOf = (seed: number, n: number): Jockey => ({
  ...person(seed, 'jky', n),
  claim: [0, 0, 0, 0, 0, 0, 3, 5, 7][n % 9] as number,
})

/** A horse runs every fourteen days at most: each day has its own part of them. */
const rotation = 14
const perDay = 800

/** How many years a horse runs, and how old it is in the first. */
const careers = { flat: { from: 2, years: 4 }, jumps: { from: 4, years: 6 } }

/** A horse by its number, before anything else is made up about it. */
export interface Candidate {
  readonly n: number
  readonly age: number
  readonly year: number
}

/** The horses that may run on a day, over jumps or not: each is there for some years, and then another in its place. */
export function candidatesOf(kind: keyof typeof careers, day: Day): Candidate[] {
  const year = Number(day.slice(0, 4))
  const { from, years } = careers[kind]
  const first = (dayNumber(day) % rotation) * perDay
  return Array.from({ length: perDay }, (_, i) => {
    const stage = year - 2020 + (i % years)
    const generation = 2 * Math.floor(stage / years) + (kind === 'flat' ? 0 : 1)
    return { n: generation * rotation * perDay + first + i, age: from + (stage % years), year }
  })
}

/** All about a horse. */
export function makeHorse(seed: number, { n, age, year }: Candidate): Horse {
  const random = createRandom(seed, 'horse', n)
  const kind = drawWeighted(random, [45, 35, 20])
  const dam = between(random, 0, 3999)
  return {
    ...{ id: `hrs_${20_000_000 + 11 * n}`, name: horseName(random), country: country(random), age },
    born: `${year - age}-0${between(random, 2, 5)}-${between(random, 10, 28)}`,
    sex: (age < 5 ? ['G', 'F', 'C'] : ['G', 'M', 'H'])[kind] as string,
    colour: pick(random, ['b', 'ch', 'br', 'gr']),
    trainer: person(seed, 'trn', between(random, 0, 149)),
    owner: person(seed, 'own', between(random, 0, 1499)),
    sire: parent(seed, 'sir', between(random, 0, 89)),
    dam: parent(seed, 'dam', dam),
    // All foals of a dam have the same one.
    damsire: parent(seed, 'dsi', dam % 90),
    ability: random(),
  }
}
