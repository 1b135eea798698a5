import { getTableConfig } from 'drizzle-orm/pg-core'
import type { TransactionSql } from 'postgres'
import { BugError } from '../core/errors.ts'
import { reachStep } from '../core/steps.ts'
import { listOpenDeadLetters } from '../store/dead-letters.ts'
import type { MergeRow } from '../store/merge.ts'
import { endOfDay, longestEventMs } from './event-hours.ts'
import { columnOf, dayOfRow, eventsOf, ofSport, phaseOf, singular, tableOf, unfinishedOf } from './event-table.ts'
import { type EventState, findStates } from './events.ts'
import type { Item } from './item.ts'
import { addCounts, type Counts, noCounts, noItems } from './receipt.ts'
import type { EventRow, Finding, TableRows } from './rows.ts'
import type { Sport } from './sport.ts'
import { withoutStaleRows } from './stale-rows.ts'
import { byTable, writeTable } from './write-table.ts'

export interface LoadOptions {
  at: Date
  /** Only some of the datasets were asked for: an event must not look more finished than its rows are. */
  isPartial: boolean
  /** In a dry run, what its earlier units would have written by now: clubs and people are counted once. */
  seen?: Set<string> | undefined
  /** Gets the events of which a row was written. */
  changed?: Set<string> | undefined
  /** Gets the events of which nothing was taken: what is stored of them is ahead of the list. */
  kept?: Set<string> | undefined
  /** Events that are over may be called off: their list has them under another id. */
  mayCallOff?: boolean
  /** A row is written again also where its hash is the same and its values are not. */
  byValue?: boolean | undefined
}

/**
 * Writes items within the caller's transaction and says what became of each. Counts are read back from the tables before the caller
 * commits: a row that was sent and is not there is a BugError, and nothing is kept.
 */
export async function loadItems(
  tx: TransactionSql,
  sport: Sport,
  items: readonly Item[],
  { at, isPartial, seen, changed = new Set(), kept = new Set(), mayCallOff = false, byValue }: LoadOptions,
): Promise<Counts> {
  let counts: Counts = { ...noCounts(), items: [noItems(sport.events.noun)] }
  const itemIds = items.map(({ id }) => id)
  const fresh = await withoutStaleRows(tx, sport, items)
  // Behind the lock that this takes: what another run has written meanwhile is seen.
  const stored = await findStates(tx, sport, itemIds)
  const before = new Map(stored.map(event => [event.id, event]))
  const isSure = mayCallOff ? () => false : await findSure(tx, sport, stored, fresh)
  // Rows without an event are about none.
  const taken = fresh.filter(item =>
    item.event ? !staysAsItIs(sport, before.get(item.id), item, { isPartial, at, isSure }) : item.tables.length > 0,
  )
  for (const item of fresh) if (item.event && !taken.includes(item)) kept.add(item.id)
  const lastCheckedAt = sport.events.columns.lastCheckedAt
  const rows = taken.flatMap(({ event }) => (event ? [{ ...event, [lastCheckedAt]: at }] : []))
  // Clubs and events come first.
  const batches = byTable([
    ...taken.flatMap(({ related }) => related),
    { table: sport.events.table, rows, group: 'providerId' },
    ...taken.flatMap(({ tables }) => tables),
  ])
  for (const batch of batches.map(each => (seen ? unseen(each, seen) : each))) {
    const replaceGroup = batch.table !== sport.events.table
    counts = addCounts(counts, await writeTable(tx, batch, { at, replaceGroup, changed, byValue }))
    await reachStep('rows-merged')
  }
  const checkedAt = tx(columnOf(sport.events.table, lastCheckedAt))
  const over = sport.events.statuses.over
  await tx`
    update ${tx(tableOf(sport))} e set ${checkedAt} = ${at}
    where ${ofSport(tx, sport)} and e.status not in ${tx([...over])} and e.${checkedAt} <> ${at} and e.provider_id in ${tx(['', ...itemIds])}`
  await readBack(tx, sport, rows, taken)
  // Rows and findings about no event are none.
  const isEvent = ({ event, tables, findings, failures }: Item) =>
    event || failures.length > 0 || tables.length + findings.length === 0
  for (const item of items.filter(isEvent)) count(sport, counts, item, before.get(item.id)?.status, { changed, kept })
  counts.findings = items.flatMap(item => [...item.findings, ...findingsOf(sport, item, before.get(item.id)?.status, isSure)])
  return counts
}

/** Tells which stored events are over by their own files, too: no letter of theirs is open. Asked only where a list says that they are off. */
async function findSure(
  tx: TransactionSql,
  sport: Sport,
  stored: readonly EventState[],
  items: readonly Item[],
): Promise<(id: string) => boolean> {
  // A dataset that is final is the event's own.
  const isOff = ({ event, isProvisional }: Item) =>
    isProvisional !== false && event !== undefined && ['off', 'moved'].includes(phaseOf(sport.events, event.status) ?? '')
  const off = new Set(items.filter(isOff).map(({ id }) => id))
  const over = stored.filter(({ id, status }) => off.has(id) && phaseOf(sport.events, status) === 'over').map(({ id }) => id)
  if (over.length === 0) return () => false
  const open = new Set((await listOpenDeadLetters(tx, sport.id, over)).map(({ item }) => item))
  const sure = new Set(over.filter(id => !open.has(id)))
  return id => sure.has(id)
}

