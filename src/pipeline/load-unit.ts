import type { TransactionSql } from 'postgres'
import type { Day } from '../core/days.ts'
import { BugError, type IngestError, NotFinalError, RowError } from '../core/errors.ts'
import { reachStep } from '../core/steps.ts'
import { listDiscarded, listOpenDeadLetters } from '../store/dead-letters.ts'
import { readDoneChunk } from '../store/runs.ts'
import { tagsOfEvents } from './cache-tags.ts'
import type { UnitContext } from './context.ts'
import type { RequestDataset } from './dataset.ts'
import { undiscarded } from './discarded.ts'
import { dayOfRow, phaseOf, statusesOf } from './event-table.ts'
import { findRows } from './events.ts'
import { noteFeed } from './files/reconcile.ts'
import { emptyItem, type Failure, type Item, withFailure } from './item.ts'
import { loadItems, statusBack } from './load-items.ts'
import { failWhereDown, failWhereRefused } from './probe-provider.ts'
import { type ReadUnit, readUnit } from './read-requests.ts'
import type { Counts } from './receipt.ts'
import type { Finding } from './rows.ts'
import { tryOut } from './run.ts'
import type { ScheduleEntry } from './schedule.ts'
import { chunkOf, settle } from './settle.ts'
import type { Sport } from './sport.ts'
import type { RequestUnit } from './unit.ts'

/** What a unit of requests has come to. */
export interface LoadedUnit {
  counts: Counts
  /** Datasets, asked for the unit as a whole, that are in its dead letters now; of one that recurs they have none. */
  failures: readonly Failure[]
  /** Events of which a row was written. */
  changed: readonly string[]
}

/** Where the caller knows better than the files what state an event is in, and which of its failures matter. */
export type Refine = (item: Item) => Item

/**
 * Loads a unit of requests: read, transform, commit, settle. Rows, dead letters, chunk and watermark are one transaction, which begins
 * when the network is done, so a slow provider holds no locks.
 * @throws ProviderRefusesError where the provider said no to every event, so it means us and not the events; ProviderUnavailableError
 * where it is down and the caller wants the unit to fail then
 */
export async function loadUnit(unit: RequestUnit, context: UnitContext, refine: Refine = item => item): Promise<LoadedUnit> {
  const { events, findings } = await asStored(unit, context)
  const read = await readUnit({ ...unit, events }, context)
  await failWhereRefused(unit, read.items, context)
  if (context.onOutage === 'fail') await failWhereDown(unit, read.items, context)
  const told = (item: Item): Item => ({ ...item, findings: [...item.findings, ...(findings.get(item.id) ?? [])] })
  let found = { ...read, items: read.items.map(item => refine(told(item))) }
  await reachStep('chunk-opened')
  try {
    return await commitUnit(unit, found, context)
  } catch (error) {
    if (!(error instanceof RowError || error instanceof BugError)) throw error
    found = { ...found, items: await isolateBadRows(unit, found.items, context) }
    return await commitUnit(unit, found, context)
  }
}

