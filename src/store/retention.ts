import type { ISql, PendingQuery, Row } from 'postgres'
import type { Database } from './database.ts'

/** Rows of a table that are deleted when they are old. */
export interface Pruned {
  table: string
  /** Its primary key: the table is walked in this order, each row is looked at once. */
  key: readonly string[]
  /** Rows looked at in one statement, which locks those that it deletes. */
  batch: number
  /** The condition on a row, called `t`. */
  isOld(sql: ISql): PendingQuery<Row[]>
}

/**
 * Deletes the rows of a table that are old, batch by batch: no statement runs long, and none waits for a row that somebody else deletes.
 * @param goOn whether there is time for one more batch; what is left is for the next time
 * @returns how many were deleted
 */
export async function deleteOld(database: Database, { table, key, batch, isOld }: Pruned, goOn: () => boolean): Promise<number> {
  let [deleted, last] = [0, undefined as Row | undefined]
  while (goOn()) {
    const after = last
    const [step] = await database.run(sql => {
      const columns = sql([...key])
      const behind = after ? sql`where (${columns}) > (${joined(sql, key, name => sql`${after[name]}`)})` : sql``
      // The condition stands twice: a row that was changed since the batch was read is judged anew.
      return sql<[Row & { seen: number; gone: number }]>`
        with batch as materialized (
          select ctid as place, ${columns}, ${isOld(sql)} as is_old from ${sql(table)} t ${behind} order by ${columns} limit ${batch}
        ), found as materialized (
          select t.ctid as place from ${sql(table)} t
          where ctid = any (array(select place from batch where is_old)) and ${isOld(sql)} for update skip locked
        ), gone as (
          delete from ${sql(table)} where ctid = any (array(select place from found)) returning 1
        )
        select *, (select count(*) from batch)::int as seen, (select count(*) from gone)::int as gone
        from batch order by ${joined(sql, key, name => sql`${sql(name)} desc`)} limit 1`
    })
    deleted += step?.gone ?? 0
    if (!step || step.seen < batch) return deleted
    last = step
  }
  return deleted
}

/** A list of fragments, one for each column of a key. */
const joined = (sql: ISql, key: readonly string[], one: (name: string) => PendingQuery<Row[]>): PendingQuery<Row[]> =>
  key.map(one).reduce((list, part) => sql`${list}, ${part}`)

/** What a table holds, for people who look after the database. */
export interface TableFacts {
  table: string
  /** With its indexes and what is stored outside of its rows. */
  bytes: number
  rows: number
  /** When its oldest row came; null where it is empty, or does not say. */
  oldest: Date | null
}

/** Where a table says when a row came, the first that it has. */
const birthColumns = [
  'created_at',
  'fetched_at',
  'decided_at',
  'first_seen_at',
  'started_at',
  'changed_at',
  'finished_at',
  'loaded_at',
]

/** What the tables of these names hold, those that exist and may be read, by their names. */
export async function listTableFacts(sql: ISql, names: readonly string[]): Promise<TableFacts[]> {
  const tables = await sql<{ table: string; bytes: number; birth: string | null }[]>`
    select c.relname as table, pg_total_relation_size(c.oid)::float8 as bytes, (
      select b.name from jsonb_array_elements_text(${sql.json(birthColumns)}) with ordinality as b(name, place)
      join pg_attribute a on a.attrelid = c.oid and a.attname = b.name and not a.attisdropped order by b.place limit 1) as birth
    from jsonb_array_elements_text(${sql.json([...names])}) as listed(name) join pg_class c on c.oid = to_regclass(listed.name)
    where has_table_privilege(c.oid, 'select') order by 1`
  const facts: TableFacts[] = []
  for (const { table, bytes, birth } of tables) {
    const oldest = birth ? sql`min(${sql(birth)})` : sql`null::timestamptz`
    const [found] = await sql<[{ rows: number; oldest: Date | null }]>`
      select count(*)::float8 as rows, ${oldest} as oldest from ${sql(table)}`
    facts.push({ table, bytes, ...found })
  }
  return facts
}
