import { NotFinalError, PayloadError } from '../../core/errors.ts'
import { emptyItem, type Item } from '../../pipeline/item.ts'
import type { EventRow } from '../../pipeline/rows.ts'
import { racingApi } from '../../providers/the-racing-api.ts'
import { isTooDeep, maxLevels, withoutDeep } from '../nesting.ts'
import type { SentPeople } from './entities.ts'
import {
  readClock,
  readFlag,
  readHorse,
  readId,
  readInstant,
  readJockey,
  readSaddlecloth,
  readText,
  readWhole,
} from './read-values.ts'
import { noZero, type Sent, toText, type Values } from './values.ts'

/** What a card and a result say of a race under the same names. */
export interface SentRace {
  race_id: string
  date: string
  region?: Sent
  course: string
  course_id?: string | null | undefined
  off_dt?: Sent
  race_name: string
  type?: Sent
  pattern?: Sent
  rating_band?: Sent
  age_band?: Sent
  going?: Sent
  surface?: Sent
  jumps?: Sent
}

/** Words of `race_status`; which there are is not documented. */
const statuses = {
  entries: 'scheduled',
  declared: 'scheduled',
  racecard: 'scheduled',
  delayed: 'scheduled',
  off: 'live',
  result: 'scheduled',
  abandoned: 'abandoned',
  void: 'void',
  walkover: 'scheduled',
} as const

export type RaceStatus = 'scheduled' | 'live' | 'final' | 'abandoned' | 'void'

/** By the flag and the words; null where neither says anything. */
export function statusOf(values: Values, sent: { race_status?: Sent; is_abandoned?: unknown }): RaceStatus | null {
  const word = values.word('race_status', sent.race_status, statuses)
  return values.read('is_abandoned', toText(sent.is_abandoned), readFlag) ? 'abandoned' : word
}

const walkover = /walk(ed)?[ -]?over/i

/** Whether one of some texts says that a race is a walkover. */
export const saysWalkover = (...texts: readonly Sent[]): boolean => texts.some(text => walkover.test(String(text ?? '')))

/** Names of the ids of the people and parents of a runner, and how they begin. */
const prefixes = {
  jockey_id: 'jky',
  trainer_id: 'trn',
  owner_id: 'own',
  sire_id: 'sir',
  dam_id: 'dam',
  damsire_id: 'dsi',
} as const
type Ids = Record<keyof typeof prefixes, string | null | undefined>

/**
 * A runner with its ids read: one that is none is null, and does not make the race malformed. One that is not sent is undefined where the
 * name is not sent either; beside a name it is null, because the id that is stored may be another's.
 */
export function withIds<L extends Partial<Record<keyof Ids, Sent>>>(line: L, { read }: Values): L & Ids {
  const id = (name: keyof Ids) => {
    const isNamed = (line as Record<string, Sent>)[name.replace('_id', '')] !== undefined
    return read(name, line[name], readId(prefixes[name])) ?? (isNamed || line[name] !== undefined ? null : undefined)
  }
  const [jockey_id, trainer_id, owner_id] = [id('jockey_id'), id('trainer_id'), id('owner_id')]
  return { ...line, jockey_id, trainer_id, owner_id, sire_id: id('sire_id'), dam_id: id('dam_id'), damsire_id: id('damsire_id') }
}

/** A race with the id of its course as an id; undefined where the payload does not have it. */
export const withCourseId = <R extends { course_id?: Sent }>(race: R, { read }: Values) => ({
  ...race,
  course_id: read('course_id', race.course_id, readId('crs')),
})

/** Regions whose races have a clock without am or pm that can be read. */
const atHome = new Set(['GB', 'IRE'])

/** The columns that a card and a result fill alike. */
export function raceRow(race: SentRace, values: Values, clock: { name: string; text: Sent }) {
  const { read } = values
  const region = read('region', race.region, readText)
  const told = read('off_dt', race.off_dt, readInstant)
  return {
    provider: racingApi.id,
    providerId: race.race_id,
    season: race.date.slice(0, 4),
    raceDate: race.date,
    offAt: told ?? read(clock.name, clock.text, text => readClock(race.date, text, atHome.has(region ?? ''))),
    region,
    courseId: race.course_id,
    course: race.course,
    name: race.race_name,
    type: read('type', race.type, readText),
    pattern: read('pattern', race.pattern, readText),
    ratingBand: read('rating_band', race.rating_band, readText),
    ageBand: read('age_band', race.age_band, readText),
    going: read('going', race.going, readText),
    surface: read('surface', race.surface, readText),
    jumps: read('jumps', race.jumps, readText),
  }
}

/** What a card and a result say of a runner under the same names. */
export interface SentLine extends SentPeople {
  draw?: Sent
  age?: Sent
  headgear?: Sent
}

/** The columns that a card and a result fill alike. */
export function lineRow(raceId: string, line: SentLine, values: Values, saddlecloth: Sent) {
  const { read } = values
  const number = read('number', saddlecloth, readSaddlecloth)
  return {
    provider: racingApi.id,
    providerId: `${raceId}/${line.horse_id}`,
    raceId,
    horseId: line.horse_id,
    horse: readHorse(line.horse).name,
    number: number?.number ?? null,
    numberText: number?.text ?? null,
    draw: noZero(read('draw', line.draw, readWhole)),
    age: read('age', line.age, readWhole),
    headgear: read('headgear', line.headgear, readText),
    jockeyId: line.jockey_id,
    jockey: read('jockey', line.jockey, text => readText(readJockey(text ?? '').name)),
    trainerId: line.trainer_id,
    trainer: read('trainer', line.trainer, readText),
    ownerId: line.owner_id,
    owner: read('owner', line.owner, readText),
  }
}

/** A race of a list, as an item; one that is malformed has a dead letter of its own where it has an id, so that the others are loaded. */
export function toItem(
  dataset: string,
  entry: Record<string, unknown>,
  read: () => Pick<Item, 'tables' | 'findings'> & { event: EventRow },
): Item {
  const { race_id: id, date: day } = entry as { race_id?: unknown; date?: unknown }
  if (typeof id !== 'string' || id === '')
    throw new PayloadError(`A race of the ${dataset} has no race_id.`, {
      hint: 'Cards of the plan free have none; with basic or a higher plan they do.',
    })
  const item = emptyItem(id, typeof day === 'string' ? day : '')
  const isDeep = isTooDeep(entry)
  try {
    if (isDeep) throw new PayloadError(`Race ${id} of the ${dataset} has more than ${maxLevels} levels.`)
    return { ...item, ...read() }
  } catch (error) {
    if (!(error instanceof PayloadError || error instanceof NotFinalError)) throw error
    const payload = Buffer.from(JSON.stringify(isDeep ? withoutDeep(entry) : entry))
    return { ...item, failures: [{ dataset, stage: 'transform', error, payload, isRefused: false }] }
  }
}
