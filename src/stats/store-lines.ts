import { createHash } from 'node:crypto'
import type { ISql, TransactionSql } from 'postgres'
import { StoreError } from '../core/errors.ts'
import {
  type Computed,
  isUpToDate,
  keepState,
  linesName,
  type Noted,
  nextGeneration,
  noteTouched,
  readGeneration,
  readNoted,
} from './changes.ts'
import {
  type Column,
  computedLinesOf,
  computedSumsOf,
  lineColumns,
  quoted,
  type StatsSport,
  storedSource,
  sumColumns,
  textArray,
} from './lines.ts'
import { runStoppable } from './write-results.ts'

const computedOf = (sport: StatsSport): Computed => ({ name: linesName, sport: sport.id, version: linesVersion(sport) })

/** Computed otherwise, lines are others. */
export const linesVersion = (sport: StatsSport): string =>
  createHash('sha256')
    .update(computedSumsOf(sport, computedLinesOf(sport)))
    .digest('hex')
    .slice(0, 16)

/** With more new lines than that the server is told at once what the table looks like now: it plans by that. */
const manyLines = 10_000

/**
 * Brings the stored lines of a sport to what its tables say, in a transaction with one snapshot: those of events and seasons that have changed,
 * or all of them. Lines that have not changed are not written; the players whose lines have are noted for the functions that read them.
 * @returns how many were written or deleted
 */
export async function storeLines(
  tx: TransactionSql,
  sport: StatsSport,
  { full, signal, elapsedMs }: { full: boolean; signal: AbortSignal; elapsedMs(): number },
): Promise<number> {
  const startedMs = elapsedMs()
  const computed = computedOf(sport)
  const noted = await readNoted(tx, computed)
  const generation = await nextGeneration(tx)
  const of = { sport: sport.id, generation }
  let rows = 0
  const changed = new Set<string>()
  const isWhole = full || noted === 'all'
  for (const scope of isWhole ? [{}] : scopesOf(noted)) {
    const lines = await replace(tx, linesOf(sport, scope), { signal, ...(noted !== 'all' && { generation }) })
    rows += lines.rows
    for (const season of lines.seasons) changed.add(season)
  }
  await noteTouched(tx, of, noted === 'all' ? [null] : [...new Set(noted.flatMap(({ season }) => season ?? []))])
  if (rows > manyLines) await tx`analyze ingest_stats_lines`
  if (isWhole || changed.size > 0) {
    const sums = await replace(tx, sumsOf(sport, isWhole ? undefined : [...changed]), { signal })
    if (sums.rows > manyLines) await tx`analyze ingest_stats_sums`
  }
  const durationMs = Math.round(elapsedMs() - startedMs)
  await keepState(tx, { ...computed, generation, isFull: isWhole, rows, durationMs })
  return rows
}

/** Whether the stored lines of a sport are those of its tables. */
export const areLinesUpToDate = (sql: ISql, sport: StatsSport): Promise<boolean> => isUpToDate(sql, computedOf(sport))

/**
 * The generation of the stored lines of a sport.
 * @throws StoreError where another version of the program has stored others meanwhile
 */
export async function readLinesGeneration(tx: TransactionSql, sport: StatsSport): Promise<number> {
  const generation = await readGeneration(tx, computedOf(sport))
  if (generation === undefined)
    throw new StoreError(`The lines of ${sport.id} that were stored for this run are gone, or are those of another version.`, {
      hint: 'If another version of sports-ingest runs, stop the older one. Then run sports-ingest stats run.',
    })
  return generation
}

interface LinesScope {
  events?: readonly string[]
  seasons?: readonly string[]
}

/** The lines of an event, and of what is noted without one those of the season. */
function scopesOf(noted: readonly Noted[]): LinesScope[] {
  const seasons = new Set(noted.flatMap(({ event, season }) => (event === null && season !== null ? season : [])))
  const events = new Set(noted.flatMap(({ event, season }) => (event !== null && !seasons.has(season ?? '') ? event : [])))
  return [...(events.size > 0 ? [{ events: [...events] }] : []), ...(seasons.size > 0 ? [{ seasons: [...seasons] }] : [])]
}