async function commitUnit(unit: RequestUnit, found: ReadUnit, context: UnitContext): Promise<LoadedUnit> {
  const { run, sport, clock, seen, byValue } = context
  const wholeDatasets = unit.datasets.filter(
    one => one.units !== 'event' && !found.failures.some(({ dataset }) => dataset === one.name),
  )
  const lists = new Set([unit.listedBy, ...wholeDatasets.map(({ name }) => name)])
  let seenNow: Set<string> | undefined
  const loaded = await run.commit(async tx => {
    // Only where the transaction is tried again because the answer to its commit was lost.
    const done = run.id !== null && !unit.isRecurring && (await readDoneChunk(tx, run.id, chunkOf(unit)))
    if (done) return { counts: done as Counts, failures: found.failures, changed: [] }
    const at = clock.now()
    // Each attempt begins with what the units before it have seen.
    seenNow = seen && new Set(seen)
    const complete = await withoutIncomplete(tx, sport, wholeDatasets, found.items, { unit, today: context.today })
    const failed = complete.filter(item => item.failures.length > 0 || isOpen(item)).map(({ id }) => id)
    const discarded = await listDiscarded(tx, sport.id, [...failed, unit.key])
    const items = complete.map(item => ({ ...item, failures: undiscarded(item.id, item.failures, discarded) }))
    const failures = undiscarded(unit.key, found.failures, discarded)
    const changed = new Set<string>()
    const kept = new Set<string>()
    const counts = await loadItems(tx, sport, items, {
      at,
      isPartial: unit.isPartial,
      seen: seenNow,
      changed,
      kept,
      byValue,
    })
    if (unit.isRecurring)
      await noteFeed(
        tx,
        sport,
        items.filter(({ id }) => changed.has(id)),
      )
    const over = statusesOf(sport, 'over')
    const isAnyOver = items.some(({ id, event }) => changed.has(id) && event && over.includes(event.status))
    await settle(tx, run, {
      sport: sport.id,
      unit,
      at,
      letters: [
        ...items.flatMap(({ id: item, day, failures: own }) => own.map(failure => ({ ...failure, item, day }))),
        ...(unit.isRecurring ? [] : failures.map(failure => ({ ...failure, item: unit.key, day: unit.from }))),
      ],
      resolved: [
        // A list that lags behind asks for no file of an event that is over: its letters stay open. The list itself was read.
        ...items.flatMap(({ id: item, done: own }) =>
          own.filter(dataset => !kept.has(item) || lists.has(dataset)).map(dataset => ({ dataset, item })),
        ),
        ...wholeDatasets.map(({ name: dataset }) => ({ dataset, item: unit.key })),
        ...(await listGone(tx, sport, unit, { datasets: wholeDatasets, failed })),
      ],
      items,
      failures,
      frontiers: context.frontiersOf(unit),
      invalidates: tagsOfEvents(sport, changed, isAnyOver),
      notifies: context.notifies,
      // While an event is played, polls change it every few minutes.
      statsAfterMs: isAnyOver || (changed.size > 0 && !unit.isRecurring) ? context.statsDelayMs : undefined,
      chunk: { status: 'done', counts },
    })
    await reachStep('before-commit')
    return { counts, failures, changed: [...changed] }
  })
  await reachStep('after-commit')
  for (const name of seenNow ?? []) seen?.add(name)
  return loaded
}

/** Listed by a dataset that could not be loaded of it. */
const isOpen = ({ toldBy, done }: Item): boolean => toldBy.some(name => !done.includes(name))

/** Open letters of the unit's days for which there is no cause any more: the event was called off, or the provider has taken it back. */
async function listGone(
  tx: TransactionSql,
  sport: Sport,
  { key, from, to }: RequestUnit,
  { datasets, failed }: { datasets: readonly RequestDataset[]; failed: readonly string[] },
): Promise<{ dataset: string; item: string }[]> {
  const judged = datasets.filter(({ listIncomplete }) => listIncomplete).map(({ name }) => name)
  if (judged.length === 0) return []
  const open = await listOpenDeadLetters(tx, sport.id)
  return open.filter(({ dataset, item, day }) => {
    return judged.includes(dataset) && from <= day && day <= to && item !== key && !failed.includes(item)
  })
}

/** Events that are not told of to their end, by what is stored, have a failure in place of their rows. */
async function withoutIncomplete(
  tx: TransactionSql,
  sport: Sport,
  datasets: readonly RequestDataset[],
  items: readonly Item[],
  about: { unit: RequestUnit; today: Day },
): Promise<readonly Item[]> {
  let found = items
  for (const { name, listIncomplete } of datasets) {
    if (!listIncomplete) continue
    const own = new Set(found.filter(({ event, done }) => event && done.includes(name)))
    const listed = new Set(found.filter(({ toldBy }) => toldBy.includes(name)).map(({ id }) => id))
    const announced = found.flatMap(item => (item.isProvisional ? item : (item.announced ?? [])))
    const { incomplete: problems, off, findings } = await listIncomplete(tx, { items: [...own], listed, announced }, about)
    const ids = new Set(found.map(({ id }) => id))
    const isOff = new Set(off)
    const stored = new Map((await findRows(tx, sport, off)).map(row => [row.providerId, row]))
    const others = [...stored.values()].flatMap(row =>
      ids.has(row.providerId) ? [] : emptyItem(row.providerId, dayOfRow(sport, row)),
    )
    const absent = [...problems.keys()].flatMap(id => (ids.has(id) ? [] : emptyItem(id, about.unit.from)))
    const callOff = (item: Item): Item => {
      const event = item.event ?? stored.get(item.id)
      return {
        ...{ ...item, toldBy: [...item.toldBy, name], done: [...item.done, name], isProvisional: false },
        event: event && { ...event, status: sport.events.statuses.off[0] ?? event.status },
      }
    }
    const noticed = findings.length > 0 ? [{ ...emptyItem(about.unit.key, about.unit.from), findings }] : []
    found = [...found, ...absent, ...others, ...noticed].map(item => {
      if (isOff.has(item.id)) return callOff(item)
      const problem = problems.get(item.id)
      if (problem === undefined) return item
      const error = new NotFinalError(problem, { hint: 'It is asked for again by every run.' })
      const payload = own.has(item) ? Buffer.from(JSON.stringify(item.tables.map(({ rows }) => rows))) : undefined
      const failure: Failure = { dataset: name, stage: 'load', error, payload, isRefused: false }
      // Live, the next poll tells more.
      const why = about.unit.isRecurring ? [] : [failure]
      // What is not listed has what others say of it.
      return listed.has(item.id)
        ? withFailure(item, name, why)
        : { ...item, toldBy: [...item.toldBy, name], failures: [...item.failures, ...why] }
    })
  }
  return found
}

