import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { parseDay } from '../days.ts'
import { parsePostgresAddress } from '../postgres-address.ts'
import { guess } from '../suggest.ts'
import { mask, Secret } from './secret.ts'

/**
 * The value, or what is wrong with it as the end of a sentence that begins with the setting's name; so is a warning. `item`: which of a list
 * it is about, from 0.
 */
type Checked<T> = { value: T; warning?: string } | { problem: string; hint?: string | undefined; item?: number }

/** A part of a JSON Schema, of what editors need. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** How a scalar is read and shown. The file, the environment and flags all come through here. */
export interface Kind<T> {
  /** What the file can say, for editors: all that `check` takes, and little that it does not. */
  readonly schema: JsonSchema
  /** `raw` is text from the environment, any scalar from the file; relative paths start at `dir`. */
  check(raw: unknown, dir: string): Checked<T>
  /** The value as the file would say it; as it is where missing. */
  print?(value: T): string | number | boolean
  /** May be given as `env:NAME` or `file:PATH`, and is never shown, not even in a complaint. */
  readonly secret?: true
  /** `raw` may be a list. */
  readonly list?: true
}

export const text: Kind<string> = { check: asText, schema: { type: 'string', pattern: '\\S' } }

/** A name, as logs and tables show it. */
export const line: Kind<string> = {
  schema: { type: 'string', pattern: '^\\P{Cc}*\\S\\P{Cc}*$' },
  check(raw) {
    const checked = asText(raw)
    return 'value' in checked && /\p{Cc}/u.test(checked.value)
      ? { problem: 'has a line feed, or another control character' }
      : checked
  },
}

/** Of a JSON Schema: one of some words, in capitals or not. */
const anyCase = (words: readonly string[]): string => `^(${words.map(ofEachCase).join('|')})$`

const ofEachCase = (word: string): string =>
  word.replaceAll(/[a-z]/gi, letter => `[${letter.toUpperCase()}${letter.toLowerCase()}]`)

export const flag: Kind<boolean> = {
  schema: {
    ...{ type: ['boolean', 'integer', 'string'], minimum: 0, maximum: 1 },
    pattern: anyCase(['true', 'false', 'yes', 'no', 'on', 'off', '1', '0']),
  },
  check(raw) {
    const word = String(raw).toLowerCase()
    if (['true', 'yes', 'on', '1'].includes(word)) return { value: true }
    if (['false', 'no', 'off', '0'].includes(word)) return { value: false }
    return mustBe('true or false', raw)
  },
}

export const choice = <const T extends string>(values: readonly T[]): Kind<T> => ({
  schema: { anyOf: [{ enum: values }, { type: 'string', pattern: anyCase(values) }] },
  check(raw) {
    const value = values.find(value => value === String(raw).toLowerCase())
    return value === undefined ? mustBe(`one of ${values.join(', ')}`, raw, guess(String(raw), values)) : { value }
  },
})

/** How the clock runs: like the system's, over waits, or so many times faster. */
export const clockMode: Kind<'run' | 'leap' | `x${number}`> = {
  schema: { type: 'string' },
  check(raw) {
    const value = String(raw).toLowerCase()
    if (value === 'run' || value === 'leap') return { value }
    const factor = Number(/^x(\d{1,6})$/.exec(value)?.[1] ?? 0)
    return factor > 0 ? { value: `x${factor}` } : mustBe('run, leap, or a factor such as x720', raw)
  },
}

const numberKind =
  (what: string, type: 'integer' | 'number', isOne: (value: number) => boolean) =>
  (min: number, max: number): Kind<number> => ({
    schema: { type: [type, 'string'], minimum: min, maximum: max, pattern: `^\\s*${min < 0 ? '-?' : ''}\\d*\\.?\\d+\\s*$` },
    check(raw) {
      const value = typeof raw === 'number' || /^-?\d*\.?\d+$/.test(String(raw).trim()) ? Number(raw) : Number.NaN
      return isOne(value) && value >= min && value <= max ? { value } : mustBe(`a ${what} from ${min} to ${max}`, raw)
    },
  })

export const whole = numberKind('whole number', 'integer', Number.isSafeInteger)

export const number = numberKind('number', 'number', () => true)

