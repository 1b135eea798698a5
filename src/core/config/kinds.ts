import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { parseDay } from '../days.ts'
import { parsePostgresAddress } from '../postgres-address.ts'
import { guess } from '../suggest.ts'
import { mask, Secret } from './secret.ts'

/** The value, or what is wrong with it as the end of a sentence that begins with the setting's name; so is a warning. */
type Checked<T> = { value: T; warning?: string } | { problem: string; hint?: string | undefined }

/** How a scalar is read and shown. The file, the environment and flags all come through here. */
export interface Kind<T> {
  /** `raw` is text from the environment, any scalar from the file; relative paths start at `dir`. */
  check(raw: unknown, dir: string): Checked<T>
  /** The value as the file would say it; as it is where missing. */
  print?(value: T): string | number | boolean
  /** May be given as `env:NAME` or `file:PATH`, and is never shown, not even in a complaint. */
  readonly secret?: true
}

export const text: Kind<string> = { check: asText }

export const flag: Kind<boolean> = {
  check(raw) {
    const word = String(raw).toLowerCase()
    if (['true', 'yes', 'on', '1'].includes(word)) return { value: true }
    if (['false', 'no', 'off', '0'].includes(word)) return { value: false }
    return mustBe('true or false', raw)
  },
}

export const choice = <const T extends string>(values: readonly T[]): Kind<T> => ({
  check(raw) {
    const value = values.find(value => value === String(raw).toLowerCase())
    return value === undefined ? mustBe(`one of ${values.join(', ')}`, raw, guess(String(raw), values)) : { value }
  },
})

const numberKind =
  (what: string, isOne: (value: number) => boolean) =>
  (min: number, max: number): Kind<number> => ({
    check(raw) {
      const value = typeof raw === 'number' || /^-?\d*\.?\d+$/.test(String(raw).trim()) ? Number(raw) : Number.NaN
      return isOne(value) && value >= min && value <= max ? { value } : mustBe(`a ${what} from ${min} to ${max}`, raw)
    },
  })

export const whole = numberKind('whole number', Number.isSafeInteger)

export const number = numberKind('number', () => true)

/** Some of the words that are known, with commas or spaces between them, in lower case: `gb, ire`. */
export const someOf = (known: readonly string[], what: string): Kind<readonly string[]> => ({
  check(raw) {
    const value = String(raw)
      .toLowerCase()
      .split(/[\s,]+/)
      .filter(Boolean)
    const wrong = value.find(word => !known.includes(word))
    if (value.length > 0 && wrong === undefined) return { value: [...new Set(value)] }
    const hint = (wrong && guess(wrong, known)) ?? `Known: ${known.join(', ')}.`
    return mustBe(`${what}, or several with commas between them`, wrong ?? raw, hint)
  },
  print: value => value.join(', '),
})

const unitsMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
/** Timers hold 2^31 - 1 ms; a longer one would fire at once. */
const longestMs = 24 * unitsMs.d

/** A duration, in milliseconds: `5m`, `0.5s`, or a plain number of seconds. Shown in seconds. */
export const seconds = (minMs: number): Kind<number> => ({
  check(raw) {
    const found = /^(\d+(?:\.\d+)?|\.\d+)\s*(ms|s|m|h|d)?$/.exec(String(raw).trim())
    if (!found) return mustBe('a duration such as 30 (seconds), 30s or 5m', raw)
    const value = Math.round(Number(found[1]) * unitsMs[(found[2] ?? 's') as keyof typeof unitsMs])
    if (value >= minMs && value <= longestMs) return { value }
    return mustBe(`a duration from ${minMs / unitsMs.s} s to 24 days`, raw)
  },
  print: value => value / unitsMs.s,
})

/** The same, shown with its unit: `5m`. */
export const interval = (minMs: number): Kind<number> => ({
  ...seconds(minMs),
  print(value) {
    const unit = (['d', 'h', 'm', 's'] as const).find(unit => value % unitsMs[unit] === 0) ?? 'ms'
    return `${value / unitsMs[unit]}${unit}`
  },
})

const longestAgeMs = 36_500 * unitsMs.d

/** How long something is kept, in milliseconds: `90d`. With its unit, since nobody means 90 seconds; `0` is not at all. */
export const age: Kind<number> = {
  check(raw) {
    const found = /^(?:0|(\d+(?:\.\d+)?)\s*(s|m|h|d))$/.exec(String(raw).trim())
    const value = Math.round(Number(found?.[1] ?? 0) * unitsMs[(found?.[2] ?? 'd') as keyof typeof unitsMs])
    return found && value <= longestAgeMs ? { value } : mustBe('a time with its unit, such as 90d or 12h', raw)
  },
  print: interval(0).print as (value: number) => string,
}

/** An IANA zone. Offsets such as `+02:00` know no summer time and are refused. */
export const zone: Kind<string> = {
  check(raw) {
    const name = String(raw)
    if (/^[A-Za-z]/.test(name)) {
      try {
        return { value: new Intl.DateTimeFormat('en', { timeZone: name }) && name }
      } catch {} // not a zone: said below
    }
    return mustBe('an IANA zone such as Europe/London', raw, guess(name, Intl.supportedValuesOf('timeZone')))
  },
}

const cronFields = [
  { name: 'minute', low: 0, high: 59, names: [] },
  { name: 'hour', low: 0, high: 23, names: [] },
  { name: 'day', low: 1, high: 31, names: [] },
  { name: 'month', low: 1, high: 12, names: ['', ...'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')] },
  { name: 'weekday', low: 0, high: 7, names: 'sun mon tue wed thu fri sat'.split(' ') },
] as const

