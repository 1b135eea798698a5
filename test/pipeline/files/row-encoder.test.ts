import { describe, expect, test } from 'vitest'
import { createCsvScanner } from '../../../src/pipeline/files/csv-scanner.ts'
import { createRowEncoder, type RowEncoder } from '../../../src/pipeline/files/row-encoder.ts'
import { type CsvRow, csv } from '../../support/csv.ts'
import { line, shape } from './lines.ts'

interface Encoded {
  encoder: RowEncoder
  /** By the table's columns, as COPY is sent them. */
  rows: Record<string, string>[]
}

const at = new Date('2024-09-10T12:00:00Z')

/** Encodes a file that comes in one piece. */
function encode(file: string | Buffer, { season = '2024', naIsMissing = false } = {}): Encoded {
  const encoder = createRowEncoder(shape, { what: `lines of ${season}`, provider: 'files', season, naIsMissing, at })
  const scanner = createCsvScanner('lines of 2024', record => encoder.add(record))
  scanner.write(Buffer.from(file))
  scanner.end()
  encoder.finish()
  const sent = encoder.take().toString().split('\n').slice(0, -1)
  const rows = sent.map(text => Object.fromEntries(text.split('\t').map((value, i) => [encoder.copyColumns[i] as string, value])))
  return { encoder, rows }
}

const hashesOf = (file: string) => encode(file).rows.map(row => row['row_hash'])

const many = (count: number, more: (n: number) => CsvRow = () => ({})): CsvRow[] =>
  Array.from({ length: count }, (_, n) => line(`p${n}`, more(n)))

test('a record becomes a line with its key, its hash and its times', () => {
  const { rows, encoder } = encode(csv([line('p1', { share: '0.50', note: 'a\tb', changed_at: '2024-09-09T08:00:00Z' })]))
  expect(rows).toEqual([
    {
      season: '2024',
      week: '1',
      player_id: 'p1',
      team: 'KC',
      yards: '10',
      lost: '\\N',
      share: '0.5',
      note: 'a\\tb',
      changed_at: '2024-09-09T08:00:00.000Z',
      club: 'club of KC',
      extra: '\\N',
      provider: 'files',
      provider_id: '2024:1:p1',
      row_hash: expect.stringMatching(/^\\\\x[0-9a-f]{32}$/),
      created_at: at.toISOString(),
      updated_at: at.toISOString(),
    },
  ])
  expect(encoder).toMatchObject({ counts: { rows: 1 }, errors: { bad: [], invalid: new Map() }, unknown: [], repeated: [] })
})

describe('the hash of a row', () => {
  const record = line('p1', { share: 0.5, lost: -7, new_one: 'x', another: 'y' })
  const [hash] = hashesOf(csv([record]))

  test.each<[string, string]>([
    ['the order of the columns', csv([record], Object.keys(record).reverse())],
    ['how numbers are written', csv([{ ...record, week: '1.0', yards: '10.0', share: '0.50', lost: '-7.00' }])],
    ['a column that is empty', csv([{ ...record, note: '', unheard_of: '' }])],
    [
      'a column that was called otherwise',
      csv(
        [{ ...record, lost: undefined, sack_yards: 7 }],
        Object.keys(record).map(name => (name === 'lost' ? 'sack_yards' : name)),
      ),
    ],
    ['blanks around an id', csv([{ ...record, player_id: ' p1  ' }])],
    ['quotes that need not be', csv([record]).replace('KC', '"KC"')],
    ['newlines of another system', csv([record]).replaceAll('\n', '\r\n')],
  ])('does not depend on %s', (_, file) => {
    expect(hashesOf(file)).toEqual([hash])
  })

  test.each<CsvRow>([{ yards: 11 }, { yards: undefined }, { team: 'LV' }, { note: ' ' }, { new_one: 'z' }])(
    'does on %j',
    change => {
      expect(hashesOf(csv([{ ...record, ...change }]))).not.toEqual([hash])
    },
  )
})

