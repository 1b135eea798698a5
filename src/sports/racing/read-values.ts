import { type Day, parseDay } from '../../core/days.ts'
import { PayloadError } from '../../core/errors.ts'
import { instantOf } from '../../core/zones.ts'

/** Of civil days, and of clocks without an offset: those of the United Kingdom. */
export const zone = 'Europe/London'

/**
 * The Racing API sends nearly every value as text. Each reader takes that text, gives null for what is missing, and throws a PayloadError
 * for what it does not know: nothing is stored as another value than the one that was meant.
 */

/** Words for "there is none": nothing, a hyphen in cards, an en dash in results. */
const nothing = new Set(['', '-', '–', '—'])

const isNothing = (text: string | null | undefined): text is null | undefined =>
  text === null || text === undefined || nothing.has(text.trim())

/** A text, or null for a missing one. */
export const readText = (text: string | null | undefined): string | null => (isNothing(text) ? null : text.trim())

const unreadable = (what: string, text: string) => new PayloadError(`${JSON.stringify(text)} is not ${what}.`)

/** A whole number: `122`. */
export function readWhole(text: string | null | undefined): number | null {
  if (isNothing(text)) return null
  if (!/^[+-]?\d{1,9}$/.test(text.trim())) throw unreadable('a whole number', text)
  return Number(text)
}

/** A number: `3.25`, `.5`. */
export function readNumber(text: string | null | undefined): number | null {
  if (isNothing(text)) return null
  if (!/^[+-]?(\d{1,9}(\.\d*)?|\.\d+)$/.test(text.trim())) throw unreadable('a number', text)
  return Number(text)
}

const vulgar: Record<string, string> = { '¼': '.25', '½': '.5', '¾': '.75', '⅓': '.33', '⅔': '.67' }

/**
 * Distances between horses that have names, in lengths. A dead heat is none at all. The values are those of the British Horseracing
 * Authority's scale of lengths (a nose 0.05, a short head 0.1, a head 0.2, a neck 0.3), and `dist`, a distance, stands for more than 30.
 */
const namedLengths = new Map([
  ['dht', 0],
  ['nse', 0.05],
  ['nose', 0.05],
  ['shd', 0.1],
  ['sht-hd', 0.1],
  ['hd', 0.2],
  ['head', 0.2],
  ['snk', 0.25],
  ['sn', 0.25],
  ['nk', 0.3],
  ['neck', 0.3],
  ['dist', 30],
])

/** Lengths: `4.75`, `.5`, `1½`, `nk`. */
export function readLengths(text: string | null | undefined): number | null {
  if (isNothing(text)) return null
  const said = text.trim().toLowerCase().replace(/l$/, '')
  const named = namedLengths.get(said)
  if (named !== undefined) return named
  const decimal = said.replace(/\s*([¼½¾⅓⅔])$/, (_, sign: string) => vulgar[sign] ?? '')
  if (!/^(\d{1,4}(\.\d*)?|\.\d+)$/.test(decimal)) throw unreadable('a number of lengths', text)
  return Number(decimal)
}

/** What a price says: `9/4`, `Evens`, and which horse was the favourite. */
export interface Price {
  numerator: number
  denominator: number
  /** `favourite`, `joint` or `co`; null where it was none. */
  favourite: 'favourite' | 'joint' | 'co' | null
}

const favourites: Record<string, Price['favourite']> = { F: 'favourite', J: 'joint', C: 'co' }

/** A fractional price with or without a suffix: `13/8F`, `EvensF`, `4` for 4/1. A zero is none. */
export function readPrice(text: string | null | undefined): Price | null {
  if (isNothing(text)) return null
  const found = /^(?:(\d{1,6})(?:\/(\d{1,6}))?|(evens|evs|even|eve))\s*([fjc])?$/i.exec(text.trim())
  if (!found) throw unreadable('a price', text)
  const [, numerator = '1', denominator = '1', evens, suffix = ''] = found
  if (Number(denominator) === 0) throw unreadable('a price', text)
  if (Number(numerator) === 0) return null
  const favourite = favourites[suffix.toUpperCase()] ?? null
  return evens
    ? { numerator: 1, denominator: 1, favourite }
    : { numerator: Number(numerator), denominator: Number(denominator), favourite }
}