/**
 * Whether a stored event is left alone: one that is over, or is on, is not taken back by a list that lags behind, unless that tells
 * another day for it; one that was called off is not put back on by a provisional list behind its time; and one whose rows are not
 * loaded with it does not become live or final, or nothing would ask for them again.
 */
function staysAsItIs(
  sport: Sport,
  before: EventState | undefined,
  { event, tables, isProvisional = false }: Item,
  { isPartial, at, isSure }: Pick<LoadOptions, 'isPartial' | 'at'> & { isSure: IsSure },
): boolean {
  if (!before || !event) return false
  const phase = phaseOf(sport.events, before.status)
  // Its own file has said what a list alone may say otherwise.
  if (phase === 'over' && isPartial && tables.length === 0 && phaseOf(sport.events, event.status) === 'over') return true
  if (phase === 'over') return isProvisional || isTakenBack(sport, event, isSure(before.id))
  if (phase === 'off' && isProvisional) return isTakenBack(sport, event, false) && hasBegun(sport, event, at)
  if (phase === 'on' && phaseOf(sport.events, event.status) === 'ahead')
    return before.day === dayOfRow(sport, event) && hasJustBegun(sport, event, at)
  const isLaterNow = ['on', 'over'].includes(phaseOf(sport.events, event.status) ?? '')
  return isPartial && unfinishedOf(sport).includes(before.status) && isLaterNow
}

/** Lists lag behind by minutes; what one still says after the night is so. */
const hasJustBegun = (sport: Sport, event: EventRow, at: Date): boolean =>
  hasBegun(sport, event, at) && !hasBegun(sport, event, new Date(at.getTime() - longestEventMs))

function hasBegun(sport: Sport, event: EventRow, at: Date): boolean {
  const startsAt = event[sport.events.columns.startsAt] as Date | null | undefined
  return (startsAt ?? endOfDay(sport, event)) <= at
}

/** Whether it is over by its own files, which a list that calls it off or puts it off does not change. */
type IsSure = (id: string) => boolean

const isTakenBack = ({ events }: Sport, { status }: EventRow, isSure: boolean): boolean =>
  ['ahead', 'on', ...(isSure ? ['off', 'moved'] : [])].includes(phaseOf(events, status) ?? '')

function findingsOf(sport: Sport, { id, event, isProvisional }: Item, before: string | undefined, isSure: IsSure): Finding[] {
  // A provisional list knows no more of an event than that it is to come.
  const isBehind = isProvisional && ['ahead', 'on'].includes(phaseOf(sport.events, event?.status ?? '') ?? '')
  if (!event || !before || isBehind || phaseOf(sport.events, before) !== 'over' || !isTakenBack(sport, event, isSure(id)))
    return []
  return [statusBack(sport, id, before, event.status)]
}

/** That a list, or its file, takes back the end of an event. */
export function statusBack({ events }: Sport, id: string, before: string, listed: string): Finding {
  const name = singular[events.noun]
  const message = `${name.slice(0, 1).toUpperCase()}${name.slice(1)} ${id} was ${before} and is listed as ${listed}; it stays ${before}.`
  return { item: id, check: 'status-back', message }
}

/** Rows without an event of their own, but for those that were there before. */
function unseen(batch: TableRows, seen: Set<string>): TableRows {
  if (batch.group) return batch
  const nameOf = (row: MergeRow) => `${getTableConfig(batch.table).name} ${row['providerId']}`
  const rows = batch.rows.filter(row => !seen.has(nameOf(row)))
  for (const row of rows) seen.add(nameOf(row))
  return { ...batch, rows }
}

async function readBack(tx: TransactionSql, sport: Sport, rows: readonly EventRow[], taken: readonly Item[]): Promise<void> {
  const ids = ['', ...new Set(rows.map(row => row.providerId))]
  const [there] = await tx<{ count: number }[]>`
    select count(*)::int as count from ${eventsOf(tx, sport)} e where id in ${tx(ids)}`
  if (there?.count !== ids.length - 1)
    throw new BugError(`${ids.length - 1} ${sport.events.noun} were sent, ${there?.count} are there.`)
  for (const { table, rows: sent, group } of byTable(taken.flatMap(({ tables }) => tables))) {
    if (!group || sent.length === 0) continue
    const { name } = getTableConfig(table)
    const members = [...new Set(sent.map(row => String(row[group])))]
    const [lines] = await tx<{ count: number }[]>`
      select count(*)::int as count from ${tx(name)} where ${tx(columnOf(table, group))} in ${tx(members)}`
    if (lines?.count !== sent.length) throw new BugError(`${sent.length} rows of ${name} were sent, ${lines?.count} are there.`)
  }
}

function count(
  sport: Sport,
  { items: [counts] }: Counts,
  item: Item,
  before: string | undefined,
  { changed, kept }: Record<'changed' | 'kept', ReadonlySet<string>>,
): void {
  if (!counts) return
  const phase = (status: string | undefined) => (status === undefined ? undefined : phaseOf(sport.events, status))
  counts.asked++
  if (item.failures.length > 0) counts.dead++
  else if (phase(item.event?.status) === 'moved' && !kept.has(item.id)) counts.postponed++
  else if (!changed.has(item.id)) counts.unchanged++
  else if (phase(before) === 'over') counts.corrected++
  else counts.loaded++
}
