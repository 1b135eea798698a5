import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ColumnKind, encoders } from '../../../src/pipeline/files/encode-value.ts'
import { copyChunks } from '../../../src/store/copy-stream.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'

interface How {
  negate?: boolean
  doubled?: boolean
}

/** A field as COPY is sent it; undefined where it is not of that kind. */
function encode(kind: ColumnKind, text: string, { negate = false, doubled = false }: How = {}): string | undefined {
  // Neither what stands before a field nor what stands behind it is part of it.
  const data = Buffer.from(`9${text}9`)
  const out = Buffer.alloc(data.length * 3 + 64)
  const end = encoders[kind]({ data, start: 1, end: data.length - 1, doubled, negate }, out, 2)
  return end < 0 ? undefined : out.toString('utf8', 2, end)
}

describe('a whole number has one form', () => {
  test.each([
    ['43', '43'],
    ['43.0', '43'],
    ['43.000', '43'],
    ['43.', '43'],
    ['+43', '43'],
    ['0043', '43'],
    ['-7', '-7'],
    ['0', '0'],
    ['-0', '0'],
    ['-0.0', '0'],
    ['000', '0'],
    ['2147483647', '2147483647'],
    ['-2147483647', '-2147483647'],
    ['0002147483647.0', '2147483647'],
  ])('%s is sent as %s', (text, sent) => {
    expect(encode('integer', text)).toBe(sent)
  })

  test.each([
    '2147483648',
    '-2147483649',
    '99999999999',
    '4.5',
    '4,5',
    '1e3',
    'x',
    '-',
    '+',
    '.0',
    '4 ',
    ' 4',
    '--4',
    'NA',
    '0x10',
  ])('%s is none', text => {
    expect(encode('integer', text)).toBeUndefined()
  })

  test.each([
    ['12', '-12'],
    ['-12', '12'],
    ['+12.0', '-12'],
    ['0', '0'],
    ['-0', '0'],
    ['0.0', '0'],
  ])('%s with its sign turned is %s', (text, sent) => {
    expect(encode('integer', text, { negate: true })).toBe(sent)
  })
})

describe('a fraction has one form', () => {
  test.each([
    ['0.50', '0.5'],
    ['0.5', '0.5'],
    ['.5', '0.5'],
    ['-.5', '-0.5'],
    ['+1.25', '1.25'],
    ['43.0', '43'],
    ['43', '43'],
    ['100', '100'],
    ['5.', '5'],
    ['007.5', '7.5'],
    ['00', '0'],
    ['-0', '0'],
    ['-0.00', '0'],
    ['-00.0', '0'],
    ['1e-05', '0.00001'],
    ['0.00001', '0.00001'],
    ['1E3', '1000'],
    ['-0e0', '0'],
    ['Inf', 'Infinity'],
    ['-inf', '-Infinity'],
    ['NaN', 'NaN'],
    ['nan', 'NaN'],
    ['0.30000001192092896', '0.30000001192092896'],
  ])('%s is sent as %s', (text, sent) => {
    expect(encode('double', text)).toBe(sent)
  })

  test.each(['', '.', '-', 'x', '1.2.3', '1e', '1 ', '1,5', 'Infinite', '0x1', '--1'])('%j is none', text => {
    expect(encode('double', text)).toBeUndefined()
  })

  test.each([
    ['1.50', '-1.5'],
    ['-1.5', '1.5'],
    ['0.0', '0'],
    ['1e-05', '-0.00001'],
    ['Inf', '-Infinity'],
    ['NaN', 'NaN'],
  ])('%s with its sign turned is %s', (text, sent) => {
    expect(encode('double', text, { negate: true })).toBe(sent)
  })
})