/** A decimal price, which has the stake in it and so is at least 1: `3.25`. A zero is none. */
export function readDecimalPrice(text: string | null | undefined): number | null {
  const price = readNumber(text)
  if (price !== null && price !== 0 && price < 1) throw unreadable('a decimal price', text ?? '')
  return price || null
}

const currencies = new Map([
  ['£', 'GBP'],
  ['€', 'EUR'],
  ['$', 'USD'],
  ['¥', 'JPY'],
  ['A$', 'AUD'],
  ['HK$', 'HKD'],
  ['C$', 'CAD'],
])

/** The most that a column for money holds. */
const maxMoney = 10 ** 10

/** An amount of money, and its currency (ISO 4217) where a sign tells it. */
export interface Money {
  amount: number
  currency: string | null
}

/** Money: `£12,851`, `€2000`, `3245.08`. */
export function readMoney(text: string | null | undefined): Money | null {
  if (isNothing(text)) return null
  const found = /^([^\d.,\s]*)\s*(\d{1,3}(?:,\d{3})+|\d{1,12})(\.\d{1,2})?$/.exec(text.trim())
  const [, sign = '', whole = '', cents = ''] = found ?? []
  const currency = sign === '' ? null : (currencies.get(sign) ?? (/^[A-Z]{3}$/.test(sign) ? sign : undefined))
  const amount = Number(whole.replaceAll(',', '') + cents)
  if (!found || currency === undefined || amount >= maxMoney) throw unreadable('an amount of money', text)
  return { amount, currency }
}

/** Several dividends in one text: `£1.70 £1.20`. */
export const readDividends = (text: string | null | undefined): Money[] =>
  isNothing(text)
    ? []
    : text
        .trim()
        .split(/\s+/)
        .flatMap(one => readMoney(one) ?? [])

/** A time as an ISO 8601 duration: `1:43.25` is `PT1M43.25S`. */
export function readTime(text: string | null | undefined): string | null {
  if (isNothing(text)) return null
  const found = /^(?:(\d{1,2}):)?(\d{1,2}(?:\.\d{1,3})?)$/.exec(text.trim())
  if (!found || (found[1] !== undefined && Number(found[2]) >= 60)) throw unreadable('a time', text)
  return `PT${Number(found[1] ?? 0)}M${found[2]}S`
}

/** A saddlecloth, perhaps with a letter: `4`, `1A`. */
export function readSaddlecloth(text: string | null | undefined): { number: number | null; text: string } | null {
  if (isNothing(text)) return null
  const said = text.trim()
  const digits = /^\d+/.exec(said)?.[0]
  if (digits && digits.length > 9) throw unreadable('a number of a saddlecloth', text)
  return { number: digits === undefined ? null : Number(digits), text: said }
}

const flags = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
])

/** Whether something is so: `true`. */
export function readFlag(text: string | null | undefined): boolean | null {
  if (isNothing(text)) return null
  const flag = flags.get(text.trim().toLowerCase())
  if (flag === undefined) throw unreadable('true or false', text)
  return flag
}

/** An id that begins with `prefix`: `own_12`. The prefix alone is none. */
export const readId =
  (prefix: string) =>
  (text: string | null | undefined): string | null => {
    if (isNothing(text) || text.trim() === `${prefix}_`) return null
    if (!new RegExp(`^${prefix}_\\d+$`).test(text.trim())) throw unreadable(`an id that begins with ${prefix}_`, text)
    return text.trim()
  }

/** A weight in pounds: `8-10` stone and pounds. */
export function readWeight(text: string | null | undefined): number | null {
  if (isNothing(text)) return null
  const [, stone, pounds] = /^(\d{1,2})-(\d{1,2})$/.exec(text.trim()) ?? []
  if (!stone || !pounds || Number(pounds) > 13) throw unreadable('a weight in stone and pounds', text)
  return Number(stone) * 14 + Number(pounds)
}

const yardsPer = { m: 1760, f: 220, y: 1 } as const

