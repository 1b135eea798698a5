import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core'
import type { TransactionSql } from 'postgres'
import { BugError } from '../core/errors.ts'
import { reachStep } from '../core/steps.ts'
import { type MergeRow, merge } from '../store/merge.ts'
import type { GameRow, GameStatus, TableRows } from './contract.ts'
import type { FetchedGame } from './fetch-game.ts'
import { type Counts, noCounts, rowsWritten } from './receipt.ts'
import { games as gamesTable, teams as teamsTable } from './tables.ts'

/**
 * Writes fetched games within the caller's transaction and says what became of each. Counts are read back from the tables
 * before the caller commits: a row that was sent and is not there is a BugError, and nothing is kept.
 */
export async function loadGames(tx: TransactionSql, sport: string, fetched: readonly FetchedGame[], at: Date): Promise<Counts> {
  const counts = noCounts()
  const rows = fetched.flatMap(({ game }) => (game ? [{ ...game, lastCheckedAt: at }] : []))
  const before = await readStatuses(tx, sport, rows)
  const changed = new Set<string>()
  for (const batch of batches(rows, fetched)) {
    const merged = await merge(tx, batch.table, batch.rows, {
      at,
      ...(batch.group ? { group: batch.group, replaceGroup: batch.table !== gamesTable } : {}),
    })
    const written = { inserted: merged.inserted, updated: merged.updated, deleted: merged.deleted }
    counts.rows.inserted += written.inserted
    counts.rows.updated += written.updated
    counts.rows.deleted += written.deleted
    if (rowsWritten(written) > 0) counts.tables[getTableConfig(batch.table).name] = written
    for (const id of merged.changedGroups) changed.add(id)
    await reachStep('rows-merged')
  }
  await tx`
    update games set last_checked_at = ${at}
    where sport = ${sport} and status <> 'final' and last_checked_at <> ${at} and provider_id in ${tx(['', ...rows.map(row => row.providerId)])}`
  await readBack(tx, sport, rows, fetched)
  for (const game of fetched) count(counts, game, before.get(game.id), changed.has(game.id))
  counts.findings = fetched.flatMap(game => game.findings)
  return counts
}

/** Tables in the order of their first mention, so that two writers lock in the same order; clubs and games come first. */
function batches(rows: readonly GameRow[], fetched: readonly FetchedGame[]): TableRows[] {
  const byTable = new Map<PgTable, { rows: MergeRow[]; group?: string }>([
    [teamsTable, { rows: fetched.flatMap(game => game.teams) }],
    [gamesTable, { rows: [...rows], group: 'providerId' }],
  ])
  for (const { table, rows: more, group } of fetched.flatMap(game => game.tables)) {
    const batch = byTable.get(table) ?? { rows: [], ...(group ? { group } : {}) }
    batch.rows.push(...more)
    byTable.set(table, batch)
  }
  return [...byTable].map(([table, batch]) => ({ table, ...batch }))
}

async function readStatuses(tx: TransactionSql, sport: string, rows: readonly GameRow[]): Promise<Map<string, GameStatus>> {
  const ids = ['', ...rows.map(row => row.providerId)]
  const found = await tx<{ id: string; status: GameStatus }[]>`
    select provider_id as id, status from games where sport = ${sport} and provider_id in ${tx(ids)}`
  return new Map(found.map(row => [row.id, row.status]))
}

async function readBack(
  tx: TransactionSql,
  sport: string,
  rows: readonly GameRow[],
  fetched: readonly FetchedGame[],
): Promise<void> {
  const ids = ['', ...new Set(rows.map(row => row.providerId))]
  const [there] = await tx<{ count: number }[]>`
    select count(*)::int as count from games where sport = ${sport} and provider_id in ${tx(ids)}`
  if (there?.count !== ids.length - 1) throw new BugError(`${ids.length - 1} games were sent, ${there?.count} are there.`)
  for (const { table, rows: sent, group } of batches([], fetched)) {
    if (!group || table === gamesTable || sent.length === 0) continue
    const { name, columns } = getTableConfig(table)
    const column = columns.find(candidate => candidate === (table as unknown as Record<string, unknown>)[group])
    const members = [...new Set(sent.map(row => String(row[group])))]
    const [lines] = await tx<{ count: number }[]>`
      select count(*)::int as count from ${tx(name)} where ${tx(column?.name ?? group)} in ${tx(members)}`
    if (lines?.count !== sent.length) throw new BugError(`${sent.length} rows of ${name} were sent, ${lines?.count} are there.`)
  }
}

function count({ games }: Counts, fetched: FetchedGame, before: GameStatus | undefined, changed: boolean): void {
  games.asked++
  if (fetched.failures.length > 0) games.dead++
  else if (fetched.game?.status === 'postponed') games.postponed++
  else if (!changed) games.unchanged++
  else if (before === 'final') games.corrected++
  else games.loaded++
}
