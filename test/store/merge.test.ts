import { integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { instant, provenance } from '../../src/store/columns.ts'
import { type MergeOptions, type MergeRow, merge, mergeFrom } from '../../src/store/merge.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

const lines = pgTable(
  'lines',
  {
    ...provenance(),
    gameId: text('game_id').notNull(),
    playerId: integer('player_id').notNull(),
    note: text('note'),
    points: integer('points'),
    lastCheckedAt: instant('last_checked_at'),
  },
  t => [primaryKey({ columns: [t.gameId, t.playerId] })],
)

const ddl = `create table lines (provider text not null, provider_id text not null, row_hash bytea not null, created_at timestamptz not null,
  updated_at timestamptz not null, game_id text, player_id int, note text, points int, last_checked_at timestamptz, primary key (game_id, player_id))`

const monday = new Date('2025-01-13T12:00:00Z')
const tuesday = new Date('2025-01-14T12:00:00Z')

async function open(): Promise<TestDatabase> {
  const db = await createTestDatabase({ empty: true })
  await db.sql.unsafe(ddl)
  return db
}

const row = (gameId: string, playerId: number, values: MergeRow = {}): MergeRow => ({
  provider: 'p',
  providerId: `${gameId}:${playerId}`,
  gameId,
  playerId,
  note: 'plain',
  points: 10,
  ...values,
})

const run = (db: TestDatabase, rows: MergeRow[], options: MergeOptions = { at: monday }) =>
  db.database.transaction(tx => merge(tx, lines, rows, options))

const stored = (db: TestDatabase) =>
  db.sql<{ game: string; player: number; note: string | null; points: number | null }[]>`
    select game_id as game, player_id as player, note, points from lines order by 1, 2`

/** Rows of a group of their own: with so many of them, all go into a temporary table first. */
const ways: [string, MergeRow[]][] = [
  ['as parameters', []],
  ['through a temporary table', Array.from({ length: 1_001 }, (_, i) => row('padding', i))],
]

describe('merge', () => {
  test('beside another one of the same rows in another order waits for it', async () => {
    await using db = await open()
    const rows = Array.from({ length: 8 }, (_, i) => row('g', i))
    await run(db, rows)
    // Each has locked some rows by the time the other wants them.
    await db.sql.unsafe(`
      create function dawdle() returns trigger language plpgsql as $$ begin perform pg_sleep(0.02); return new; end $$;
      create trigger dawdle before update on lines for each row execute function dawdle()`)
    const changed = rows.map(line => ({ ...line, points: 11 }))
    const changedToo = rows.map(line => ({ ...line, points: 12 })).toReversed()
    const merged = await Promise.all([changed, changedToo].map(lines => run(db, lines, { at: tuesday })))
    expect(merged.map(({ updated }) => updated)).toEqual([8, 8])
  })

  test.each(ways)('inserts new rows, updates changed ones, leaves the rest alone (%s)', async (_, padding) => {
    await using db = await open()
    const first = [row('g', 1), row('g', 2), ...padding]
    expect(await run(db, first)).toMatchObject({ inserted: 2 + padding.length, updated: 0, unchanged: 0 })
    const again = [row('g', 1), row('g', 2, { points: 12 }), row('g', 3), ...padding]
    expect(await run(db, again, { at: tuesday })).toMatchObject({ inserted: 1, updated: 1, unchanged: 1 + padding.length })
    const times = await db.sql`select created_at, updated_at from lines where game_id = 'g' order by player_id`
    expect(times.map(time => [time['created_at'], time['updated_at']])).toEqual([
      [monday, monday],
      [monday, tuesday],
      [tuesday, tuesday],
    ])
  })

  test('writes nothing the second time: no row version, no dead tuple', async () => {
    await using db = await open()
    const rows = Array.from({ length: 500 }, (_, i) => row('g', i))
    await run(db, rows)
    const versions = () => db.sql`select ctid::text, xmin::text from lines order by player_id`
    const before = await versions()
    expect(await run(db, rows, { at: tuesday })).toMatchObject({ inserted: 0, updated: 0, unchanged: 500, changedGroups: [] })
    expect(await versions()).toEqual(before)
  })

  test.each(ways)('stores texts as they are, and null apart from empty (%s)', async (_, padding) => {
    await using db = await open()
    const odd = [
      '',
      '\\N',
      'a\tb',
      'c\nd\r',
      'e\\f\\\\',
      '\\t',
      `it's "x"`,
      '\\"',
      '{a,"b"}',
      ' c ',
      ',',
      'Дончић 😀',
      'null',
      'NULL',
    ]
    const texts = [...odd, null]
    const rows = texts.map((note, i) => row('g', i, { note }))
    await run(db, [...rows, ...padding])
    expect((await stored(db)).filter(line => line.game === 'g').map(line => line.note)).toEqual(texts)
    // The hash does not depend on the way either.
    expect(await run(db, rows)).toMatchObject({ unchanged: texts.length })
  })

  test('of two rows with one key the last one counts', async () => {
    await using db = await open()
    expect(await run(db, [row('g', 1, { points: 1 }), row('g', 1, { points: 2 })])).toMatchObject({ inserted: 1 })
    expect(await stored(db)).toEqual([{ game: 'g', player: 1, note: 'plain', points: 2 }])
  })

  test.each(ways)('what no row tells stays as it is stored, and null is none, %s', async (_, padding) => {
    await using db = await open()
    const sent = (values: MergeRow) => [...padding.map(one => ({ ...one, ...values })), row('g', 1, values)]
    const write = async (values: MergeRow) => {
      const { inserted, updated } = await run(db, sent(values), { at: tuesday })
      const [last] = (await stored(db)).filter(({ game }) => game === 'g')
      return { written: (inserted + updated) / sent({}).length, note: last?.note, points: last?.points }
    }
    expect(await write({ note: undefined })).toEqual({ written: 1, note: null, points: 10 })
    expect(await write({ note: 'told' })).toEqual({ written: 1, note: 'told', points: 10 })
    expect(await write({ note: undefined, points: 11 })).toEqual({ written: 1, note: 'told', points: 11 })
    expect(await write({ note: undefined, points: 11 })).toEqual({ written: 0, note: 'told', points: 11 })
    expect(await write({ note: null, points: 11 })).toEqual({ written: 1, note: null, points: 11 })
  })

  test('rows of one merge may tell different columns, but for those of a replaced group', async () => {
    await using db = await open()
    const rows = [row('g', 1), row('g', 2)]
    const part = [row('g', 1, { note: undefined, points: 1 }), row('g', 2, { note: 'new', points: 2 })]
    await run(db, rows)
    expect(await run(db, part, { at: tuesday, group: 'gameId' })).toMatchObject({ updated: 2, changedGroups: ['g'] })
    expect((await stored(db)).map(({ note, points }) => [note, points])).toEqual([
      ['plain', 1],
      ['new', 2],
    ])
    expect(await run(db, part)).toMatchObject({ updated: 0, unchanged: 2 })
    await run(db, part, { at: tuesday, group: 'gameId', replaceGroup: true })
    expect((await stored(db)).map(({ note }) => note)).toEqual([null, 'new'])
  })

  test('a replaced group that does not tell a column is the same alone and beside others that do', async () => {
    await using db = await open()
    await run(db, [row('g', 1), row('h', 1)])
    const replace = { at: tuesday, group: 'gameId', replaceGroup: true }
    const silent = row('g', 1, { note: undefined, points: 1 })
    expect(await run(db, [silent, row('h', 1, { note: 'new' })], replace)).toMatchObject({ updated: 2 })
    expect((await stored(db)).map(({ note }) => note)).toEqual(['plain', 'new'])
    expect(await run(db, [silent], replace)).toMatchObject({ updated: 0, unchanged: 1 })
  })

  test('a time of checking alone is no reason to write', async () => {
    await using db = await open()
    await run(db, [row('g', 1, { lastCheckedAt: monday })])
    expect(await run(db, [row('g', 1, { lastCheckedAt: tuesday })])).toMatchObject({ updated: 0, unchanged: 1 })
    expect(await run(db, [row('g', 1, { lastCheckedAt: tuesday, points: 3 })])).toMatchObject({ updated: 1 })
    expect(await db.sql`select last_checked_at as at from lines`).toEqual([{ at: tuesday }])
  })

  test.each(ways)('names the groups it changed, and deletes what a replaced group no longer has (%s)', async (_, padding) => {
    await using db = await open()
    await run(db, [row('a', 1), row('a', 2), row('b', 1), row('c', 1), ...padding])
    const again = [row('a', 1), row('b', 1, { points: 9 }), ...padding]
    const merged = await run(db, again, { at: tuesday, group: 'gameId', replaceGroup: true })
    expect(merged).toMatchObject({ inserted: 0, updated: 1, unchanged: 1 + padding.length, deleted: 1 })
    expect(merged.changedGroups.sort()).toEqual(['a', 'b'])
    expect((await stored(db)).filter(line => line.game !== 'padding').map(line => `${line.game}${line.player}`)).toEqual([
      'a1',
      'b1',
      'c1',
    ])
  })

  test('two at once with the same rows both succeed and leave one copy', async () => {
    await using db = await open()
    const rows = Array.from({ length: 200 }, (_, i) => row('g', i))
    const both = await Promise.all([run(db, rows), run(db, rows)])
    expect(both.map(merged => merged.inserted).sort()).toEqual([0, 200])
    expect(await stored(db)).toHaveLength(200)
  })

  test('an error the server finds at the end of the COPY is raised, and nothing is kept', async () => {
    await using db = await open()
    const rows = [...Array.from({ length: 3_000 }, (_, i) => row('g', i)), row('g', 9_999, { points: 'many' })]
    await expect(run(db, rows)).rejects.toThrow('invalid input syntax for type integer: "many"')
    expect(await stored(db)).toEqual([])
  })

  test('merging any batches in any order of delivery, each twice, leaves the same as merging each once', async () => {
    await using db = await open()
    const batch = fc.array(fc.record({ player: fc.integer({ min: 0, max: 8 }), points: fc.integer({ min: 0, max: 3 }) }), {
      maxLength: 12,
    })
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { maxLength: 4 }), async batches => {
        const rowsOf = (list: { player: number; points: number }[]) =>
          list.map(({ player, points }) => row('g', player, { points }))
        const load = async (times: number) => {
          await db.sql`truncate lines`
          for (const list of batches) for (let i = 0; i < times; i++) await run(db, rowsOf(list))
          return [...(await stored(db))]
        }
        expect(await load(2)).toEqual(await load(1))
      }),
      { numRuns: 12 },
    )
  })
})

