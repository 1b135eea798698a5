import { getTableConfig } from 'drizzle-orm/pg-core'
import type { TransactionSql } from 'postgres'
import type { Day } from '../core/days.ts'
import { BugError } from '../core/errors.ts'
import { reachStep } from '../core/steps.ts'
import { type MergeRow, merge } from '../store/merge.ts'
import type { GameRow, GameStatus, TableRows } from './contract.ts'
import type { FetchedGame } from './fetch-game.ts'
import { withoutOldNews } from './newest.ts'
import { addRows, type Counts, noCounts, rowsWritten } from './receipt.ts'
import { games as gamesTable, teams as teamsTable } from './tables.ts'

export interface LoadOptions {
  at: Date
  /** Only some of the datasets were asked for: a game must not look more finished than its lines are. */
  partial: boolean
  /** In a dry run, what its earlier chunks would have written by now: clubs and people are counted once. */
  seen?: Set<string> | undefined
  /** Gets the games of which a row was written. */
  changed?: Set<string> | undefined
}

/**
 * Writes fetched games within the caller's transaction and says what became of each. Counts are read back from the tables
 * before the caller commits: a row that was sent and is not there is a BugError, and nothing is kept.
 */
export async function loadGames(
  tx: TransactionSql,
  sport: string,
  fetched: readonly FetchedGame[],
  { at, partial, seen, changed = new Set() }: LoadOptions,
): Promise<Counts> {
  const counts = noCounts()
  const before = await readStates(tx, sport, fetched)
  const news = await withoutOldNews(tx, sport, fetched)
  const taken = news.filter(({ id, game }) => game && !staysAsItIs(before.get(id), game, { partial, at }))
  const rows = taken.flatMap(({ game }) => (game ? [{ ...game, lastCheckedAt: at }] : []))
  for (const batch of batches(rows, taken).map(each => (seen ? unseen(each, seen) : each))) {
    const { table, group } = batch
    const replace = group && table !== gamesTable ? { replaceGroup: true } : {}
    const merged = await merge(tx, table, batch.rows, { at, ...(group ? { group } : {}), ...replace })
    const { inserted, updated, deleted, changedGroups } = merged
    const name = getTableConfig(table).name
    counts.rows = addRows(counts.rows, { inserted, updated, deleted })
    counts.tables[name] = addRows(counts.tables[name] ?? noCounts().rows, { inserted, updated, deleted })
    for (const id of changedGroups) changed.add(id)
    await reachStep('rows-merged')
  }
  counts.tables = Object.fromEntries(Object.entries(counts.tables).filter(([, written]) => rowsWritten(written) > 0))
  await tx`
    update games set last_checked_at = ${at}
    where sport = ${sport} and status <> 'final' and last_checked_at <> ${at} and provider_id in ${tx(idsOf(fetched))}`
  await readBack(tx, sport, rows, taken)
  for (const game of fetched) count(counts, game, before.get(game.id)?.status, changed.has(game.id))
  counts.findings = fetched.flatMap(game => [...game.findings, ...findingsOf(game, before.get(game.id)?.status)])
  return counts
}

const unfinished: readonly (GameStatus | undefined)[] = ['scheduled', 'live', 'postponed']

interface State {
  status: GameStatus
  day: Day
}

/**
 * Whether a stored game is left alone: one that is over, or is being played, is not taken back by a list that lags behind, unless
 * that tells another day for it; and one whose lines are not loaded with it does not become live or final, or nothing would ask for
 * them again.
 */
function staysAsItIs(before: State | undefined, now: GameRow, { partial, at }: Pick<LoadOptions, 'partial' | 'at'>): boolean {
  if (before?.status === 'final') return isTakenBack(now)
  if (before?.status === 'live' && now.status === 'scheduled') return before.day === now.gameDate && hasJustBegun(now, at)
  return partial && unfinished.includes(before?.status) && (now.status === 'live' || now.status === 'final')
}

/** Lists lag behind by minutes; what one still says after the night is so. */
const longestGameMs = 12 * 3_600_000

const hasJustBegun = ({ startsAt }: GameRow, at: Date): boolean =>
  startsAt !== null && startsAt <= at && at.getTime() - startsAt.getTime() < longestGameMs

const isTakenBack = ({ status }: GameRow): boolean => status === 'scheduled' || status === 'live'

function findingsOf({ id, game }: FetchedGame, before: GameStatus | undefined) {
  if (!game || before !== 'final' || !isTakenBack(game)) return []
  return [{ item: id, check: 'status-back', message: `Game ${id} was final and is listed as ${game.status}; it stays final.` }]
}

/** `in ()` is no SQL; the empty id is nobody's. */
const idsOf = (fetched: readonly FetchedGame[]): string[] => ['', ...fetched.map(game => game.id)]

/** Tables in the order of their first mention, so that two writers lock in the same order; clubs and games come first. */
function batches(rows: readonly GameRow[], fetched: readonly FetchedGame[]): TableRows[] {
  const found: (TableRows & { rows: MergeRow[] })[] = [
    { table: teamsTable, rows: fetched.flatMap(game => game.teams) },
    { table: gamesTable, rows: [...rows], group: 'providerId' },
  ]
  for (const { tables } of fetched) {
    for (const { table, rows: more, group } of tables) {
      const batch = found.find(candidate => candidate.table === table)
      if (batch) batch.rows.push(...more)
      else found.push({ table, rows: [...more], ...(group ? { group } : {}) })
    }
  }
  return found
}

/** Rows without a game of their own, but for those that were there before. */
function unseen(batch: TableRows, seen: Set<string>): TableRows {
  if (batch.group) return batch
  const nameOf = (row: MergeRow) => `${getTableConfig(batch.table).name} ${row['providerId']}`
  const rows = batch.rows.filter(row => !seen.has(nameOf(row)))
  for (const row of rows) seen.add(nameOf(row))
  return { ...batch, rows }
}

async function readStates(tx: TransactionSql, sport: string, fetched: readonly FetchedGame[]): Promise<Map<string, State>> {
  const found = await tx<(State & { id: string })[]>`
    select provider_id as id, status, game_date as day from games where sport = ${sport} and provider_id in ${tx(idsOf(fetched))}`
  return new Map(found.map(({ id, ...state }) => [id, state]))
}

async function readBack(
  tx: TransactionSql,
  sport: string,
  rows: readonly GameRow[],
  taken: readonly FetchedGame[],
): Promise<void> {
  const ids = ['', ...new Set(rows.map(row => row.providerId))]
  const [there] = await tx<{ count: number }[]>`
    select count(*)::int as count from games where sport = ${sport} and provider_id in ${tx(ids)}`
  if (there?.count !== ids.length - 1) throw new BugError(`${ids.length - 1} games were sent, ${there?.count} are there.`)
  for (const { table, rows: sent, group } of batches([], taken)) {
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