/**
 * The events of a unit as they are to be asked for: one that is stored as over, and that a list which lags behind shows as still to come on
 * the same day, as it is stored. By the list nobody would ask for its file, and lines of while it was played, or of before a correction,
 * would stay.
 */
async function asStored(
  { events, isRecurring, listedBy }: RequestUnit,
  { database, sport }: Pick<UnitContext, 'database' | 'sport'>,
): Promise<{ events: readonly ScheduleEntry[]; findings: ReadonlyMap<string, Finding[]> }> {
  const toCome = isRecurring || listedBy === '' ? [] : events.filter(entry => isToCome(sport, entry))
  const findings = new Map<string, Finding[]>()
  if (toCome.length === 0) return { events, findings }
  const rows = await database.run(sql =>
    findRows(
      sql,
      sport,
      toCome.map(({ id }) => id),
    ),
  )
  const over = new Map(
    rows.flatMap(row => (phaseOf(sport.events, row.status) === 'over' ? [[row.providerId, row] as const] : [])),
  )
  const stored = (entry: ScheduleEntry): ScheduleEntry => {
    const row = over.get(entry.id)
    if (!row || dayOfRow(sport, row) !== entry.day) return entry
    const { event, related } = entry.read()
    findings.set(entry.id, [statusBack(sport, entry.id, row.status, event.status)])
    return { ...entry, read: () => ({ event: row, related }) }
  }
  return { events: events.map(entry => (toCome.includes(entry) ? stored(entry) : entry)), findings }
}

function isToCome(sport: Sport, entry: ScheduleEntry): boolean {
  try {
    return ['ahead', 'on'].includes(phaseOf(sport.events, entry.read().event.status) ?? '')
  } catch {
    return false
  }
}

/**
 * Finds the items whose rows cannot be written (a number no column holds, lines that do not come back) by writing each alone and rolling
 * it back; they become failures, so that one item's rows do not keep the others out.
 */
async function isolateBadRows(unit: RequestUnit, items: readonly Item[], context: UnitContext): Promise<Item[]> {
  const isolated: Item[] = []
  for (const item of items) {
    const error = await tryAlone(item, unit, context)
    isolated.push(error ? await withoutBadRows(item, error, unit, context) : item)
  }
  return isolated
}

async function withoutBadRows(item: Item, error: IngestError, unit: RequestUnit, context: UnitContext): Promise<Item> {
  const payload = Buffer.from(JSON.stringify(item.tables.flatMap(table => table.rows)))
  const dataset = item.done.at(-1) ?? unit.listedBy
  const failure = { dataset, stage: 'load' as const, error, payload, isRefused: false }
  const done = item.done.filter(name => name !== dataset)
  const without: Item = { ...item, tables: [], done, failures: [...item.failures, failure] }
  return (await tryAlone(without, unit, context)) ? { ...without, event: undefined, related: [] } : without
}

async function tryAlone(
  item: Item,
  { isPartial }: RequestUnit,
  { database, sport, clock }: UnitContext,
): Promise<IngestError | undefined> {
  const write = (tx: TransactionSql) => loadItems(tx, sport, [item], { at: clock.now(), isPartial })
  try {
    await tryOut(database, write)
    return undefined
  } catch (error) {
    if (error instanceof RowError || error instanceof BugError) return error
    throw error
  }
}
