import { parseDay } from '../../core/days.ts'

/** What a column holds, as far as reading a file differs. */
export type ColumnKind = 'text' | 'integer' | 'double' | 'date' | 'instant' | 'boolean' | 'json'

/** One field of a record. */
export interface Field {
  data: Uint8Array
  start: number
  end: number
  /** Quotes in it are doubled. */
  doubled: boolean
  /** The number's sign is to be turned: one file calls 12 yards lost what the other calls -12. */
  negate: boolean
}

const [zero, nine, dot, minus, plus, backslash, quote] = [0x30, 0x39, 0x2e, 0x2d, 0x2b, 0x5c, 0x22]
const escaped: Record<number, number> = { 9: 0x74, 10: 0x6e, 13: 0x72, 92: backslash }

/**
 * Writes a field into `out` from `at` on, in the text format of COPY and in one form for equal values: `43.0` is 43, `0.50` is 0.5,
 * `-0` is 0. So a file that was written anew by another program changes no hash.
 * @returns where it ends, or -1 where the field is not of that kind; `out` has room
 */
export type Encode = (field: Field, out: Buffer, at: number) => number

function encodeText({ data, start, end, doubled }: Field, out: Buffer, at: number): number {
  let position = at
  for (let i = start; i < end; i++) {
    const byte = data[i] as number
    if (byte > backslash || (byte > 0x0d && byte < backslash)) {
      out[position++] = byte
      if (byte === quote && doubled) i++
      continue
    }
    const letter = escaped[byte]
    if (letter !== undefined) {
      out[position++] = backslash
      out[position++] = letter
    } else out[position++] = byte
  }
  return position
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= zero && byte <= nine

/** Up to 9 digits are below 2^31 in any case. */
const surelyFits = 9

function encodeInteger({ data, start, end, negate }: Field, out: Buffer, at: number): number {
  let from = start
  let negative = negate
  if (data[from] === minus || data[from] === plus) {
    if (data[from] === minus) negative = !negate
    from++
  }
  let to = from
  while (isDigit(data[to]) && to < end) to++
  if (to === from) return -1
  if (to < end) {
    // `43.0`, and nothing else behind a point.
    if (data[to] !== dot) return -1
    for (let i = to + 1; i < end; i++) if (data[i] !== zero) return -1
  }
  while (from < to - 1 && data[from] === zero) from++
  let position = at
  if (negative && !(to - from === 1 && data[from] === zero)) out[position++] = minus
  for (let i = from; i < to; i++) out[position++] = data[i] as number
  if (to - from > surelyFits && Math.abs(Number(out.toString('latin1', at, position))) > 2_147_483_647) return -1
  return position
}

function encodeDouble(field: Field, out: Buffer, at: number): number {
  const { data, start, end, negate } = field
  let from = start
  let negative = negate
  if (data[from] === minus || data[from] === plus) {
    if (data[from] === minus) negative = !negate
    from++
  }
  while (data[from] === zero && from + 1 < end && isDigit(data[from + 1])) from++
  const first = from
  while (from < end && isDigit(data[from])) from++
  let to = from
  if (from < end && data[from] === dot) {
    to++
    while (to < end && isDigit(data[to])) to++
    if (to === first + 1) return -1
  }
  // Exponents, `Inf`, `.5`: as JavaScript writes the number.
  if (to < end || from === first) return encodeRareDouble(field, out, at)
  if (to > from) {
    while (data[to - 1] === zero) to--
    if (data[to - 1] === dot) to--
  }
  let position = at
  const isZero = to === first + 1 && data[first] === zero
  if (negative && !isZero) out[position++] = minus
  for (let i = first; i < to; i++) out[position++] = data[i] as number
  return position
}

const unwritten = new Map(Object.entries({ inf: 'Infinity', '-inf': '-Infinity', nan: 'NaN' }))

function encodeRareDouble({ data, start, end, negate }: Field, out: Buffer, at: number): number {
  const text = latin1(data, start, end)
  const number = Number(unwritten.get(text.toLowerCase()) ?? (/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? text : 'x'))
  if (Number.isNaN(number) && text.toLowerCase() !== 'nan') return -1
  return at + out.write(String(negate ? -number : number), at, 'latin1')
}

function encodeDate({ data, start, end }: Field, out: Buffer, at: number): number {
  const text = latin1(data, start, end)
  return parseDay(text) === undefined ? -1 : at + out.write(text, at, 'latin1')
}

/** An instant with its zone, `2024-09-06T19:05:30Z`. */
function encodeInstant({ data, start, end }: Field, out: Buffer, at: number): number {
  const text = latin1(data, start, end)
  if (!/^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[-+]\d{2}:?\d{2})$/.test(text)) return -1
  // JavaScript takes the 30th of February for the first of March.
  if (parseDay(text.slice(0, 10)) === undefined) return -1
  const date = new Date(text)
  return Number.isNaN(date.getTime()) ? -1 : at + out.write(date.toISOString(), at, 'latin1')
}

const booleans = new Map(Object.entries({ 1: 't', true: 't', t: 't', 0: 'f', false: 'f', f: 'f' }))

function encodeBoolean({ data, start, end }: Field, out: Buffer, at: number): number {
  const found = booleans.get(latin1(data, start, end).toLowerCase())
  return found === undefined ? -1 : at + out.write(found, at, 'latin1')
}

const latin1 = (data: Uint8Array, start: number, end: number): string =>
  Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('latin1', start, end)

export const encoders: Record<ColumnKind, Encode> = {
  text: encodeText,
  integer: encodeInteger,
  double: encodeDouble,
  date: encodeDate,
  instant: encodeInstant,
  boolean: encodeBoolean,
  json: encodeText,
}
