import type { TransactionSql } from 'postgres'
import { reachStep } from '../core/steps.ts'
import { copyChunks } from './copy-stream.ts'
import { type OneOfEach, type Repeated, settleRepeated } from './repeated-rows.ts'
import { sessionOf } from './sessions.ts'
import { sameKeys, type Written, writeStaged } from './write-staged.ts'

/** All rows of a part of a table (a season), as lines for COPY. */
export interface BulkLoad extends OneOfEach {
  table: string
  /** Of the lines, in their order; `row_hash` is one of them. */
  columns: readonly string[]
  part: Part
  /** Lines are written also where the stored row has their hash and other values. */
  byValue?: boolean | undefined
}

/** The rows of a table for which a column has a value; all where there is none. */
export type Part = { column: string; value: string | number } | undefined

const within = (sql: TransactionSql, part: Part, name = 't') =>
  part ? sql`${sql(name)}.${sql(part.column)} = ${part.value}` : sql`true`

export async function isPartEmpty(tx: TransactionSql, table: string, part: Part): Promise<boolean> {
  const [found] = await tx`select 1 from ${tx(table)} t where ${within(tx, part)} limit 1`
  return !found
}

export async function countPart(tx: TransactionSql, table: string, part: Part): Promise<number> {
  const [found] = await tx<{ count: number }[]>`select count(*)::int as count from ${tx(table)} t where ${within(tx, part)}`
  return found?.count ?? 0
}

/**
 * What is stored of a part: each row's `provider_id`, as COPY writes it, and its hash in hexadecimal. Through COPY, which costs a
 * tenth of what rows as objects do.
 */
export async function readRowHashes(
  tx: TransactionSql,
  table: string,
  part: Part,
  take: (providerId: Buffer, hash: string) => void,
): Promise<void> {
  const where = part ? ` where ${part.column} = ${literal(part.value)}` : ''
  // COPY takes no parameters.
  const query = tx.unsafe(`copy (select provider_id, encode(row_hash, 'hex') from ${table}${where}) to stdout`)
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of (await query.readable()) as AsyncIterable<Buffer>) {
    const data = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
    let from = 0
    for (let end = data.indexOf(newline); end >= 0; end = data.indexOf(newline, from)) {
      const tab = data.lastIndexOf(separator, end)
      take(data.subarray(from, tab), data.toString('latin1', tab + 1, end))
      from = end + 1
    }
    rest = Buffer.from(data.subarray(from))
  }
}

const literal = (value: string | number): string =>
  typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`

const [separator, newline] = [0x09, 0x0a]

/** Deletes rows of a part by their `provider_id`. */
export async function deleteRows(tx: TransactionSql, table: string, part: Part, ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0
  const { count } = await tx`
    delete from ${tx(table)} t using jsonb_array_elements_text(${tx.json([...ids])}) gone(id)
    where ${within(tx, part)} and t.provider_id = gone.id`
  return count
}

/**
 * Writes lines straight into a part that is empty: no merge can be quicker (1.08 times `\copy` from a program that parses, against
 * 1.9 by way of a staging table). The caller holds the only lease under which rows are written to that part.
 */
export async function copyInto(
  tx: TransactionSql,
  { table, columns }: BulkLoad,
  lines: AsyncGenerator<Uint8Array>,
): Promise<void> {
  const first = await keepAwake(tx, lines.next())
  await copyFed(tx, sql => sql`copy ${sql(table)} (${sql([...columns])}) from stdin`, halfway(first, lines))
  await reachStep('after-copy')
}

/**
 * Merges lines by the table's key, by way of a staging table; `repeated` are lines whose key has been seen before in the same file. The
 * first of those, where it is not among `lines`, is the row that is stored: it was written just now, or is unchanged. Without a line there
 * is no staging table: one of 120 columns puts 150 KB into the server's log.
 */
export async function mergeInto(
  tx: TransactionSql,
  load: BulkLoad,
  lines: AsyncGenerator<Uint8Array>,
  repeated: () => readonly Uint8Array[],
): Promise<Pick<Written, 'inserted' | 'updated'> & { repeated?: Repeated }> {
  const { keys, part } = load
  const first = await keepAwake(tx, lines.next())
  if (first.done && repeated().length === 0) return { inserted: 0, updated: 0 }
  const columns = [...load.columns]
  const [target, staging] = [tx(load.table), tx(`staging_${load.table}`)]
  await tx`create temporary table ${staging} on commit drop as select ${tx(columns)} from ${target} with no data`
  await tx`alter table ${staging} add column again boolean default false, add column place bigint generated always as identity`
  const copy = (sql: TransactionSql) => sql`copy ${staging} (${sql(columns)}) from stdin`
  await copyFed(tx, copy, halfway(first, lines))
  const more = repeated()
  if (more.length > 0) {
    await tx`alter table ${staging} alter column again set default true`
    await copyChunks(tx, copy, more)
  }
  await tx`analyze ${staging} (${tx([...keys])})`
  await reachStep('after-copy')
  let settled: Repeated | undefined
  if (more.length > 0) {
    const same = (a: string, b: string) => sameKeys(tx, keys, a, b)
    await tx`
      insert into ${staging} (${tx(columns)}, again)
      select ${tx(columns)}, false from ${target} t
      where ${within(tx, part)} and exists (select from ${staging} s where s.again and ${same('s', 't')})
        and not exists (select from ${staging} s where not s.again and ${same('s', 't')})`
    settled = await settleRepeated(tx, load, staging)
  }
  const { inserted, updated } = await writeStaged(tx, {
    target,
    staging,
    columns,
    keys,
    within: within(tx, part),
    byValue: load.byValue,
  })
  await tx`drop table ${staging}`
  return { inserted, updated, ...(settled && { repeated: settled }) }
}

/**
 * A COPY of what a provider sends: it takes as long as that takes, while the limit of a statement is for what the server does. Waiting for
 * a lock is that: without a limit of its own, a COPY into a table that somebody has locked would never end.
 */
async function copyFed(...[tx, statement, lines]: Parameters<typeof copyChunks>): Promise<void> {
  await tx`
    select set_config('lock_timeout', current_setting('statement_timeout'), true), set_config('statement_timeout', '0', true)`
  await copyChunks(tx, statement, lines)
  await tx`select set_config('statement_timeout', ${String(sessionOf(tx).timeoutMs)}, true)`
}

/** Waits for a provider within a transaction, whose session the server would end if it heard nothing for half a minute. */
async function keepAwake<T>(tx: TransactionSql, waiting: Promise<T>): Promise<T> {
  const timer = setInterval(() => void tx`select 1`.catch(() => {}), 10_000)
  try {
    return await waiting
  } finally {
    clearInterval(timer)
  }
}

/** The same for each piece of what a provider sends, where no statement is under way between them. */
export async function* keptAwake<T>(tx: TransactionSql, pieces: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = pieces[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await keepAwake(tx, iterator.next())
      if (next.done) return
      yield next.value
    }
  } finally {
    await iterator.return?.()
  }
}

/** All of them, with the step in the middle of a COPY behind the first piece. */
async function* halfway(
  first: IteratorResult<Uint8Array, unknown>,
  lines: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  if (first.done) return
  yield first.value
  await reachStep('mid-copy')
  yield* lines
}
