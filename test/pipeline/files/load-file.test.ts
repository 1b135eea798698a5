import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PayloadError, ProviderUnavailableError } from '../../../src/core/errors.ts'
import { type LoadFileOptions, loadRows } from '../../../src/pipeline/files/load-file.ts'
import { noItems } from '../../../src/pipeline/receipt.ts'
import { type CsvRow, csv } from '../../support/csv.ts'
import type { TestDatabase } from '../../support/database.ts'
import { line, openLines, shape } from './lines.ts'

const monday = new Date('2024-09-09T12:00:00Z')
const tuesday = new Date('2024-09-10T12:00:00Z')
const none = { inserted: 0, updated: 0, deleted: 0 }

interface How {
  season?: string
  at?: Date
  columns?: string[]
}

/** What a file left, with its counts beside the rest. */
const loadFlat = async (...options: Parameters<typeof loadRows>) => {
  const { counts, ...loaded } = await loadRows(...options)
  return { ...counts, written: counts.rows, ...loaded }
}

const load = (db: TestDatabase, records: readonly CsvRow[], { season = '2024', at = monday, columns }: How = {}) =>
  db.database.transaction(tx => {
    const file = Buffer.from(csv(records, columns))
    const chunks = async function* () {
      for (let from = 0; from < file.length; from += 1_000) yield file.subarray(from, from + 1_000)
    }
    return loadFlat(tx, shape, chunks(), {
      dataset: 'lines',
      season: season || undefined,
      provider: 'files',
      naIsMissing: false,
      at,
    })
  })

const many = (count: number, more: (n: number) => CsvRow = () => ({})): CsvRow[] =>
  Array.from({ length: count }, (_, n) => line(`p${n}`, more(n)))

/** Player, yards and when the row was written last, in the order of players. */
const stored = async ({ sql }: TestDatabase) =>
  (
    await sql<
      { player: string; yards: number; at: Date }[]
    >`select player_id as player, yards, updated_at as at from lines order by season, week, 1`
  ).map(({ player, yards, at }) => [player, yards, at.getUTCDay() === 1 ? 'monday' : 'tuesday'])

/** Which transactions wrote the rows, or locked them, which is a write, too. */
const writers = async ({ sql }: TestDatabase): Promise<Set<string>> =>
  new Set((await sql<{ by: string }[]>`select distinct xmin || ' ' || xmax as by from lines`).map(({ by }) => by))