/** Some of the words that are known, in lower case: a list, or with commas or spaces between them, `gb, ire`. */
export const someOf = (known: readonly string[], what: string): Kind<readonly string[]> => ({
  list: true,
  schema: {
    anyOf: [
      { type: 'array', items: { type: 'string', pattern: anyCase(known) }, minItems: 1 },
      {
        ...{ type: 'string', examples: [known.slice(0, 2).join(', ')] },
        pattern: `^[\\s,]*(${known.map(ofEachCase).join('|')})([\\s,]+(${known.map(ofEachCase).join('|')}))*[\\s,]*$`,
      },
    ],
  },
  check(raw) {
    const given: unknown[] = Array.isArray(raw) ? raw : splitWords(raw)
    const value = given.map(word => String(word).toLowerCase())
    const item = value.findIndex(word => !known.includes(word))
    if (value.length > 0 && item < 0) return { value: [...new Set(value)] }
    const wrong = value[item]
    const hint = (wrong && guess(wrong, known)) ?? `Known: ${known.join(', ')}.`
    return { ...mustBe(`${what}, or several with commas between them`, given[item] ?? raw, hint), item }
  },
  print: value => value.join(', '),
})

const splitWords = (raw: unknown): string[] =>
  String(raw)
    .split(/[\s,]+/)
    .filter(Boolean)

/** A program and its arguments: a list of texts in the file, in JSON in the environment. */
export const words: Kind<readonly string[]> = {
  list: true,
  schema: { type: 'array', items: { type: 'string' }, minItems: 1 },
  check(raw) {
    const list = typeof raw === 'string' ? parseList(raw) : raw
    const hint = 'Write [program, argument, …]; a line for the shell is the setting shell.'
    if (!Array.isArray(list)) return mustBe('a list of texts', raw, hint)
    if (list.length === 0) return { problem: 'is an empty list', hint }
    const item = list.findIndex(word => typeof word !== 'string' || word.includes('\0'))
    if (item >= 0) return { ...mustBe('a list of texts', list[item], 'Put it in quotes.'), item }
    if (String(list[0]).trim() === '') return { problem: 'names no program', hint, item: 0 }
    return { value: list as string[] }
  },
  print: value => JSON.stringify(value),
}

