import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PayloadError } from '../../../src/core/errors.ts'
import { createCsvScanner, fieldText } from '../../../src/pipeline/files/csv-scanner.ts'

interface Scanned {
  fields: string[]
  line: number
  raw: string
  problem?: string
}

/** All records of a file that comes in these pieces. */
function scan(...pieces: (string | Uint8Array)[]): Scanned[] {
  const found: Scanned[] = []
  const scanner = createCsvScanner('games', record => {
    const fields = Array.from({ length: record.count }, (_, i) => fieldText(record, i))
    const raw = Buffer.from(record.data.subarray(record.from, record.to)).toString()
    const { line, problem } = record
    found.push({ ...(problem === undefined ? { fields } : { fields: [], problem }), line, raw })
  })
  for (const piece of pieces) scanner.write(Buffer.from(piece))
  scanner.end()
  return found
}

const fieldsOf = (...pieces: (string | Uint8Array)[]): string[][] => scan(...pieces).map(({ fields }) => fields)

/** Cuts a file at these places, as shares of its length. */
function cut(file: Buffer, shares: readonly number[]): Buffer[] {
  const places = [0, ...shares.map(share => Math.floor(share * file.length)).sort((a, b) => a - b), file.length]
  return places.slice(1).map((to, i) => file.subarray(places[i], to))
}

/** A field as text, and whether it is quoted though it need not be. */
const anyField = fc.record({
  text: fc.string({ unit: fc.constantFrom('a', '7', ' ', ',', '"', '\n', '\r\n', '\\', '\t', 'é', '🏈', '\r'), maxLength: 8 }),
  quoted: fc.boolean(),
})
/** One empty field alone would be a blank line. */
const anyRecord = fc
  .array(anyField, { minLength: 1, maxLength: 6 })
  .map(fields => (fields.length === 1 && fields[0]?.text === '' ? [{ text: '', quoted: true }] : fields))

const written = ({ text, quoted }: { text: string; quoted: boolean }): string =>
  quoted || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text

describe('any file gives its records back', () => {
  test('whatever is in them, however they are quoted, and wherever the pieces of the file end', () => {
    const anyFile = fc.record({
      records: fc.array(anyRecord, { maxLength: 12 }),
      newline: fc.constantFrom('\n', '\r\n'),
      mark: fc.boolean(),
      ends: fc.boolean(),
      blank: fc.nat(3),
      cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 }),
    })
    fc.assert(
      fc.property(anyFile, ({ records, newline, mark, ends, blank, cuts }) => {
        const lines = records.map(record => record.map(written).join(','))
        const between = newline.repeat(1 + blank)
        const file = Buffer.from(`${mark ? '\uFEFF' : ''}${lines.join(between)}${ends && lines.length > 0 ? newline : ''}`)
        expect(fieldsOf(...cut(file, cuts))).toEqual(records.map(record => record.map(({ text }) => text)))
      }),
      { numRuns: 500 },
    )
  })

  test('byte by byte', () => {
    const file = Buffer.from('\uFEFFa,"b ""c"""\r\n"1\n2",é\r\n')
    expect(fieldsOf(...Array.from(file, byte => Uint8Array.of(byte)))).toEqual([
      ['a', 'b "c"'],
      ['1\n2', 'é'],
    ])
  })

  test('with more columns than any file has', () => {
    const wide = Array.from({ length: 1_000 }, (_, i) => `c${i}`)
    expect(fieldsOf(`${wide.join(',')}\n`)).toEqual([wide])
  })
})

test.each<[string, string, string[][]]>([
  ['an empty file has no records', '', []],
  ['a byte order mark alone is no record', '\uFEFF', []],
  ['blank lines are no records', '\n\r\na\n\n\r\nb\n\n', [['a'], ['b']]],
  [
    'the last line needs no newline',
    'a,b\n1,2',
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  ],
  ['a comma at the very end begins a field', 'a,', [['a', '']]],
  ['a quoted field may be the last of the file', '"a"', [['a']]],
  ['a quoted empty field alone is a record', 'a\n""\n', [['a'], ['']]],
  [
    'a carriage return within quotes is part of the field',
    '"a\rb",c\r\n"\r\n",d\n',
    [
      ['a\rb', 'c'],
      ['\r\n', 'd'],
    ],
  ],
  ['a carriage return may end the last line', 'a,b\r', [['a', 'b']]],
  ['spaces are part of a field', ' a , b \n', [[' a ', ' b ']]],
])('%s', (_, file, records) => {
  expect(fieldsOf(file)).toEqual(records)
})

const anyWay = [
  ['at once', (file: Buffer) => [file]],
  ['byte by byte', (file: Buffer) => Array.from(file, byte => Uint8Array.of(byte))],
] as const

