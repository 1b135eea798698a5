import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PayloadError } from '../../../src/core/errors.ts'
import { createCsvScanner, fieldText } from '../../../src/pipeline/files/csv-scanner.ts'

interface Scanned {
  fields: string[]
  line: number
  raw: string
}

/** All records of a file that comes in these pieces. */
function scan(...pieces: (string | Uint8Array)[]): Scanned[] {
  const found: Scanned[] = []
  const scanner = createCsvScanner(record => {
    const fields = Array.from({ length: record.count }, (_, i) => fieldText(record, i))
    found.push({ fields, line: record.line, raw: Buffer.from(record.data.subarray(record.from, record.to)).toString() })
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
  text: fc.string({ unit: fc.constantFrom('a', '7', ' ', ',', '"', '\n', '\r\n', '\\', '\t', 'é', '🏈', '\0'), maxLength: 8 }),
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
        expect(fieldsOf(...cut(file, cuts))).toEqual(
          records.map(record => record.map(({ text }) => text.replaceAll('\0', '\uFFFD'))),
        )
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
  ['a quote within an unquoted field is one', 'a"b,c\n', [['a"b', 'c']]],
  ['what stands behind a closing quote is left out', '"a"x,"b" \r\n', [['a', 'b']]],
  ['a carriage return within a line is part of it', 'a\rb,c\r\n', [['a\rb', 'c']]],
  ['spaces are part of a field', ' a , b \n', [[' a ', ' b ']]],
])('%s', (_, file, records) => {
  expect(fieldsOf(file)).toEqual(records)
})

test.each([
  ['at once', (file: Buffer) => [file]],
  ['byte by byte', (file: Buffer) => Array.from(file, byte => Uint8Array.of(byte))],
])('bytes that are no UTF-8 are told apart from letters, and no field is lost, %s', (_, pieces) => {
  const file = Buffer.concat([
    Buffer.from('é,1\n"'),
    Buffer.from([0xe9, 0x0a, 0xff]),
    Buffer.from('",2\n🏈,3'),
    Buffer.from([0xf0]),
  ])
  expect(scan(...pieces(file)).map(({ fields, line }) => [line, ...fields])).toEqual([
    [1, 'é', '1'],
    [2, '\uFFFD\n\uFFFD', '2'],
    [4, '🏈', '3\uFFFD'],
  ])
})

test('a record knows the line it begins on, and how it was written', () => {
  expect(scan('a,b\r\n"1\n2",3\n\n4,"5"')).toEqual([
    { fields: ['a', 'b'], line: 1, raw: 'a,b\r' },
    { fields: ['1\n2', '3'], line: 2, raw: '"1\n2",3' },
    { fields: ['4', '5'], line: 5, raw: '4,"5"' },
  ])
})

test.each([
  ['at once', ['a,b\n1,"2\n3,4\n']],
  ['in pieces', ['a,b\n', '1,"', '2\n', '3,4\n']],
])('a quote that is never closed is told with its line, %s', (_, pieces) => {
  expect(() => scan(...pieces)).toThrow(new PayloadError('The quoted field that begins in line 2 does not end.'))
})

test('a quote that was forgotten does not swallow a file without end', () => {
  const line = Buffer.from(`${'x,'.repeat(500)}\n`)
  const scanner = createCsvScanner(() => {})
  scanner.write(Buffer.from('a\n"'))
  let pieces = 0
  const feed = () => {
    for (; pieces < 5_000; pieces++) scanner.write(line)
  }
  expect(feed).toThrow('The record that begins in line 2 is longer than 1048576 bytes: a quote may be missing.')
  expect(pieces).toBeLessThan(1_100)
})