function parseList(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const unitsMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
/** Timers hold 2^31 - 1 ms; a longer one would fire at once. */
const longestMs = 24 * unitsMs.d

/** A duration, in milliseconds: `5m`, `0.5s`, or a plain number of seconds. Shown in seconds. */
export const seconds = (minMs: number): Kind<number> => ({
  schema: {
    ...{ type: ['number', 'string'], examples: [30, '5m'], minimum: minMs / unitsMs.s, maximum: longestMs / unitsMs.s },
    pattern: '^\\s*(\\d+(\\.\\d+)?|\\.\\d+)\\s*(ms|s|m|h|d)?\\s*$',
  },
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
  schema: {
    ...{ type: ['string', 'number'], examples: ['90d', '12h'], minimum: 0, maximum: 0 },
    pattern: '^\\s*(0|\\d+(\\.\\d+)?\\s*(s|m|h|d))\\s*$',
  },
  check(raw) {
    const found = /^(?:0|(\d+(?:\.\d+)?)\s*(s|m|h|d))$/.exec(String(raw).trim())
    const value = Math.round(Number(found?.[1] ?? 0) * unitsMs[(found?.[2] ?? 'd') as keyof typeof unitsMs])
    return found && value <= longestAgeMs ? { value } : mustBe('a time with its unit, such as 90d or 12h', raw)
  },
  print: interval(0).print as (value: number) => string,
}

/** An IANA zone. Offsets such as `+02:00` know no summer time and are refused. */
export const zone: Kind<string> = {
  schema: { type: 'string', examples: ['Europe/London', 'UTC'], pattern: '^[A-Za-z][A-Za-z0-9_+/-]*$' },
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

/** Of a JSON Schema; whether a range is the wrong way round is not in it. */
function cronPattern({ low, high, names }: (typeof cronFields)[number]): string {
  const numbers = Array.from({ length: high - low + 1 }, (_, i) => String(high - i))
  const one = `(0*(${numbers.join('|')})${names.map(name => (name ? `|${ofEachCase(name)}` : '')).join('')})`
  const part = `((\\*|${one}-${one})(/0*[1-9]\\d*)?|${one})`
  return `${part}(,${part})*`
}

/** Five cron fields: numbers, names of months and weekdays, lists, ranges and steps. */
export const cron: Kind<string> = {
  schema: {
    ...{ type: 'string', examples: ['0 6 * * *', '*/10 * * * *'] },
    pattern: `^\\s*${cronFields.map(cronPattern).join('\\s+')}\\s*$`,
  },
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
  schema: { type: 'string' },
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
  schema: kind.schema,
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
  schema: { type: 'string', pattern: '^\\s*[Hh][Tt][Tt][Pp][Ss]?:' },
  check(raw) {
    const url = URL.parse(String(raw))
    if (url && /^https?:$/.test(url.protocol) && url.hostname) return { value: String(raw).trim() }
    // Not quoted: a mistyped address may still hold a password.
    return { problem: 'must be an http:// or https:// address' }
  },
  print: maskUrl,
}

/** The address of a project of Sentry: with its key in front of the host and its number at the end. */
export const sentryDsn: Kind<string> = {
  schema: { type: 'string', pattern: '^\\s*[Hh][Tt][Tt][Pp][Ss]?://[^/?#]+@.*/\\d+\\s*([?#].*)?$' },
  check(raw) {
    const checked = httpUrl.check(raw, '')
    const { username, pathname } = ('value' in checked && URL.parse(checked.value)) || { username: '', pathname: '' }
    if (username && /\/\d+$/.test(pathname)) return checked
    return {
      problem: 'must be a DSN of Sentry',
      hint: 'Such as https://KEY@o1.ingest.sentry.io/2: see Client Keys in the project.',
    }
  },
}

/** As Standard Webhooks has it: 24 to 64 bytes in base64. */
export const signingSecret: Kind<string> = {
  schema: { type: 'string', pattern: '^\\s*whsec_[A-Za-z0-9+/]{32,86}={0,2}\\s*$' },
  check(raw) {
    const value = String(raw).trim()
    const key = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(value)?.[1]
    const { length } = Buffer.from(key ?? '', 'base64')
    if (length >= 24 && length <= 64) return { value }
    return {
      problem: 'must be whsec_ and 24 to 64 bytes in base64',
      hint: 'To make one: echo "whsec_$(openssl rand -base64 32)"',
    }
  },
}

/** The address of Redis; not quoted, for it may hold a password. */
export const redisUrl: Kind<string> = {
  schema: { type: 'string' },
  check(raw) {
    const url = URL.parse(String(raw).trim())
    if (url && /^rediss?:$/.test(url.protocol) && url.hostname) return { value: String(raw).trim() }
    return { problem: 'must be a redis:// or rediss:// address', hint: 'Such as redis://localhost:6379.' }
  },
}

/** Of NOTIFY: an identifier, as LISTEN takes it without quotes. */
export const channelName: Kind<string> = {
  schema: { type: 'string', pattern: '^[a-z_][a-z0-9_]{0,62}$' },
  check(raw) {
    const said = String(raw)
    return /^[a-z_][a-z0-9_]{0,62}$/.test(said)
      ? { value: said }
      : mustBe('up to 63 lower-case letters, digits and underscores, and begin with no digit', raw)
  },
}

/** What both pg-boss and Redis take as the name of a queue. */
export const queueName: Kind<string> = {
  schema: { type: 'string', pattern: '^[A-Za-z0-9_.-]+$' },
  check(raw) {
    const said = String(raw)
    return /^[\w.-]{1,100}$/.test(said)
      ? { value: said }
      : mustBe('up to 100 letters, digits, dots, hyphens and underscores', raw)
  },
}

/** The address of a mail server, with user and password where it wants them. */
export const smtpUrl: Kind<string> = {
  schema: { type: 'string', pattern: '^\\s*[Ss][Mm][Tt][Pp][Ss]?:' },
  check(raw) {
    const url = URL.parse(String(raw).trim())
    if (url && /^smtps?:$/.test(url.protocol) && url.hostname) return { value: String(raw).trim() }
    return {
      problem: 'must be an smtp:// or smtps:// address',
      hint: 'Such as smtps://USER:PASSWORD@mail.example.org, % encoded.',
    }
  },
}

/** One or several, with commas between them. */
export const mailAddresses: Kind<string> = {
  schema: {
    type: 'string',
    examples: ['oncall@example.org'],
    pattern: '^\\s*[^\\s@<>,]+@[^\\s@<>,]+\\s*(,\\s*[^\\s@<>,]+@[^\\s@<>,]+\\s*)*$',
  },
  check(raw) {
    const addresses = String(raw)
      .split(',')
      .map(address => address.trim())
    const wrong = addresses.find(address => !/^[^\s@<>]+@[^\s@<>]+$/.test(address))
    return wrong === undefined
      ? { value: addresses.join(', ') }
      : mustBe('a mail address, or several with commas between them', wrong)
  },
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
  schema: { type: 'string', pattern: '^\\s*[Pp][Oo][Ss][Tt][Gg][Rr][Ee][Ss]([Qq][Ll])?://' },
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
