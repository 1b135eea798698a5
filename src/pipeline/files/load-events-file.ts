import type { TransactionSql } from 'postgres'
import { addDays, type Day } from '../../core/days.ts'
import { IngestError, PayloadError } from '../../core/errors.ts'
import { keptAwake } from '../../store/bulk-load.ts'
import { storableJson } from '../../store/text.ts'
import type { EventFile } from '../dataset.ts'
import { dayOfRow, phaseOf, statusesOf } from '../event-table.ts'
import { type EventStart, listEventStarts, listRowsSince, readEvent } from '../events.ts'
import { emptyItem, type Item } from '../item.ts'
import { loadItems } from '../load-items.ts'
import { addCounts, noCounts } from '../receipt.ts'
import type { Sport } from '../sport.ts'
import { type CsvRecord, createCsvScanner, fieldText } from './csv-scanner.ts'
import { createErrorBudget } from './error-budget.ts'
import type { FileRows } from './load-file.ts'

export interface LoadEventsOptions {
  sport: Sport
  dataset: string
  at: Date
  today: Day
  /** Gets the ids of games that were written. */
  changed?: Set<string>
}

/** Events that are written at a time: a file has thousands, and no more of them than these are held. */
const batchSize = 300

/** So many events may leave the file (an exhibition called off); when more do, it is incomplete. */
const maxVanishedFinals = 3

/** For so long after its start a live feed may know better than the file how an event has ended. */
const freshMs = 12 * 3_600_000

/**
 * Writes a file of events within the caller's transaction, as it streams. Events that are on, or were put off meanwhile, stay as they are
 * until the file tells more of them. Events of its seasons that it no longer lists, and that were not played, are called off.
 * @throws PayloadError where it is not what it should be: nothing of it may be kept
 */
export async function loadEventsFile(
  tx: TransactionSql,
  { required, known, toItem, reconcile }: EventFile,
  chunks: AsyncIterable<Buffer>,
  { sport, dataset, at, today, changed = new Set() }: LoadEventsOptions,
): Promise<FileRows> {
  const { noun } = sport.events
  const before = new Map((await listEventStarts(tx, sport)).map(event => [event.id, event]))
  const fresh = new Map((await listRowsSince(tx, sport, new Date(at.getTime() - freshMs))).map(row => [row.providerId, row]))
  const ids = new Set<string>()
  const seasons = new Set<string>()
  const errors = createErrorBudget(dataset)
  let records = 0
  const waiting: Item[] = []
  let header: string[] | undefined
  let unknown: string[] = []
  let counts = noCounts()

  function add(record: CsvRecord): void {
    if (!header) {
      header = Array.from({ length: record.count }, (_, i) => fieldText(record, i).trim())
      const missing = required.find(name => !header?.includes(name))
      if (missing) throw new PayloadError(`The file ${dataset} lacks the column ${missing}.`)
      unknown = header.filter(name => !known.includes(name))
      return
    }
    records++
    const places = header
    const read = (name: string) => {
      const place = places.indexOf(name)
      return place < 0 || place >= record.count ? '' : fieldText(record, place)
    }
    try {
      if (record.count !== places.length)
        throw new PayloadError(`has ${record.count} fields, and the header ${places.length} columns`)
      const others = unknown.map(name => [name, read(name)] as const).filter(([, text]) => text !== '')
      const item = toItem(read, others.length > 0 ? storableJson(Object.fromEntries(others)) : null)
      if (ids.has(item.id)) throw new PayloadError('is there twice')
      ids.add(item.id)
      if (item.event) seasons.add(item.event.season)
      const stored = fresh.get(item.id)
      if (!isBehind(sport, item, before.get(item.id), at)) waiting.push(stored && reconcile ? reconcile(item, stored) : item)
    } catch (error) {
      if (!(error instanceof IngestError)) throw error
      errors.addBad(record, read(places[0] ?? ''), error.message, records)
    }
  }

  async function write(least: number): Promise<void> {
    while (waiting.length > 0 && waiting.length >= least) {
      const some = waiting.splice(0, batchSize)
      counts = addCounts(counts, await loadItems(tx, sport, some, { at, isPartial: false, changed }))
    }
  }

  const scanner = createCsvScanner(add)
  for await (const chunk of keptAwake(tx, chunks)) {
    scanner.write(chunk)
    await write(batchSize)
  }
  scanner.end()
  errors.judge(records)
  if (ids.size === 0) throw new PayloadError(`The file ${dataset} has no ${noun}.`)
  const vanished = [...before].filter(([id, { season, day }]) => !ids.has(id) && seasons.has(season) && day < today)
  const finals = vanished.filter(([, { status }]) => phaseOf(sport.events, status) === 'over')
  if (finals.length > maxVanishedFinals + errors.bad.length)
    throw new PayloadError(`The file ${dataset} lacks ${finals.length} ${noun} that were played, ${finals[0]?.[0]} among them.`)
  const [calledOff] = statusesOf(sport, 'off')
  // A row that cannot be read may be any of them.
  for (const [id, { status, day }] of errors.bad.length > 0 ? [] : vanished) {
    const phase = phaseOf(sport.events, status)
    const isOff = phase === 'ahead' || phase === 'moved' || (phase === 'on' && day < addDays(today, -1))
    const event = isOff && calledOff ? await readEvent(tx, sport, id) : undefined
    if (event && calledOff) waiting.push({ ...emptyItem(id, day), event: { ...event, status: calledOff } })
  }
  await write(0)
  return { counts, rows: ids.size, bad: errors.bad, unknown }
}

/**
 * Whether the file has no news of an event that it does not list as over. One that is over stays so; one that is on, put off or called
 * off does as long as the file lists it where it was: with another day or time it was moved.
 */
function isBehind(sport: Sport, { event }: Item, stored: EventStart | undefined, at: Date): boolean {
  const phase = stored && phaseOf(sport.events, stored.status)
  if (!stored || !event || phaseOf(sport.events, event.status) !== 'ahead' || phase === 'ahead') return false
  if (phase === 'over') return true
  if (dayOfRow(sport, event) !== stored.day) return false
  const startsAt = event[sport.events.columns.startsAt] as Date | null
  // A start that was put off while it is on, or a little wrong, makes it no event to come.
  const isPast = startsAt !== null && startsAt <= at
  return startsAt?.getTime() === stored.startsAt?.getTime() || (phase === 'on' && isPast)
}