describe('columns', () => {
  test('that are unknown are stored in extra, where they hold something', () => {
    const { rows, encoder } = encode(csv([line('p1', { age: 23, 'a "b"': 'é' }), line('p2')]))
    expect(rows.map(row => row['extra'])).toEqual(['{"a \\\\"b\\\\"":"é","age":"23"}', '\\N'])
    expect(encoder.unknown).toEqual(['a "b"', 'age'])
  })

  test('are found by another name, and with the other sign where it has that', () => {
    const { rows, encoder } = encode(
      csv([{ season: 2024, week: 1, player_id: 'p1', recent_team: 'KC', yards: 5, sack_yards: 12 }]),
    )
    expect(rows).toMatchObject([{ team: 'KC', lost: '-12', yards: '5', extra: '\\N' }])
    expect(encoder.unknown).toEqual([])
  })

  test('of both names: the newer one counts, and the other is kept', () => {
    const { rows } = encode(csv([line('p1', { lost: -3, sack_yards: 4 })]))
    expect(rows).toMatchObject([{ lost: '-3', extra: '{"sack_yards":"4"}' }])
  })

  test('that are required and missing make the file another one', () => {
    const file = csv([{ season: 2024, week: 1, player_id: 'p1', squad: 'KC', gained: 5 }])
    expect(() => encode(file)).toThrow('The file lines of 2024 lacks the column team and 1 others.')
    expect(() => encode(csv([{ season: 2024, week: 1, name: 'p1', team: 'KC', yards: 5 }]))).toThrow(
      'lacks the column player_id.',
    )
  })

  test('without a name are called by their place, and none of their values is lost', () => {
    const { rows, encoder } = encode(',season,week,player_id,team,,yards\n1,2024,1,p1,KC,a,10\n2,2024,1,p2,KC,,10\n')
    expect(rows.map(row => row['extra'])).toEqual(['{"column 1":"1","column 6":"a"}', '{"column 1":"2"}'])
    expect(encoder.unknown).toEqual(['column 1', 'column 6'])
  })

  test.each([
    ['a carriage return', 'season,week\rteam\n', 'has a carriage return outside quotes that ends no line'],
    [
      'line ends of CR alone',
      'season,week,player_id,team,yards\r2024,1,p1,KC,10\r',
      'has a carriage return outside quotes that ends no line',
    ],
    ['text behind a quote', 'season,"week"x\n', 'has text behind a closing quote'],
    ['a NUL byte', 'season,we\0ek\n', 'has a NUL byte'],
  ])('are not read from a header with %s', (_, file, problem) => {
    expect(() => encode(file)).toThrow(`The header of the file lines of 2024 ${problem}.`)
  })

  test('are told apart in no time that grows with the square of them', () => {
    const more = 150_000
    const names = `${Object.keys(line('p1')).join(',')}${','.repeat(more)}`
    // Processor time, which other processes do not lengthen.
    const before = process.cpuUsage()
    const { rows } = encode(`${names}\n${Object.values(line('p1')).join(',')}${',x'.repeat(more)}\n`)
    expect(Object.keys(JSON.parse((rows[0]?.['extra'] ?? '').replaceAll('\\\\', '\\')))).toHaveLength(more)
    expect(process.cpuUsage(before).user).toBeLessThan(5_000_000)
  })

  test('are not there twice', () => {
    expect(() => encode('season,week,player_id,team,yards,yards\n')).toThrow(
      'The file lines of 2024 has two columns called yards.',
    )
  })

  test('that are required and hold something else make the file another one', () => {
    const file = csv(many(100, n => (n % 4 === 0 ? { yards: 'ten' } : {})))
    expect(() => encode(file)).toThrow(
      'The column yards of lines of 2024 is not of type integer any more: 25 of 100 rows have something else, e.g. "ten".',
    )
  })

  test('that are required and hold something else do so before the whole file was read', () => {
    const encoder = createRowEncoder(shape, { what: 'lines', provider: 'files', season: '2024', naIsMissing: false, at })
    const scanner = createCsvScanner('lines of 2024', record => encoder.add(record))
    expect(() => scanner.write(Buffer.from(csv(many(5_000, () => ({ yards: 'ten' })))))).toThrow(
      'is not of type integer any more',
    )
  })

  test('that are not required, and hold something else, have it stored in extra', () => {
    const { rows, encoder } = encode(csv(many(100, () => ({ share: 'half' }))))
    expect(rows).toHaveLength(100)
    expect(rows[0]).toMatchObject({ share: '\\N', extra: '{"share":"half"}' })
    expect([...encoder.errors.invalid]).toEqual([['share', { kind: 'double', required: false, count: 100, example: 'half' }]])
  })
})