test.each([
  ['date', '2024-02-29', '2024-02-29'],
  ['date', '2023-02-29', undefined],
  ['date', '2024-2-9', undefined],
  ['date', '02/09/2024', undefined],
  ['instant', '2024-09-06T19:05:30Z', '2024-09-06T19:05:30.000Z'],
  ['instant', '2024-09-06 19:05:30+00:00', '2024-09-06T19:05:30.000Z'],
  ['instant', '2024-09-06T15:05:30.25-04:00', '2024-09-06T19:05:30.250Z'],
  ['instant', '2024-09-06T19:05:30', undefined],
  ['instant', '2024-13-06T19:05:30Z', undefined],
  ['instant', '2024-02-30T19:05:30Z', undefined],
  ['instant', '2024-09-06', undefined],
  ['boolean', '1', 't'],
  ['boolean', 'TRUE', 't'],
  ['boolean', 'F', 'f'],
  ['boolean', '0', 'f'],
  ['boolean', 'yes', undefined],
] as const)('%s: %s is sent as %s', (kind, text, sent) => {
  expect(encode(kind, text)).toBe(sent)
})

test('text is sent so that COPY reads it as it is', () => {
  expect(encode('text', 'a\tb\nc\rd\\e')).toBe('a\\tb\\nc\\rd\\\\e')
  expect(encode('text', '\\N')).toBe('\\\\N')
  expect(encode('text', '\\.')).toBe('\\\\.')
  expect(encode('text', 'He said ""no""', { doubled: true })).toBe('He said "no"')
  expect(encode('text', '""""', { doubled: true })).toBe('""')
  expect(encode('text', '"')).toBe('"')
})

describe('what Postgres reads is what the file said', () => {
  let db: TestDatabase
  beforeAll(async () => {
    db = await createTestDatabase({ empty: true })
  })
  afterAll(() => db[Symbol.asyncDispose]())

  /** What a column of that type holds after these have been copied into it, in their order. */
  async function stored<T>(type: string, sent: readonly string[]): Promise<T[]> {
    const lines = async function* () {
      yield Buffer.from(sent.map((value, i) => `${i}\t${value}\n`).join(''))
    }
    return await db.database.transaction(async tx => {
      await tx`create temporary table kept (place integer, value ${tx.unsafe(type)}) on commit drop`
      await copyChunks(tx, sql => sql`copy kept from stdin`, lines())
      return (await tx<{ value: T }[]>`select value from kept order by place`).map(({ value }) => value)
    })
  }

  test('for any text', async () => {
    const anyText = fc.string({
      unit: fc.oneof(
        fc.constantFrom('\\', '\t', '\n', '\r', '"', '\b', '\v', '.', 'N'),
        fc.string({ minLength: 1, maxLength: 1, unit: 'grapheme' }).filter(text => !text.includes('\0')),
      ),
      maxLength: 20,
    })
    await fc.assert(
      fc.asyncProperty(fc.array(anyText, { maxLength: 50 }), async texts => {
        const kept = await stored<string>(
          'text',
          texts.map(text => encode('text', text.replaceAll('"', '""'), { doubled: true }) as string),
        )
        expect(kept).toEqual(texts)
      }),
      { numRuns: 30 },
    )
  })

  test('for any whole number', async () => {
    const limit = 2_147_483_647
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: -limit, max: limit }), fc.boolean(), fc.constantFrom('', '.0')), { maxLength: 100 }),
        async numbers => {
          const sent = numbers.map(([number, negate, ending]) => encode('integer', `${number}${ending}`, { negate }) as string)
          expect(await stored('integer', sent)).toEqual(numbers.map(([number, negate]) => (negate ? 0 - number : number)))
        },
      ),
      { numRuns: 20 },
    )
  })

  test('for any fraction, however it is written', async () => {
    const anyDouble = fc.double({ noNaN: true }).map(number => number + 0)
    const form = fc.constantFrom<(number: number) => string>(
      String,
      number => number.toExponential(),
      number => (Math.abs(number) < 1e20 ? number.toFixed(20) : String(number)),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(anyDouble, form, fc.boolean()), { maxLength: 100 }), async numbers => {
        const written = numbers.map(([number, write]) => write(number).replace('Infinity', 'Inf').replace(/^\+/, ''))
        const sent = numbers.map(([, , negate], i) => encode('double', written[i] as string, { negate }) as string)
        const said = numbers.map(([, , negate], i) => {
          const value = Number((written[i] as string).replace('Inf', 'Infinity'))
          return (negate ? -value : value) + 0
        })
        expect((await stored<number>('double precision', sent)).map(value => value + 0)).toEqual(said)
      }),
      { numRuns: 30 },
    )
  })
})