describe('a file', () => {
  test('goes straight into a part that is empty, and is not written a second time', async () => {
    await using db = await openLines()
    const records = many(5_000)
    expect(await load(db, records)).toEqual({
      rows: 5_000,
      items: [{ ...noItems('rows'), asked: 5_000, loaded: 5_000 }],
      written: { ...none, inserted: 5_000 },
      tables: { lines: { ...none, inserted: 5_000 } },
      bad: [],
      findings: [],
      unknown: [],
    })
    const before = await writers(db)
    expect(before.size).toBe(1)

    expect(await load(db, records, { at: tuesday })).toMatchObject({ rows: 5_000, written: none })
    expect(await writers(db)).toEqual(before)
  })

  test('writes the one row that has changed, and its time with it', async () => {
    await using db = await openLines()
    await load(db, many(3))
    const changed = many(3, n => (n === 1 ? { yards: 11 } : {}))
    expect(await load(db, changed, { at: tuesday })).toMatchObject({ rows: 3, written: { ...none, updated: 1 } })
    expect(await stored(db)).toEqual([
      ['p0', 10, 'monday'],
      ['p1', 11, 'tuesday'],
      ['p2', 10, 'monday'],
    ])
    expect(await db.sql`select 1 from lines where created_at > ${monday}`).toEqual([])
  })

  test('removes rows that it no longer has, and adds those that are new', async () => {
    await using db = await openLines()
    await load(db, many(3))
    const written = { inserted: 1, updated: 0, deleted: 2 }
    expect(await load(db, [line('p1'), line('p7')], { at: tuesday })).toMatchObject({ rows: 2, written })
    expect(await stored(db)).toEqual([
      ['p1', 10, 'monday'],
      ['p7', 10, 'tuesday'],
    ])
  })

  test('removes no row where one cannot be read, which may be any of them', async () => {
    await using db = await openLines()
    await load(db, many(3))
    const spoilt = [line('p0', { yards: 11 }), line('p1', { yards: 'many' })]
    expect(await load(db, spoilt, { at: tuesday })).toMatchObject({
      rows: 3,
      bad: [{ line: 3 }],
      written: { ...none, updated: 1 },
    })
    expect(await stored(db)).toEqual([
      ['p0', 11, 'tuesday'],
      ['p1', 10, 'monday'],
      ['p2', 10, 'monday'],
    ])
    expect(await load(db, [line('p0', { yards: 11 })], { at: tuesday })).toMatchObject({ written: { ...none, deleted: 2 } })
  })

  test('that has shrunk by more than a fifth is incomplete, and leaves everything as it was', async () => {
    await using db = await openLines()
    await load(db, many(1_000))
    const shrunken = load(
      db,
      many(790, () => ({ yards: 11 })),
      { at: tuesday },
    )
    await expect(shrunken).rejects.toThrow(PayloadError)
    await expect(shrunken).rejects.toThrow(
      'The file lines of 2024 lacks 210 of the 1000 rows that it had before: it is incomplete.',
    )
    expect(await db.sql`select 1 from lines where yards = 10`).toHaveLength(1_000)
    expect(await load(db, many(800))).toMatchObject({ rows: 800, written: { ...none, deleted: 200 } })
  })

  test('that is small may lose a handful', async () => {
    await using db = await openLines()
    await load(db, many(51))
    expect(await load(db, many(1))).toMatchObject({ rows: 1, written: { ...none, deleted: 50 } })
  })

  test('of one season leaves the rows of another alone', async () => {
    await using db = await openLines()
    await load(db, many(3))
    const former = many(2, () => ({ season: 2023, yards: 5 }))
    expect(await load(db, former, { season: '2023' })).toMatchObject({ rows: 2, written: { ...none, inserted: 2 } })
    expect(await load(db, former.slice(1), { season: '2023' })).toMatchObject({ rows: 1, written: { ...none, deleted: 1 } })
    expect(await load(db, many(3))).toMatchObject({ rows: 3, written: none })
  })

  test('about all seasons has the whole table', async () => {
    await using db = await openLines()
    const records = [line('p1'), line('p1', { season: 2023 })]
    expect(await load(db, records, { season: '' })).toMatchObject({ rows: 2, written: { inserted: 2 } })
    expect(await load(db, records.slice(1), { season: '' })).toMatchObject({ rows: 1, written: { deleted: 1 } })
  })

  test('of another generation writes only what it says otherwise', async () => {
    await using db = await openLines()
    const old = many(3, n => ({ recent_team: 'KC', team: undefined, sack_yards: n }))
    await load(db, old, { columns: ['player_id', 'recent_team', 'season', 'week', 'yards', 'sack_yards'] })
    const newer = many(3, n => ({ lost: n === 0 ? '-0' : `${-n}.0`, yards: n === 2 ? 12 : 10 }))
    expect(await load(db, newer, { at: tuesday })).toMatchObject({ rows: 3, written: { ...none, updated: 1 } })
    expect((await db.sql`select lost from lines order by player_id`).map(row => row['lost'])).toEqual([0, -1, -2])
  })

  test('has its unknown columns and its invalid values stored in extra; the invalid ones are a finding', async () => {
    await using db = await openLines()
    const records = [line('p1', { age: 23, mood: 'good' }), line('p2', { share: 'half' })]
    const { findings, unknown } = await load(db, records)
    expect(unknown).toEqual(['age', 'mood'])
    expect(findings).toEqual([
      {
        item: 'lines of 2024',
        check: 'odd-values',
        message: 'The column share of lines of 2024 has 1 invalid values, stored in extra: "half" for one.',
      },
    ])
    expect((await db.sql`select extra from lines order by player_id`).map(row => row['extra'])).toEqual([
      { age: '23', mood: 'good' },
      { share: 'half' },
    ])
    expect(
      await load(db, records, { columns: ['mood', 'age', 'share', 'yards', 'team', 'player_id', 'week', 'season'] }),
    ).toMatchObject({ written: none })
  })

  test('with ids that are written as numbers has them read as what they are where that is known, and told', async () => {
    await using db = await openLines()
    const odd = ['4001.0', '4002.000', '4e+06', '1.5E7', '4003.5', '4004', '00-0031', '12e4-5f', '3d', 'e5', '5.', '6.0.0']
    const { findings } = await load(db, [...odd.map(player => line(player)), line('"7.0"'), line('p', { note: '8.0' })])
    const kept = await db.sql<{ id: string }[]>`select player_id as id from lines order by player_id collate "C"`
    expect(kept.map(({ id }) => id)).toEqual(['4001', '4002', ...odd.slice(2), '"7.0"', 'p'].sort((a, b) => (a < b ? -1 : 1)))
    expect(findings.map(({ check, message }) => [check, message])).toEqual([
      [
        'number-ids',
        'The column player_id of lines of 2024 has 2 ids written as numbers, "4001.0" for one; they are stored without the fraction.',
      ],
      [
        'number-ids',
        'The column player_id of lines of 2024 has 3 ids written as numbers, "4e+06" for one; their digits are lost, and they are stored as they are.',
      ],
    ])
    const plain = [...odd.map(player => line(player.replace(/\.0+$/, ''))), line('"7.0"'), line('p', { note: '8.0' })]
    plain[11] = line('6.0.0')
    expect(await load(db, plain, { at: tuesday })).toMatchObject({ written: none, findings: [{ check: 'number-ids' }] })
  })

  test('with a NUL byte in a row has that one set aside', async () => {
    await using db = await openLines()
    const { bad, rows } = await load(db, [line('p1', { note: 'n\0ne' }), line('p2'), line('p3', { mood: '\0' })])
    expect({ rows, bad }).toMatchObject({
      rows: 1,
      bad: [
        { line: 2, item: 'line 2', reason: 'has a NUL byte' },
        { line: 4, item: 'line 4' },
      ],
    })
  })
})