describe('a few rows that cannot be read become dead letters, and the others are rows', () => {
  test.each<[string, string, string, string]>([
    ['with too few fields', '2024,1,px\n', 'line 4', 'has 3 fields, and the header 5 columns'],
    ['with too many fields', '2024,1,px,KC,1,2\n', 'line 4', 'has 6 fields, and the header 5 columns'],
    ['of another season', '2023,1,px,KC,1\n', '2023:1:px', 'is of the season 2023'],
    ['without a part of its key', '2024,,px,KC,1\n', '2024::px', 'has no week'],
    ['without a value that there has to be', '2024,1,px,,1\n', '2024:1:px', 'has no team'],
    ['with a word for a number', '2024,1,px,KC,ten\n', '2024:1:px', 'has "ten" for yards, which is not of type integer'],
    [
      'with a number that is too great',
      '2024,1,px,KC,2147483648\n',
      '2024:1:px',
      'has "2147483648" for yards, which is not of type integer',
    ],
    ['without anything', ',,,,\n', 'line 4', 'has no season'],
    ['with text behind a closing quote', '2024,1,"p"x,KC,1\n', 'line 4', 'has text behind a closing quote'],
    ['with a NUL byte', '2024,1,p\0x,KC,1\n', 'line 4', 'has a NUL byte'],
  ])('one %s', (_, bad, item, reason) => {
    const { rows, encoder } = encode(`${csv(many(2))}${bad}${csv(many(1, () => ({ player_id: 'p9' }))).split('\n')[1]}\n`)
    expect(rows.map(row => row['player_id'])).toEqual(['p0', 'p1', 'p9'])
    expect(encoder.counts.rows).toBe(3)
    expect(encoder.errors.bad.map(({ raw, ...rest }) => ({ ...rest, raw: Buffer.from(raw).toString() }))).toEqual([
      { line: 4, item, reason, raw: bad.trimEnd() },
    ])
  })

  test('twenty of them, or one in a hundred; with more, the whole file fails', () => {
    const spoilt = (bad: number, all: number) => encode(csv(many(all, n => (n < bad ? { week: 'x' } : {}))))
    expect(spoilt(20, 100).encoder).toMatchObject({ counts: { rows: 80 }, errors: { bad: { length: 20 } } })
    expect(spoilt(30, 3_000).encoder).toMatchObject({ counts: { rows: 2_970 }, errors: { bad: { length: 30 } } })
    expect(() => encode(csv(many(100, n => (n < 21 ? { season: 2023 } : {}))))).toThrow(
      '21 of 100 rows of lines of 2024 cannot be read; the first, in line 2, is of the season 2023.',
    )
  })

  test('of very many the first are kept, and the others are counted: memory does not grow with the file', () => {
    const isBad = (n: number) => n % 100 === 99
    const { bad, moreBad, badCount } = encode(csv(many(120_000, n => (isBad(n) ? { week: 'x' } : {})))).encoder.errors
    expect({ kept: bad.length, all: badCount(), moreBad }).toEqual({
      kept: 1_000,
      all: 1_200,
      moreBad: { count: 200, line: 100_101, reason: 'has "x" for week, which is not of type integer' },
    })

    // 10 MB of them.
    const long = 'y'.repeat(100_000)
    const { errors } = encode(csv(many(10_000, n => (isBad(n) ? { week: 'x', note: long } : {})))).encoder
    const bytes = errors.bad.reduce((sum, { raw }) => sum + raw.length, 0)
    expect({ all: errors.badCount(), kept: errors.bad.length + (errors.moreBad?.count ?? 0) }).toEqual({ all: 100, kept: 100 })
    expect(bytes).toBeGreaterThan(7_000_000)
    expect(bytes).toBeLessThanOrEqual(8 * 1024 * 1024)
  })

  test('but not one with a key that no index can hold, whose letter is of its line', () => {
    const { encoder } = encode(csv([line('p1'), line('p'.repeat(201)), line('p2', { week: 'x', player_id: 'q'.repeat(190) })]))
    expect(encoder.errors.bad.map(({ item, reason }) => [item, reason.slice(0, 8)])).toEqual([
      ['line 3', 'has "ppp'],
      [`2024:x:${'q'.repeat(190)}`, 'has "x" '],
    ])
  })

  test.each([
    ['with too few fields', '2024,1,"p\nx",KC\n', 'has 4 fields, and the header 5 columns'],
    ['of another season', '2023,1,"p\nx",KC,1\n', 'is of the season 2023'],
  ])('but not one %s that spans lines: where it ends cannot be told', (_, bad, problem) => {
    expect(() => encode(`${csv(many(2))}${bad}`)).toThrow(
      `The record of lines 4 to 5 of lines of 2024 ${problem}: which lines belong to it cannot be told.`,
    )
  })

  test('but not all rows of a file', () => {
    expect(() => encode(csv(many(3, () => ({ season: 2023 }))))).toThrow(
      '3 of 3 rows of lines of 2024 cannot be read; the first, in line 2, is of the season 2023.',
    )
  })
})

