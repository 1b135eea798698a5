import type { Row, RowList, TransactionSql } from 'postgres'
import { sessionOf } from '../store/sessions.ts'
import type { Reach, Result, StatsFunction } from './function.ts'
import { quoted, type Scope, type StatsSport, storedSource, textArray } from './lines.ts'

/** Rows written or deleted, by table. */
export type Written = Record<string, number>

/**
 * Computes what a function says of a sport, and brings its tables to that, within a scope: rows that have changed are written, those that
 * are gone are deleted, others are not touched.
 */
export async function writeResults(
  tx: TransactionSql,
  fn: StatsFunction,
  sport: StatsSport,
  scope: Scope,
  { at, signal }: { at: Date; signal: AbortSignal },
): Promise<Written> {
  const isWhole = !scope.seasons && !scope.players && !scope.categories
  const empty = isWhole ? await listEmpty(tx, fn, sport) : []
  const [written] = await runStoppable<Written>(tx, statementOf(fn, sport, scope, at, empty), signal)
  return written ?? {}
}

/** Tables of a function without a row of the sport. */
async function listEmpty(tx: TransactionSql, { results }: StatsFunction, sport: StatsSport): Promise<string[]> {
  const has = results.map(({ table }) => `exists (select from ${table} t where t.sport = ${quoted(sport.id)}) as ${table}`)
  const [found] = await tx.unsafe<Record<string, boolean>[]>(`select ${has.join(', ')}`)
  return results.flatMap(({ table }) => (found?.[table] ? [] : [table]))
}

/**
 * Runs a statement, and hangs up where somebody stops the process, whatever the server is at, or waits for: it rolls back. Not
 * `query.cancel()`: postgres.js (3.4.9) drops the promise of that, and the process ends where it rejects.
 */
export async function runStoppable<T extends Row>(
  tx: TransactionSql,
  statement: string,
  signal: AbortSignal,
): Promise<RowList<T[]>> {
  signal.throwIfAborted()
  const { hangUp } = sessionOf(tx)
  signal.addEventListener('abort', hangUp)
  try {
    return await tx.unsafe<T[]>(statement)
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    signal.removeEventListener('abort', hangUp)
  }
}

/**
 * The whole of it as one statement, so that lines are read once for all that follows from them.
 * @param empty tables without a row of the sport: nothing in them is to be looked for, which saves a sixth of the time
 */
export function statementOf(fn: StatsFunction, sport: StatsSport, scope: Scope, at: Date, empty: readonly string[] = []): string {
  const { prelude, rows } = fn.statement(storedSource(sport, scope), sport)
  const parts = fn.results.flatMap((result, i) => {
    const toParts = empty.includes(result.table) ? insertingParts : replacingParts
    return toParts(result, rows[i] as string, { fn, sport, scope, at })
  })
  const counts = fn.results.map(
    ({ table }) => `(select count(*) from gone_${table})::int + (select count(*) from put_${table})::int as ${table}`,
  )
  return `with ${[...prelude, ...parts].join(',\n')}\nselect ${counts.join(', ')}`
}

interface Context {
  fn: StatsFunction
  sport: StatsSport
  scope: Scope
  at: Date
}

/** Behind a pooler another run may have written rows that this one does not see: that is a conflict then, and it is tried again. */
function insertingParts({ table, key, values }: Result, rows: string, { sport, at }: Context): string[] {
  const columns = [...key, ...values]
  return [
    `gone_${table} as (select where false)`,
    `put_${table} as (
      insert into ${table} (sport, ${columns.join(', ')}, updated_at)
      select ${quoted(sport.id)}, ${columns.map(name => `f.${name}`).join(', ')}, ${quoted(at.toISOString())}::timestamptz
      from (${rows}) f
      on conflict do nothing
      returning 1)`,
  ]
}

function replacingParts({ table, key, values }: Result, rows: string, { fn, sport, scope, at }: Context): string[] {
  const own = [`t.sport = ${quoted(sport.id)}`, ...within(fn.reach, scope)].join(' and ')
  const same = key.map(name => `t.${name} = f.${name}`).join(' and ')
  const tuple = (of: string) => `(${values.map(name => `${of}.${name}`).join(', ')})`
  const columns = [...key, ...values]
  return [
    `fresh_${table} as materialized (${rows})`,
    `gone_${table} as (
      delete from ${table} t where ${own}
        and not exists (select from fresh_${table} f where ${same}) returning 1)`,
    `put_${table} as (
      insert into ${table} as t (sport, ${columns.join(', ')}, updated_at)
      select ${quoted(sport.id)}, ${columns.map(name => `f.${name}`).join(', ')}, ${quoted(at.toISOString())}::timestamptz
      from fresh_${table} f
      where not exists (select from ${table} t where ${own} and ${same} and ${tuple('t')} is not distinct from ${tuple('f')})
      on conflict (sport, ${key.join(', ')}) do update
        set ${values.map(name => `${name} = excluded.${name}`).join(', ')}, updated_at = excluded.updated_at
      returning 1)`,
  ]
}

/** Which rows of a result are computed anew: others stay. */
function within(reach: Reach, { seasons, players, categories }: Scope): string[] {
  return [
    ...(categories ? [`t.category = any(${textArray(categories)})`] : []),
    ...(seasons && (reach === 'season' || reach === 'player-season') ? [`t.season = any(${textArray(seasons)})`] : []),
    ...(players && (reach === 'player' || reach === 'player-season') ? [`t.player_id = any(${textArray(players)})`] : []),
  ]
}