describe('a text', () => {
  const text = csv([line('p1', { note: 'José' }), line('p2', { mood: 'ÿ' })])
  const loadBytes = (db: TestDatabase, bytes: Buffer, how: Partial<LoadFileOptions> = {}) =>
    db.database.transaction(tx => {
      const chunks = async function* () {
        for (let from = 0; from < bytes.length; from += 7) yield bytes.subarray(from, from + 7)
      }
      const options = { dataset: 'lines', season: '2024', provider: 'files', naIsMissing: false, at: monday, ...how }
      return loadFlat(tx, shape, chunks(), options)
    })
  const notes = ({ sql }: TestDatabase) => sql`select note, extra from lines order by player_id`

  test.each<[string | undefined, BufferEncoding]>([
    [undefined, 'utf8'],
    ['utf-8', 'utf8'],
    ['US-ASCII', 'utf8'],
    ['iso-8859-1', 'latin1'],
    ['windows-1252', 'latin1'],
    ['utf-16le', 'utf16le'],
  ])('in %s is decoded', async (encoding, written) => {
    await using db = await openLines()
    expect(await loadBytes(db, Buffer.from(text, written), { encoding })).toMatchObject({ rows: 2, bad: [] })
    expect(await notes(db)).toEqual([
      { note: 'José', extra: null },
      { note: null, extra: { mood: 'ÿ' } },
    ])
  })

  test('is decoded by what the provider says, where nothing is declared and that is not refuted by all of its letters', async () => {
    await using db = await openLines()
    const charset = 'iso-8859-1'
    await expect(loadBytes(db, Buffer.from(text), { charset })).rejects.toThrow(
      'The file lines of 2024 is said to be in iso-8859-1, and all of it is UTF-8.',
    )
    expect(await notes(db)).toEqual([])
    expect(await loadBytes(db, Buffer.from(text), { charset, encoding: 'utf-8' })).toMatchObject({ rows: 2 })
    expect(await loadBytes(db, Buffer.from(text, 'latin1'), { charset })).toMatchObject({ rows: 2 })
    expect(await notes(db)).toMatchObject([{ note: 'José' }, { extra: { mood: 'ÿ' } }])
    const plain = Buffer.from(text.replaceAll(/[^\n -~]/g, 'e'))
    expect(await loadBytes(db, plain, { charset })).toMatchObject({ rows: 2 })
  })

  test.each<[string, Buffer, string | undefined, string]>([
    ['that is not UTF-8', Buffer.from(text, 'latin1'), undefined, 'Line 2 of lines of 2024 is not UTF-8.'],
    ['in UTF-16', Buffer.from(`\uFEFF${text}`, 'utf16le'), undefined, 'The file lines of 2024 is in UTF-16, not in UTF-8.'],
    [
      'in an unknown encoding',
      Buffer.from(text),
      'x-odd',
      'The file lines of 2024 is said to be in x-odd, which is no known encoding.',
    ],
    [
      'in another encoding than it is said to be in',
      Buffer.from(text, 'latin1'),
      'shift_jis',
      'The file lines of 2024 is not in shift_jis, which it is said to be in.',
    ],
  ])('%s is refused, and nothing of it is kept', async (_, bytes, encoding, message) => {
    await using db = await openLines()
    await expect(loadBytes(db, bytes, { encoding })).rejects.toThrow(message)
    expect(await notes(db)).toEqual([])
  })

  test.each([
    ['has too few columns', `${text}2024,1\n`],
    ['is within quotes', `${text}2024,1,"p3\n`],
    ['has a broken quote', `${text}2024,1,"p"3\n`],
  ])('that the end of the connection ends, and whose last line %s, may be whole the next time', async (_, cut) => {
    await using db = await openLines()
    const loading = loadBytes(db, Buffer.from(cut), { isOpenEnded: () => true })
    await expect(loading).rejects.toThrow(ProviderUnavailableError)
    await expect(loading).rejects.toThrow('The connection ended within the last line of the file lines of 2024.')
    expect(await notes(db)).toEqual([])
    expect(await loadBytes(db, Buffer.from(text), { isOpenEnded: () => true })).toMatchObject({ rows: 2, bad: [] })
  })
})