/** `5`, `mon`, `1-5`, `*`, and with a step `1-5/2`. */
function isCronPart(part: string, { low, high, names }: (typeof cronFields)[number]): boolean {
  const [, from = '', to, step] = /^(\*|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(part.toLowerCase()) ?? []
  const numberOf = (text: string) => (/^\d+$/.test(text) ? Number(text) : (names as readonly string[]).indexOf(text))
  const isIn = (value: number) => value >= low && value <= high
  const isRange = from === '*' ? to === undefined : isIn(numberOf(from)) && (to === undefined || isIn(numberOf(to)))
  const isInOrder = to === undefined || numberOf(from) <= numberOf(to)
  const isStep = step === undefined || ((from === '*' || to !== undefined) && Number(step) >= 1 && Number(step) <= high - low + 1)
  return isRange && isInOrder && isStep
}

/** Five cron fields: numbers, names of months and weekdays, lists, ranges and steps. */
export const cron: Kind<string> = {
  check(raw) {
    const fields = String(raw).trim().split(/\s+/)
    const hint = 'For example "0 6 * * *", in quotes, because * means something else in YAML.'
    if (fields.length !== 5) return mustBe('five cron fields (minute hour day month weekday)', raw, hint)
    const wrong = cronFields.find((field, i) => !(fields[i] ?? '').split(',').every(part => isCronPart(part, field)))
    if (!wrong) return { value: fields.join(' ') }
    const { name, low, high } = wrong
    const forms = `${low} to ${high}, *, a range such as ${low}-${high}, or one with a step such as */2; commas between several`
    return mustBe('five cron fields (minute hour day month weekday)', raw, `The ${name} takes ${forms}.`)
  },
}

/** An instant in ISO 8601 with its zone; the day alone, or a time without a zone, could be several. */
export const instant: Kind<Date> = {
  check(raw) {
    const said = String(raw).trim()
    const form = /^(\d{4}-\d\d-\d\d)[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?\s*([Zz]|[+-]\d\d:?\d\d)?$/.exec(said)
    const example = '2025-01-15T14:05:00Z.'
    if (form && !form[4]) return { problem: `has no time zone: ${quote(raw)}`, hint: `Add Z or an offset, such as ${example}` }
    const value = new Date(said)
    const isReal = form && !Number.isNaN(value.getTime()) && parseDay(form[1] ?? '') // `new Date` takes 2025-02-30 for 2 March
    return isReal ? { value } : mustBe('an ISO instant', raw, `For example ${example}`)
  },
  print: value => value.toISOString(),
}

/** A kind whose value is made of that of another. */
const madeOf = <A, B>(kind: Kind<A>, make: (value: A, dir: string) => B): Kind<B> => ({
  check(raw, dir) {
    const checked = kind.check(raw, dir)
    return 'value' in checked ? { ...checked, value: make(checked.value, dir) } : checked
  },
})

/** A folder or file, made absolute. The home is asked for only if needed: a user without an entry in passwd has none. */
export const path = madeOf(text, (said, dir) =>
  resolve(
    dir,
    said.replace(/^~(?=\/|$)/, () => homedir()),
  ),
)

/** An http(s) address; user info and query values are masked where it is shown. */
export const httpUrl: Kind<string> = {
  check(raw) {
    const url = URL.parse(String(raw))
    if (url && /^https?:$/.test(url.protocol) && url.hostname) return { value: String(raw).trim() }
    // Not quoted: a mistyped address may still hold a password.
    return { problem: 'must be an http:// or https:// address' }
  },
  print: maskUrl,
}

/** An http(s) address that paths are added to: without the last slash. */
export const baseUrl: Kind<string> = { ...madeOf(httpUrl, url => url.replace(/\/+$/, '')), print: maskUrl }

/** A secret whose text must also be fit for `kind`. */
export const secret = (kind: Kind<string> = text): Kind<Secret> => ({
  ...madeOf(kind, value => new Secret(value)),
  secret: true,
  print: () => mask,
})

/** Read as the store reads it, so that a mistake is found before anything is opened. */
export const postgresUrl: Kind<string> = {
  check(raw) {
    const value = String(raw).trim()
    const parsed = parsePostgresAddress(value)
    if ('problem' in parsed) return parsed
    const { ignored } = parsed.address
    const which = ignored.length === 1 ? 'a parameter that has no effect' : 'parameters that have no effect'
    return ignored.length === 0 ? { value } : { value, warning: `has ${which} here: ${ignored.join(', ')}` }
  },
}

/** A value as a complaint quotes it: on one line and not too long. */
function quote(raw: unknown): string {
  const said = JSON.stringify(raw) ?? String(raw)
  return said.length > 60 ? `${said.slice(0, 57)}...` : said
}

const mustBe = (what: string, raw: unknown, hint?: string) => ({ problem: `must be ${what}, not ${quote(raw)}`, hint })

/** Text only: YAML turns an unquoted 0123 into 123, and a password must not change on the way. */
function asText(raw: unknown): Checked<string> {
  if (typeof raw !== 'string') return { problem: 'must be text', hint: 'Put it in quotes.' }
  return raw.trim() === '' ? { problem: 'is empty' } : { value: raw }
}

function maskUrl(address: string): string {
  const url = URL.parse(address)
  if (!url) return mask
  const masked = url.username || url.password || url.search
  if (url.username || url.password) [url.username, url.password] = [mask, '']
  for (const name of new Set(url.searchParams.keys())) url.searchParams.set(name, mask)
  return masked ? url.href : address
}