/** A player has one line in an event. */
const lineKey = ['player_id', 'event_id']
const sumKey = ['season', 'stage', 'half', 'player_id', 'team_id']

function linesOf(sport: StatsSport, { events, seasons }: LinesScope): Replacement {
  const { performances: p } = sport
  const computed = [...(events ? [p.ofEvents(textArray(events))] : []), ...(seasons ? [p.ofSeasons(textArray(seasons))] : [])]
  const within = [
    ...(events ? [`t.event_id = any(${textArray(events)})`] : []),
    ...(seasons ? [`t.season = any(${textArray(seasons)})`] : []),
  ]
  return {
    ...{ sport, table: 'ingest_stats_lines', key: lineKey, columns: lineColumns(sport), within },
    fresh: computedLinesOf(sport, computed),
  }
}

function sumsOf(sport: StatsSport, seasons: readonly string[] | undefined): Replacement {
  const within = seasons ? [`t.season = any(${textArray(seasons)})`] : []
  const { lines } = storedSource(sport, { seasons })
  return {
    ...{ sport, table: 'ingest_stats_sums', key: sumKey, columns: sumColumns(sport), within },
    fresh: computedSumsOf(sport, lines),
  }
}

/** The rows of a sport in a table, those within some conditions, that are to become what a query says. */
interface Replacement {
  sport: StatsSport
  table: string
  key: readonly string[]
  columns: readonly Column[]
  within: readonly string[]
  fresh: string
}

interface Replaced {
  rows: number
  seasons: string[]
}

/**
 * @param generation of the lines, under which players with other lines are noted
 * @returns in how many rows it differed, and, where it is not all of the sport, of which seasons
 */
async function replace(
  tx: TransactionSql,
  { sport, table, ...how }: Replacement,
  { signal, generation }: { signal: AbortSignal; generation?: number },
): Promise<Replaced> {
  const { key, columns, within, fresh } = how
  const own = [`t.sport = ${quoted(sport.id)}`, ...within].join(' and ')
  const values = columns.filter(({ name }) => !key.includes(name))
  const isSame = `${key.map(name => `f.${name} = t.${name}`).join(' and ')}
    and (${values.map(({ name }) => `f.${name}`).join(', ')}) is not distinct from (${values.map(({ stored }) => `t.${stored}`).join(', ')})`
  const put = `insert into ${table} (sport, ${columns.map(({ stored }) => stored).join(', ')})
    select ${quoted(sport.id)}, ${columns.map(({ name }) => `f.${name}`).join(', ')}`
  if (within.length === 0 && generation === undefined) {
    const [any] = await tx.unsafe(`select from ${table} t where ${own} limit 1`)
    // A million lines that are compared with nothing take a third longer.
    if (!any) return { rows: (await runStoppable(tx, `${put} from ${fresh} f`, signal)).count, seasons: [] }
  }
  // Of two for the same key one goes, however it came there.
  const isTwin = `exists (
      select from ${table} o where o.sport = t.sport and ${key.map(name => `o.${name} = t.${name}`).join(' and ')} and o.ctid < t.ctid)`
  const twins = `twins as (
    delete from ${table} t where ${own} and ${within.length === 0 ? isTwin : 'false'} returning season, player_id)`
  const note = `noted as (
    insert into ingest_stats_line_changes (sport, generation, season, player_id)
    select distinct ${quoted(sport.id)}, ${generation}, season, player_id from changed)`
  const statement = `with fresh as materialized (select * from ${fresh} f),
    gone as (delete from ${table} t where ${own} and not exists (select from fresh f where ${isSame}) returning season, player_id),
    ${twins},
    put as (${put} from fresh f where not exists (select from ${table} t where ${own} and ${isSame}) returning season, player_id),
    changed as (select * from gone union all select * from twins union all select * from put)${generation === undefined ? '' : `, ${note}`}
    select count(*)::int as rows, coalesce(json_agg(distinct season), '[]') as seasons from changed`
  const [replaced] = await runStoppable<Replaced>(tx, statement, signal)
  return replaced ?? { rows: 0, seasons: [] }
}
