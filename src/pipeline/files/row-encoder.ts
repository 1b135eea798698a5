import { hash } from 'node:crypto'
import { PayloadError } from '../../core/errors.ts'
import { type Column, type FileShape, type ReadField, toTableShape } from './columns.ts'
import { type CsvRecord, fieldText } from './csv-scanner.ts'
import { encoders, type Field } from './encode-value.ts'
import { createKeyMap, type KeyMap } from './key-map.ts'

/** A record that cannot be a row. */
export interface BadRow {
  line: number
  /** Its key, as far as it can be read; else its line. */
  item: string
  reason: string
  /** As it was sent. */
  raw: Uint8Array
}

export interface EncoderOptions {
  /** In words, for messages: `player-stats of 2024`. */
  what: string
  provider: string
  /** Every row is of this season; undefined for a file about all of them. */
  season: string | undefined
  /** The file writes `NA` for what is missing. */
  naIsMissing: boolean
  at: Date
  /** Stored rows, by `provider_id` with `hashNumber` of their hash: those that did not change are left out. */
  known?: KeyMap
}

/** The beginning of a row's hash as a number above 0. */
export const hashNumber = (hash: Uint8Array): number =>
  Buffer.from(hash.buffer, hash.byteOffset, hash.length).readUIntBE(0, 6) + 1

/** Values that are not of their column's kind, and are kept under `extra`. */
export interface OddValues {
  column: string
  count: number
  example: string
}

export interface RowEncoder {
  /** Of the COPY statement. */
  readonly copyColumns: readonly string[]
  /** Columns nobody declared, kept under `extra`. */
  readonly unknown: readonly string[]
  /** Rows of different keys. */
  readonly rows: number
  /** Of those, known ones: with the hash they are stored with, and with another. */
  readonly unchanged: number
  readonly changed: number
  readonly bad: readonly BadRow[]
  readonly odd: readonly OddValues[]
  /** Rows whose key has been seen before, each a line for COPY of its own: the caller decides which of them counts. */
  readonly repeated: readonly Buffer[]
  /** Encodes a record; the first one is the header. @throws PayloadError where the file is not what it should be */
  add(record: CsvRecord): void
  /** The lines encoded since the last call. */
  take(): Buffer
  /** Whether a row with this `provider_id` was among them. */
  has(providerId: Uint8Array): boolean
  /** The file is over. @throws PayloadError where too much of it was not what it should be */
  finish(): void
}

const tab = 0x09
const missing = Buffer.from('\\N')

/** So many rows of a file may be bad, or one in a hundred; with more, the file is. */
const bearable = 20
const bearableShare = 0.01
const maxRepeated = 10_000

/**
 * Turns the records of a file into lines for COPY, column by column: no object is made of a row, and nothing but bytes is copied.
 * The columns are in the order of the table, so a row's hash does not depend on how the file is laid out.
 */