describe('mergeFrom', () => {
  const people = pgTable('people', { ...provenance(), id: text('id').notNull(), name: text('name'), club: text('club') }, t => [
    primaryKey({ columns: [t.id] }),
  ])
  const openPeople = async () => {
    const db = await createTestDatabase({ empty: true })
    await db.sql`create table people (provider text not null, provider_id text not null, row_hash bytea not null,
      created_at timestamptz not null, updated_at timestamptz not null, id text primary key, name text, club text)`
    return db
  }
  const odd = ['plain', '', null, 'a\\b', '\\N', '\\t', 'tab\there', 'two\nlines', 'a\r\nb', '\\\n', '"quoted"', 'Ölçü 🏈']
  const rows = odd.map((name, i) => ({ provider: 'p', providerId: `${i}`, id: `${i}`, name }))
  const from = (db: TestDatabase, change: string, at = tuesday) =>
    db.database.transaction(async tx => {
      await tx`create temporary table found on commit drop as select provider, provider_id, id, name, 'not stored' as more from people`
      await tx.unsafe(change)
      return await mergeFrom(tx, people, 'found', { at })
    })

  test('writes what merge writes of the same rows, so that neither writes again what the other has written', async () => {
    await using db = await openPeople()
    await db.database.transaction(tx => merge(tx, people, rows, { at: monday }))
    expect(await from(db, '')).toEqual({ inserted: 0, updated: 0 })
    const hashes = () => db.sql`select id, row_hash from people order by id`
    const before = await hashes()
    expect(await from(db, 'delete from people')).toEqual({ inserted: rows.length, updated: 0 })
    expect(await hashes()).toEqual(before)
    expect(await db.database.transaction(tx => merge(tx, people, rows, { at: tuesday }))).toMatchObject({
      unchanged: rows.length,
    })
  })

  test('writes rows that are new or have changed, and no others', async () => {
    await using db = await openPeople()
    await db.database.transaction(tx => merge(tx, people, rows, { at: monday }))
    const change = "update found set name = 'other' where id in ('0', '2'); insert into found values ('p', 'new', 'new', 'n')"
    expect(await from(db, change)).toEqual({ inserted: 1, updated: 2 })
    const written =
      await db.sql`select id, name, club, created_at < updated_at as again from people where updated_at = ${tuesday} order by id`
    expect(written).toEqual([
      { id: '0', name: 'other', club: null, again: true },
      { id: '2', name: 'other', club: null, again: true },
      { id: 'new', name: 'n', club: null, again: false },
    ])
  })
})
