import { createRandom, pick, type Random } from '../random.ts'
import { type Entry, isIn, riderAt } from './field.ts'
import { type Finisher, finishOf } from './finish.ts'
import { type StartingPrice, startingPrices } from './prices.ts'
import type { Race } from './race.ts'
import { moneyText, raceWords } from './words.ts'

const remarks = [
  'Led throughout',
  'Held up, headway halfway, kept on',
  'Prominent, weakened late',
  'Never a threat',
  'Ran on well',
]

/** The parts of the prize that go to the places. */
const shares = [0.54, 0.21, 0.1, 0.05, 0.025, 0.012]

/** What results have where a card has a hyphen. */
const none = '–'

/** What is said of how it ended. */
const ends: Record<Race['fate'], string> = { run: '', walkover: 'Walkover', void: 'Race void' }

/** Whether a race has a result at an instant. */
export const hasResult = (race: Race, now: number): boolean => !race.isAbandoned && race.resultAt <= now

/** A race of the results as it stands at an instant, when it has one. */
export function resultOf(seed: number, race: Race, field: readonly Entry[], now: number) {
  const { meeting, correction, yards, furlongs } = race
  const { clock, offDt, surface, distance } = raceWords(race)
  const isCorrected = correction !== undefined && correction.at <= now
  const finishers = finishOf(seed, race, field, isCorrected)
  const starters = field.filter(entry => isIn(entry, race.offAt))
  // Nobody bets on a walkover, and the bets on a void race are paid back.
  const prices = startingPrices(seed, race, field, race.fate === 'run' ? starters : [])
  const random = createRandom(seed, 'told', race.id)
  const seconds = (yards / (race.type === 'Flat' ? 17.6 : 15.2)) * (1 + random() / 20)
  const late = random() * 8
  return {
    ...{ race_id: race.id, date: meeting.day, region: meeting.course.region, course: meeting.course.name },
    ...{ course_id: meeting.course.id, off: clock, off_dt: offDt, race_name: race.name, type: race.type, class: race.raceClass },
    ...{ pattern: race.pattern, rating_band: race.ratingBand, age_band: race.ageBand, sex_rest: '', dist: distance.round },
    ...{
      dist_y: String(yards),
      dist_m: distance.metres,
      dist_f: `${furlongs}f`,
      going: meeting.going,
      surface,
      jumps: race.jumps,
    },
    runners: finishers.map(finisher => runnerOf(race, finisher, finishers, prices.get(finisher.entry), { random, seconds, now })),
    winning_time_detail: race.fate === 'run' ? `${winningTime(seconds)} (slow by ${late.toFixed(2)}s)` : '',
    comments: isCorrected ? 'Placings altered after an enquiry' : ends[race.fate],
    non_runners: field
      .flatMap(({ horse, withdrawnAt, reason }) => (withdrawnAt < race.offAt ? `${horse.name} (${reason})` : []))
      .join(', '),
    // The tote has paid by then: what is put right later does not change it.
    ...dividendsOf(race, finishOf(seed, race, field, false), prices, random),
  }
}

interface Told {
  random: Random
  seconds: number
  now: number
}

function runnerOf(race: Race, finisher: Finisher, all: readonly Finisher[], price: StartingPrice | undefined, told: Told) {
  const { entry, position, beaten } = finisher
  const { horse, weightLbs } = entry
  const rider = riderAt(entry, race.offAt)
  const rated = createRandom(horse.id, race.id)
  const rating = (most: number) => (rated() < 0.25 ? none : String(Math.round(40 + most * horse.ability)))
  return {
    ...{ horse_id: horse.id, horse: withCountry(horse), sp: price?.sp ?? '', sp_dec: price?.decimal.toFixed(2) ?? '' },
    ...{ number: String(entry.number), position, draw: entry.draw === 0 ? '' : String(entry.draw) },
    ...{ btn: beaten?.before ?? '-', ovr_btn: beaten ? String(beaten.winner) : '-', age: String(horse.age), sex: horse.sex },
    ...{ weight: `${Math.floor(weightLbs / 14)}-${weightLbs % 14}`, weight_lbs: String(weightLbs), headgear: entry.headgear },
    time: beaten && price ? timeText(told.seconds + beaten.winner * 0.17) : '-',
    ...{ or: entry.rating === undefined ? none : String(entry.rating), rpr: rating(60), tsr: rating(50) },
    prize: prizeOf(race, finisher, all),
    ...{ jockey: rider.name, jockey_claim_lbs: String(rider.claim), jockey_id: rider.id },
    ...{ trainer: horse.trainer.name, trainer_id: horse.trainer.id, owner: horse.owner.name, owner_id: horse.owner.id },
    ...{ sire: withCountry(horse.sire), sire_id: horse.sire.id, dam: withCountry(horse.dam), dam_id: horse.dam.id },
    ...{ damsire: horse.damsire.name, damsire_id: horse.damsire.id, comment: pick(rated, remarks), silk_url: '' },
    bsp: told.now >= race.bspAt ? (price?.bsp ?? '') : '',
  }
}

/** A horse bred in Great Britain has no country behind its name. */
const withCountry = ({ name, country }: { name: string; country: string }) => (country === 'GB' ? name : `${name} (${country})`)

/** Those in a dead heat share what their places have. */
function prizeOf({ prize }: Race, { position, beaten }: Finisher, all: readonly Finisher[]): string {
  if (!beaten) return ''
  const sharing = all.filter(other => other.position === position).length
  const sum = shares.slice(Number(position) - 1, Number(position) - 1 + sharing).reduce((total, share) => total + share, 0)
  return sum === 0 ? '' : moneyText((prize * sum) / sharing)
}

/** `3:9.90`: only minutes and seconds that are there, and no zeros before them. */
/** Rounded before it is divided: 239.996 seconds are `4:0.00`. */
function timeText(seconds: number): string {
  const hundredths = Math.round(seconds * 100)
  return `${Math.floor(hundredths / 6000)}:${((hundredths % 6000) / 100).toFixed(2)}`
}

const winningTime = (seconds: number) => (seconds < 60 ? `${seconds.toFixed(2)}s` : `${timeText(seconds).replace(':', 'm ')}s`)

function dividendsOf(race: Race, finishers: readonly Finisher[], prices: ReadonlyMap<Entry, StartingPrice>, random: Random) {
  const { currency } = raceWords(race)
  if (prices.size === 0) return { tote_win: '', tote_pl: '', tote_ex: '', tote_csf: '', tote_tricast: '', tote_trifecta: '' }
  const ran = finishers.length
  const priceOf = (i: number) => prices.get(finishers[i]?.entry as Entry)?.decimal ?? 1
  const money = (amount: number) => currency + moneyText(Math.max(1, Math.round(amount * 20) / 20))
  const places = ran < 5 ? 1 : ran < 8 ? 2 : 3
  const exacta = priceOf(0) * priceOf(1) * (0.6 + random() / 2)
  return {
    tote_win: money(priceOf(0) * (0.85 + random() / 3)),
    tote_pl: Array.from({ length: places }, (_, i) => money(1 + priceOf(i) / 5)).join(' '),
    tote_ex: money(exacta),
    tote_csf: money(exacta * 0.95),
    tote_tricast: ran >= 8 && race.ratingBand ? money(exacta * priceOf(2) * 0.8) : '',
    tote_trifecta: money(exacta * priceOf(2) * 0.7),
  }
}