export function createRowEncoder(shape: FileShape, options: EncoderOptions): RowEncoder {
  const { what, provider, season, naIsMissing, at, known } = options
  const { columns, table } = toTableShape(shape)
  const { computed = {}, orElse = {} } = shape
  const stamp = `\t${at.toISOString()}\t${at.toISOString()}\n`
  const seasonColumn = columns.findIndex(({ name }) => name === 'season')
  const keyColumns = columns.flatMap(({ isKey }, i) => (isKey ? [i] : []))

  let header: string[] | undefined
  let places: (number | undefined)[] = []
  let negates: boolean[] = []
  let unknown: string[] = []
  let unknownAt: number[] = []
  let current: CsvRecord | undefined
  const placeOfName = new Map<string, number>()

  let out = Buffer.allocUnsafe(1 << 19)
  let length = 0
  /** What the record at hand takes at most. */
  let room = 0
  let rows = 0
  let records = 0
  let badCount = 0
  const bad: BadRow[] = []
  const odd = new Map<string, OddValues>()
  const repeated: Buffer[] = []
  const seen = createKeyMap()
  let unchanged = 0
  let changed = 0
  const starts = new Int32Array(columns.length)
  const ends = new Int32Array(columns.length)
  const invalid = new Int32Array(columns.length)
  const field: Field = { data: out, start: 0, end: 0, doubled: false, negate: false }

  const read: ReadField = name => {
    const place = placeOfName.get(name)
    return place === undefined || !current || place >= current.count ? '' : fieldText(current, place)
  }

  function readHeader(record: CsvRecord): void {
    header = Array.from({ length: record.count }, (_, i) => fieldText(record, i).trim())
    header.forEach((name, i) => void placeOfName.set(name, i))
    const twice = header.find((name, i) => header?.indexOf(name) !== i)
    if (twice !== undefined) throw new PayloadError(`The file ${what} has two columns called ${twice}.`)
    const found = columns.map(({ names }) => names.find(({ name }) => placeOfName.has(name)))
    const lacking = columns.filter((column, i) => column.required && !found[i]).map(({ name }) => name)
    if (lacking.length > 0) throw lacksColumns(what, lacking, header)
    places = found.map(name => name && placeOfName.get(name.name))
    negates = found.map(name => name?.negate ?? false)
    const used = new Set(places)
    const others = header.map((name, i) => ({ name, i })).filter(({ name, i }) => name !== '' && !used.has(i))
    // Wherever they stand in the file, a row's `extra` is the same text.
    others.sort((a, b) => (a.name < b.name ? -1 : 1))
    unknownAt = others.map(({ i }) => i)
    unknown = others.map(({ name }) => name)
  }

  function add(record: CsvRecord): void {
    current = record
    if (!header) {
      readHeader(record)
      return
    }
    records++
    if (record.count !== header.length) {
      refuse(record, `has ${record.count} fields, and the header ${header.length} columns`)
      return
    }
    // A byte becomes three at most, and is sent twice where it is part of the key; a missing value two, and the rest is short.
    room = (record.to - record.from) * 6 + columns.length * 24 + 512
    reserve(room)
    const from = length
    const problem = encodeColumns(record)
    if (problem) {
      length = from
      refuse(record, problem)
      return
    }
    finishRow(from)
  }

  function encodeColumns(record: CsvRecord): string | undefined {
    let strange: Record<string, string> | undefined
    field.data = record.data
    for (let i = 0; i < columns.length; i++) {
      const column = columns[i] as Column
      const place = places[i]
      starts[i] = length
      if (place === undefined) {
        const value = column.name in computed ? computed[column.name]?.(read) : undefined
        writeText(value)
        if (value === undefined && column.notNull) return `has no ${column.name}`
      } else {
        field.start = record.starts[place] as number
        field.end = record.ends[place] as number
        if (isMissing(record)) {
          const value = column.isKey ? orElse[column.name]?.(read) : undefined
          if (value === undefined && column.notNull) return `has no ${column.name}`
          writeText(value)
        } else {
          field.doubled = record.quoted[place] === 2
          field.negate = negates[i] as boolean
          const end = encoders[column.kind](field, out, length)
          if (end >= 0) length = end
          else {
            const text = fieldText(record, place)
            note(i, text)
            if (column.required || column.notNull) return `has ${quoted(text)} for ${column.name}, which is no ${column.kind}`
            strange = { ...strange, [header?.[place] as string]: text }
            writeText(undefined)
          }
        }
      }
      ends[i] = length
      out[length++] = tab
    }
    if (season !== undefined && seasonColumn >= 0) {
      const own = out.toString('latin1', starts[seasonColumn], ends[seasonColumn])
      if (own !== season) return `is of the season ${own}`
    }
    writeExtra(record, strange)
    return undefined
  }

  function isMissing({ data }: CsvRecord): boolean {
    const size = field.end - field.start
    return size === 0 || (naIsMissing && size === 2 && data[field.start] === 0x4e && data[field.start + 1] === 0x41)
  }

  function writeExtra(record: CsvRecord, strange: Record<string, string> | undefined): void {
    let kept = strange
    for (let i = 0; i < unknownAt.length; i++) {
      const place = unknownAt[i] as number
      if (record.starts[place] !== record.ends[place]) kept = { ...kept, [unknown[i] as string]: fieldText(record, place) }
    }
    writeText(kept && JSON.stringify(kept))
  }

  /** A value that is made here, and so may be longer than what was reserved. */
  function writeText(value: string | undefined): void {
    if (value === undefined) {
      out[length++] = missing[0] as number
      out[length++] = missing[1] as number
      return
    }
    const data = Buffer.from(value)
    reserve(data.length * 6 + room)
    length = encoders.text({ data, start: 0, end: data.length, doubled: false, negate: false }, out, length)
  }

  function finishRow(from: number): void {
    const digest = hash('sha256', out.subarray(from, length), 'buffer')
    const tail = `\t${provider}\t`
    length += out.write(tail, length, 'latin1')
    const keyFrom = length
    for (let k = 0; k < keyColumns.length; k++) {
      const i = keyColumns[k] as number
      if (k > 0) out[length++] = 0x3a
      out.copy(out, length, starts[i], ends[i])
      length += (ends[i] as number) - (starts[i] as number)
    }
    const keyTo = length
    length += out.write('\t\\\\x', length, 'latin1')
    length += out.write(digest.toString('hex', 0, 16), length, 'latin1')
    length += out.write(stamp, length, 'latin1')
    if (seen.get(out, keyFrom, keyTo) > 0) {
      repeated.push(Buffer.from(out.subarray(from, length)))
      length = from
      if (repeated.length > maxRepeated) throw tooMuchRepeated(what)
      return
    }
    seen.set(out, keyFrom, keyTo, 1)
    rows++
    const stored = known?.get(out, keyFrom, keyTo) ?? 0
    if (stored === 0) return
    if (stored === hashNumber(digest)) {
      unchanged++
      length = from
    } else changed++
  }

  function reserve(bytes: number): void {
    if (out.length - length >= bytes) return
    const more = Buffer.allocUnsafe(Math.max(out.length * 2, length + bytes))
    out.copy(more, 0, 0, length)
    out = more
  }

  function note(i: number, text: string): void {
    invalid[i] = (invalid[i] as number) + 1
    const { name, required } = columns[i] as Column
    const known = odd.get(name)
    if (known) known.count++
    else odd.set(name, { column: name, count: 1, example: text.slice(0, 60) })
    if (required && (invalid[i] as number) > 50 * bearable) judge()
  }

  function refuse(record: CsvRecord, reason: string): void {
    badCount++
    if (badCount > 50 * bearable) judge()
    const keys = keyColumns.map(i => read(header?.[places[i] ?? -1] ?? '')).join(':')
    const readable = record.count === header?.length && !/^:*$/.test(keys)
    bad.push({
      line: record.line,
      item: readable ? keys : `line ${record.line}`,
      reason,
      raw: Uint8Array.prototype.slice.call(record.data, record.from, record.to),
    })
  }

  function judge(): void {
    const limit = Math.max(bearable, records * bearableShare)
    const retyped = columns.findIndex((column, i) => column.required && (invalid[i] as number) > limit)
    const column = columns[retyped]
    if (column) {
      const { example } = odd.get(column.name) as OddValues
      throw new PayloadError(
        `The column ${column.name} of ${what} is no ${column.kind} any more: ${invalid[retyped]} of ${records} rows have something else, ${quoted(example)} for one.`,
      )
    }
    if (badCount > limit || badCount === records)
      throw new PayloadError(
        `${badCount} of ${records} rows of ${what} cannot be read; the first, in line ${bad[0]?.line}, ${bad[0]?.reason}.`,
      )
  }

  return {
    copyColumns: [...columns.map(({ name }) => name), 'extra', 'provider', 'provider_id', 'row_hash', 'created_at', 'updated_at'],
    get unknown() {
      return unknown
    },
    get rows() {
      return rows
    },
    get unchanged() {
      return unchanged
    },
    get changed() {
      return changed
    },
    has: providerId => seen.get(providerId, 0, providerId.length) > 0,
    bad,
    get odd() {
      return [...odd.values()]
    },
    repeated,
    add,
    take() {
      const lines = out.subarray(0, length)
      out = Buffer.allocUnsafe(out.length)
      length = 0
      return lines
    },
    finish() {
      if (!header) throw new PayloadError(`The file ${what} is empty.`)
      if (records === 0) throw new PayloadError(`The file ${what} has no rows.`, { hint: `Its table is ${table}.` })
      judge()
    },
  }
}

const quoted = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text)

const tooMuchRepeated = (what: string) =>
  new PayloadError(`The file ${what} has more than ${maxRepeated} rows with keys that are there already.`)

function lacksColumns(what: string, lacking: readonly string[], header: readonly string[]): PayloadError {
  const [first] = lacking
  const others = lacking.length > 1 ? ` and ${lacking.length - 1} others` : ''
  return new PayloadError(`The file ${what} lacks the column ${first}${others}.`, {
    hint: `Its columns may have been renamed; it begins with ${header.slice(0, 6).join(', ').slice(0, 120)}.`,
  })
}