test('a key keeps its row, whatever is in it', async () => {
  await using db = await openLines()
  const odd = ['back\\slash', 'tab\tbed', 'new\nline', 'c:o:l:o:n', 'a b', '\\N', 'é🏈', '"quoted"', "it's"]
  const records = odd.map(player => line(player))
  expect(await load(db, records)).toMatchObject({ rows: odd.length, written: { inserted: odd.length } })
  const before = await writers(db)
  expect(await load(db, records, { at: tuesday })).toMatchObject({ rows: odd.length, written: none })
  expect(await writers(db)).toEqual(before)
  expect(await load(db, records.slice(1), { at: tuesday })).toMatchObject({ written: { ...none, deleted: 1 } })
  const players = await db.sql<{ player: string }[]>`select player_id as player from lines`
  expect(new Set(players.map(({ player }) => player))).toEqual(new Set(odd.slice(1)))
})

/** All that is stored, but for when it was written. */
const contents = ({ sql }: TestDatabase) => sql`
  select to_jsonb(l) - '{created_at,updated_at}'::text[] as row from lines l order by season, week, player_id collate "C"`

describe('of two rows with one key', () => {
  const early = line('p1', { yards: 1, changed_at: '2024-09-06T10:00:00Z' })
  const late = line('p1', { yards: 2, changed_at: '2024-09-06T11:00:00Z' })
  const undated = line('p1', { yards: 3, changed_at: '' })
  const other = line('p2')

  test.each<[string, CsvRow[], number]>([
    ['the newer one counts, behind the other', [early, other, late], 2],
    ['the newer one counts, before the other', [late, other, early], 2],
    ['the newest of three counts, in the middle', [early, late, other, early], 2],
    ['the newest of three counts, at first', [late, early, undated, other], 2],
    ['one with a date counts, before one without', [early, undated, other], 1],
    ['one with a date counts, behind one without', [undated, early, other], 1],
  ])('%s; and the same file again writes nothing', async (_, records, yards) => {
    await using db = await openLines()
    const first = await load(db, records)
    expect(first).toMatchObject({ rows: 2, written: { ...none, inserted: 2 }, findings: [{ check: 'repeated-keys' }] })
    expect(await stored(db)).toEqual([
      ['p1', yards, 'monday'],
      ['p2', 10, 'monday'],
    ])
    expect(await load(db, records, { at: tuesday })).toMatchObject({ rows: 2, written: none })
    expect(
      await load(
        db,
        records.toReversed().map(record => ({ ...record, note: 'new' })),
        { at: tuesday },
      ),
    ).toMatchObject({ rows: 2, written: { ...none, updated: 2 } })
  })

  test('that are equal one is there, which is no news', async () => {
    await using db = await openLines()
    expect(await load(db, [late, other, late])).toMatchObject({ rows: 2, written: { inserted: 2 }, findings: [] })
    expect(await load(db, [late, late, other, late], { at: tuesday })).toMatchObject({ written: none, findings: [] })
  })

  test('that contradict each other both are kept, in either order, and told', async () => {
    const records = [
      line('p1', { yards: 1, note: 'a' }),
      other,
      line('p1', { yards: 4, note: 'a', age: 23 }),
      line('p1', { yards: 1, note: 'a' }),
    ]
    await using db = await openLines()
    const first = await load(db, records)
    const kept = await contents(db)
    const { extra, ...row } = (kept[0]?.['row'] ?? {}) as Record<string, unknown>
    const isFirst = row['yards'] === 1
    const pair = (one: unknown, another: unknown) => (isFirst ? `${one} and ${another}` : `${another} and ${one}`)
    expect(first.written).toEqual({ ...none, inserted: 2 })
    expect(first.findings).toEqual([
      {
        item: '2024:1:p1',
        check: 'contradicting-rows',
        message: `The file lines of 2024 has 2 rows with the key 2024:1:p1 that contradict each other: extra ${pair(null, '{"age":"23"}')}, yards ${pair(1, 4)}. The first is stored, and what else was said in its extra.`,
      },
    ])
    const lost = { season: 2024, week: 1, player_id: 'p1', team: 'KC', note: 'a', club: 'club of KC' }
    expect(extra).toEqual(
      isFirst
        ? { contradicted_by: [{ ...lost, yards: 4, extra: { age: '23' } }] }
        : { age: '23', contradicted_by: [{ ...lost, yards: 1 }] },
    )
    expect(await load(db, records.toReversed(), { at: tuesday })).toMatchObject({ written: none, findings: first.findings })
    expect(await contents(db)).toEqual(kept)

    expect(await load(db, records.slice(0, 2), { at: tuesday })).toMatchObject({ written: { ...none, updated: 1 }, findings: [] })
    expect(await contents(db)).toMatchObject([{ row: { yards: 1, extra: null } }, {}])
    expect(await load(db, records, { at: tuesday })).toMatchObject({ written: { ...none, updated: 1 }, findings: first.findings })
    expect(await contents(db)).toEqual(kept)
  })

  test('the first ten that contradict each other are told by name, and the rest by number', async () => {
    await using db = await openLines()
    const { findings } = await load(db, [...many(12), ...many(12, () => ({ yards: 11, lost: 1 }))])
    expect(findings).toHaveLength(11)
    expect(findings.at(-1)?.message).toBe('The file lines of 2024 has 2 more keys with rows that contradict each other.')
    expect(await load(db, many(12), { at: tuesday })).toMatchObject({ findings: [] })
  })

  test('thousands that contradict each other are told in one line of a few values', async () => {
    await using db = await openLines()
    const { findings } = await load(db, [
      ...many(3),
      ...Array.from({ length: 3_000 }, (_, n) => line('p1', { note: `${n}`.repeat(40) })),
    ])
    expect(findings.map(({ item }) => item)).toEqual(['2024:1:p1'])
    const [{ message = '' } = {}] = findings
    expect(message.length).toBeLessThan(400)
    expect(message).toMatch(/has 3001 rows with the key 2024:1:p1 .* and others\. The first is stored/)
  })

  test('a newer one that was taken out does not count, whatever is stored', async () => {
    await using db = await openLines()
    const before = { ...early, yards: 0, changed_at: '2024-09-05T10:00:00Z' }
    await load(db, [other, early, late])
    expect(await load(db, [other, before, early], { at: tuesday })).toMatchObject({ written: { ...none, updated: 1 } })
    expect(await stored(db)).toMatchObject([
      ['p1', 1, 'tuesday'],
      ['p2', 10, 'monday'],
    ])
    const dateless = [undated, other, undated].map(({ changed_at: _, ...record }) => record)
    await load(db, dateless, { at: tuesday, columns: Object.keys(dateless[0] as object) })
    expect(await stored(db)).toMatchObject([
      ['p1', 3, 'tuesday'],
      ['p2', 10, 'monday'],
    ])
  })

  test('the last file alone decides, whatever came before it, and in whatever order', async () => {
    const anyRow = fc.record({
      player: fc.constantFrom('p1', 'p2', 'p3'),
      yards: fc.integer({ min: 1, max: 3 }),
      changed_at: fc.constantFrom('', '2024-09-06T10:00:00Z', '2024-09-06T11:00:00Z', '2024-09-06T12:00:00Z'),
    })
    const anyFile = fc
      .array(anyRow, { minLength: 1, maxLength: 8 })
      .map(rows => rows.map(({ player, ...more }) => line(player, more)))
    await using db = await openLines()
    await fc.assert(
      fc.asyncProperty(fc.array(anyFile, { minLength: 2, maxLength: 4 }), fc.boolean(), async (files, mirrored) => {
        await db.sql`truncate lines`
        const last = files.at(-1) as CsvRow[]
        for (const file of files) await load(db, file)
        const kept = await contents(db)
        expect(await load(db, mirrored ? last.toReversed() : last, { at: tuesday })).toMatchObject({ written: none })
        await db.sql`truncate lines`
        await load(db, mirrored ? last : last.toReversed())
        expect(await contents(db)).toEqual(kept)
      }),
      { numRuns: 60 },
    )
  })

  test('a newer one that comes later replaces what is stored', async () => {
    await using db = await openLines()
    await load(db, [early, other])
    expect(await load(db, [early, late, other], { at: tuesday })).toMatchObject({ written: { ...none, updated: 1 } })
    expect(await stored(db)).toMatchObject([
      ['p1', 2, 'tuesday'],
      ['p2', 10, 'monday'],
    ])
  })

  test('an older one that is left when the newer one is taken out replaces what is stored', async () => {
    await using db = await openLines()
    await load(db, [early, late, other])
    expect(await load(db, [early, other], { at: tuesday })).toMatchObject({ written: { ...none, updated: 1 } })
    expect(await stored(db)).toMatchObject([
      ['p1', 1, 'tuesday'],
      ['p2', 10, 'monday'],
    ])
  })

  test('the newer one that was corrected replaces what is stored, whichever comes first', async () => {
    await using db = await openLines()
    await load(db, [late, early])
    const corrected = { ...late, yards: 6 }
    expect(await load(db, [early, corrected], { at: tuesday })).toMatchObject({ written: { ...none, updated: 1 } })
    expect(await stored(db)).toMatchObject([['p1', 6, 'tuesday']])
  })
})