/** A distance in yards: `1m7f209y`, `2m½f`, `6½f`. */
export function readDistance(text: string | null | undefined): number | null {
  if (isNothing(text)) return null
  const said = text.trim().replaceAll(/[¼½¾]/g, sign => vulgar[sign] ?? '')
  const parts = [...said.matchAll(/(\d*\.?\d+)([mfy])/g)]
  if (parts.map(([part]) => part).join('') !== said) throw unreadable('a distance', text)
  return Math.round(parts.reduce((sum, [, count, unit]) => sum + Number(count) * yardsPer[unit as keyof typeof yardsPer], 0))
}

/** A day: `2023-02-18`. */
export function readDay(text: string | null | undefined): Day | null {
  if (isNothing(text)) return null
  const day = parseDay(text.trim())
  if (!day) throw unreadable('a day', text)
  return day
}

/** An instant with its offset: `2025-10-07T20:30:00+01:00`. */
export function readInstant(text: string | null | undefined): Date | null {
  if (isNothing(text)) return null
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text.trim()) ? new Date(text.trim()) : undefined
  if (!at || Number.isNaN(at.getTime())) throw unreadable('an instant', text)
  return at
}

/**
 * When a race is off by the clock of the United Kingdom, where only that is known: `8:30` is 20:30, because no race at home begins between
 * midnight and eleven; `8:30am` is what it says. Abroad a clock without am or pm can be either, and says nothing.
 */
export function readClock(day: Day, text: string | null | undefined, isAtHome: boolean): Date | null {
  if (isNothing(text)) return null
  const found = /^(\d{1,2})[:.](\d\d)\s*(am|pm)?$/i.exec(text.trim())
  const [, hours = '', minutes = '', half = ''] = found ?? []
  if (!found || Number(hours) > 23 || Number(minutes) > 59) throw unreadable('a time of day', text)
  const hour = Number(hours)
  const isTold = half !== '' || hour > 12 || hour === 0
  if (!isTold && !isAtHome) return null
  const isAfternoon = half === '' ? !isTold && hour < 11 : half.toLowerCase() === 'pm'
  const inDay = isAfternoon ? (hour % 12) + 12 : half.toLowerCase() === 'am' ? hour % 12 : hour
  return instantOf(day, `${String(inDay).padStart(2, '0')}:${minutes}`, zone)
}

/** A name, and the country in which the horse was bred, where the name says it: `Create (IRE)`; `Fleeting Moon GB`. */
export function readHorse(text: string): { name: string; country: string | null } {
  const [, name, country, bare] = /^(.+?)\s+(?:\(([A-Z]{2,4})\)|(GB))$/.exec(text.trim()) ?? []
  return name ? { name, country: country ?? bare ?? null } : { name: text.trim(), country: null }
}

/** A rider, and the allowance that is claimed, where the name says it: `Toby Moore(7)`. */
export function readJockey(text: string): { name: string; claimLbs: number | null } {
  const [, name = text.trim(), claim] = /^(.+?)\s*\((\d{1,2})\)$/.exec(text.trim()) ?? []
  return { name, claimLbs: claim === undefined ? null : Number(claim) }
}

/** The parts of a text between commas: one within brackets, also in further ones, belongs to its part. */
function outsideBrackets(text: string): string[] {
  let depth = 0
  const parts = ['']
  for (const sign of text) {
    depth = Math.max(0, depth + (sign === '(' ? 1 : sign === ')' ? -1 : 0))
    if (sign === ',' && depth === 0) parts.push('')
    else parts[parts.length - 1] += sign
  }
  return parts.map(part => part.trim()).filter(Boolean)
}

/** Who did not run, and why, from prose: `Mayaada (unsuitable ground), Harb (self certificate, colic)`. */
export function readNonRunners(text: string | null | undefined): { horse: string; reason: string | null }[] {
  if (isNothing(text)) return []
  return outsideBrackets(text).map(entry => {
    // A country is part of the name.
    const [, horse = entry, reason = ''] = /^(.+?)\s*\((?![A-Z]{2,4}\))(.*?)\)?$/.exec(entry) ?? []
    return { horse, reason: reason || null }
  })
}