test.each(anyWay)('bytes that are not UTF-8 are told with the line they are in, %s', (_, pieces) => {
  const file = Buffer.concat([Buffer.from('é,1\n"ü\n'), Buffer.from([0xe9, 0x0a]), Buffer.from('",2\n🏈,3')])
  expect(() => scan(...pieces(file))).toThrow('Line 3 of games is not UTF-8.')
})

test.each([
  ['little', [0xff, 0xfe]],
  ['big', [0xfe, 0xff]],
])('a file in UTF-16 (%s endian) is refused', (_, mark) => {
  const file = Buffer.concat([Buffer.from(mark), Buffer.from('a,b\n', 'utf16le')])
  for (const [, pieces] of anyWay)
    expect(() => scan(...pieces(file))).toThrow(new PayloadError('The file games is in UTF-16, not in UTF-8.'))
})

describe('a record that breaks the rules is told, and the ones around it are read', () => {
  test.each([
    ['"a"x,b', 'has text behind a closing quote'],
    ['"a" ,b', 'has text behind a closing quote'],
    ['b,"a "Bo" c","d"', 'has text behind a closing quote'],
    ['"a,"b","c"', 'has text behind a closing quote'],
    ['b,""a""', 'has text behind a closing quote'],
    ['a "Bo" c,d', 'has a quote in a field that does not begin with one'],
    [' "a",b', 'has a quote in a field that does not begin with one'],
    ['5\'10",b', 'has a quote in a field that does not begin with one'],
    ['a\rb,c', 'has a carriage return outside quotes that ends no line'],
    ['"a"\rb,c', 'has a carriage return outside quotes that ends no line'],
    ['a\0,b', 'has a NUL byte'],
    ['"\0"', 'has a NUL byte'],
  ])('%j', (bad, problem) => {
    for (const newline of ['\n', '\r\n'])
      for (const [, pieces] of anyWay)
        expect(scan(...pieces(Buffer.from(['"1",2', bad, '3,"4"', ''].join(newline))))).toEqual([
          { fields: ['1', '2'], line: 1, raw: '"1",2' },
          { fields: [], problem, line: 2, raw: bad },
          { fields: ['3', '4'], line: 3, raw: '3,"4"' },
        ])
  })

  test('wherever the pieces of the file end', () => {
    const unit = fc.constantFrom('a', '7', ' ', ',', ',', '"', '"', '\n', '\r\n', '\r', 'é', '\0')
    const outcome = (pieces: readonly Buffer[]) => {
      try {
        return scan(...pieces)
      } catch (error) {
        return String(error)
      }
    }
    const places = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 })
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 40 }), places, (text, cuts) => {
        const file = Buffer.from(text)
        const expected = outcome([file])
        // Of a file that is refused, records before the fault may have been handed on.
        expect(outcome(cut(file, cuts))).toEqual(expected)
      }),
      { numRuns: 3_000 },
    )
  })
})

test.each([
  ['behind a quote', 'a,b\n"1\n2\n"3,4\n', 'has text behind a closing quote'],
  ['of one that opens a later field', 'a,b\n1,"2\n3,"4"\n', 'has text behind a closing quote'],
  ['before a bare quote', 'a,b\n"1\n2,3,", Jr."\n', 'has a quote in a field that does not begin with one'],
])('a bad record that spans lines refuses the file: %s', (_, file, problem) => {
  for (const [, pieces] of anyWay)
    expect(() => scan(...pieces(Buffer.from(file)))).toThrow(
      new RegExp(`^The record of lines 2 to [34] of games ${problem}: which lines belong to it cannot be told\\.$`),
    )
})

test('a record knows the line it begins on, and how it was written', () => {
  expect(scan('a,b\r\n"1\n2",3\n\n4,"5"')).toEqual([
    { fields: ['a', 'b'], line: 1, raw: 'a,b' },
    { fields: ['1\n2', '3'], line: 2, raw: '"1\n2",3' },
    { fields: ['4', '5'], line: 5, raw: '4,"5"' },
  ])
})

test.each([
  ['at once', ['a,b\n1,"2\n3,4\n']],
  ['in pieces', ['a,b\n', '1,"', '2\n', '3,4\n']],
])('a quote that is never closed is told with its line, %s', (_, pieces) => {
  expect(() => scan(...pieces)).toThrow(new PayloadError('The quoted field that begins in line 2 of games does not end.'))
})

test('a quote that was forgotten does not swallow a file without end', () => {
  const line = Buffer.from(`${'x,'.repeat(500)}\n`)
  const scanner = createCsvScanner('games', () => {})
  scanner.write(Buffer.from('a\n"'))
  let pieces = 0
  const feed = () => {
    for (; pieces < 5_000; pieces++) scanner.write(line)
  }
  expect(feed).toThrow(
    'The record that begins in line 2 of games is longer than 1048576 bytes: a quote or the line ends may be missing.',
  )
  expect(pieces).toBeLessThan(1_100)
})