test('a file that is empty, or has a header alone, is refused', () => {
  expect(() => encode('')).toThrow('The file lines of 2024 is empty.')
  expect(() => encode('season,week,player_id,team,yards\n')).toThrow('The file lines of 2024 has no rows.')
})

test('a key that is empty has what stands for it', () => {
  expect(encode(csv([line('')])).rows).toMatchObject([{ player_id: 'team:KC', provider_id: '2024:1:team:KC' }])
})

test('NA is missing where the file writes it so, and a word elsewhere', () => {
  const file = csv([line('p1', { lost: 'NA', note: 'NA', share: 'NA' })])
  expect(encode(file, { naIsMissing: true }).rows).toMatchObject([{ lost: '\\N', note: '\\N', share: '\\N', extra: '\\N' }])
  expect(encode(file).rows).toMatchObject([{ lost: '\\N', note: 'NA', extra: '{"lost":"NA","share":"NA"}' }])
})

test('rows with the key of another are handed over by themselves', () => {
  const { encoder, rows } = encode(csv([line('p1'), line('p2'), line('p1', { yards: 11 }), line('p1', { yards: 12 })]))
  expect(rows.map(row => row['yards'])).toEqual(['10', '10'])
  expect(encoder.counts.rows).toBe(2)
  expect(encoder.repeated.map(text => text.toString().split('\t')[4])).toEqual(['11', '12'])
})

test('a row is sent whole where escapes make it twice as long, wherever the buffer ends', () => {
  const note = '\t'.repeat(9_999)
  const { rows } = encode(csv(many(200, n => ({ note: note.slice(n) }))))
  expect(rows.map(row => row['note']?.length)).toEqual(Array.from({ length: 200 }, (_, n) => 2 * (note.length - n)))
  expect(new Set(rows.map(row => row['updated_at']))).toEqual(new Set([at.toISOString()]))
})
