import type { TransactionSql } from 'postgres'
import { IngestError, PayloadError } from '../../core/errors.ts'
import { keptAwake } from '../../store/bulk-load.ts'
import { storableJson } from '../../store/text.ts'
import type { EventFile } from '../dataset.ts'
import { afterStart, longestEventMs } from '../event-hours.ts'
import { dayOfRow, phaseOf, singular } from '../event-table.ts'
import { type EventState, findRows, listStates } from '../events.ts'
import { emptyItem, type Item } from '../item.ts'
import { loadItems } from '../load-items.ts'
import { addCounts, noCounts } from '../receipt.ts'
import type { Finding } from '../rows.ts'
import type { Sport } from '../sport.ts'
import { lockEvents } from '../stale-rows.ts'
import { type CsvRecord, endless, fieldText } from './csv-scanner.ts'
import { createErrorBudget } from './error-budget.ts'
import { readNames } from './header.ts'
import type { FileRows } from './load-file.ts'
import { createNumberIds } from './number-ids.ts'
import { calledOff, reconcile } from './reconcile.ts'
import { type ScanOptions, scanFile } from './scan-file.ts'

export interface LoadEventsOptions extends Omit<ScanOptions, 'what'> {
  sport: Sport
  dataset: string
  at: Date
  /** It is right though it lacks many events that were played: a person said so. */
  mayShrink?: boolean
  /** As `LoadOptions` has it. */
  byValue?: boolean | undefined
  /** Events that were played and that the file has lacked since a person said so. */
  lacks?: readonly string[]
  /** Gets the ids of games that were written. */
  changed?: Set<string>
}

/** Events that are written at a time: a file has thousands, and no more of them than these are held. */
const batchSize = 300

/** So many events may leave the file (an exhibition called off); when more do, it is incomplete. */
const maxVanishedFinals = 3

/** A file of all seasons has thousands; a statement cannot be asked about more than twice as many as these. */
const maxEvents = 30_000

/** A record as it was sent, to tell which of two counts, whatever their order. */
interface Listed {
  line: number
  raw: Uint8Array
  isOver: boolean
}

/**
 * Writes a file of events within the caller's transaction, as it streams. What a live feed said of an event counts for some time, and what
 * the file says counts from then on. Events of its seasons that it no longer lists, and that were not played, are called off.
 * @throws PayloadError where it is not what it should be: nothing of it may be kept
 */
export async function loadEventsFile(
  tx: TransactionSql,
  file: EventFile,
  chunks: AsyncIterable<Buffer>,
  { sport, dataset, at, mayShrink = false, lacks = [], changed = new Set(), byValue, ...how }: LoadEventsOptions,
): Promise<FileRows> {
  const { noun } = sport.events
  const listed = new Map<string, Listed>()
  const seasons = new Set<string>()
  const errors = createErrorBudget(dataset)
  const numberIds = createNumberIds()
  const takenBack: string[] = []
  const waiting: Item[] = []
  let records = 0
  let repeated = 0
  let header: ReadonlyMap<string, number> | undefined
  let unknown: string[] = []
  let counts = noCounts()
  let stored: Map<string, EventState> | undefined
  let againAt: Date | undefined

  function add(record: CsvRecord): void {
    if (!header) {
      header = new Map(readNames(record, dataset).map((name, place) => [name, place]))
      const missing = file.required.find(name => !header?.has(name))
      if (missing) throw new PayloadError(`The file ${dataset} lacks the column ${missing}.`)
      unknown = [...header.keys()].filter(name => !file.known.includes(name))
      return
    }
    records++
    if (listed.size > maxEvents) throw new PayloadError(`The file ${dataset} has more than ${maxEvents} ${noun}.`)
    const places = header
    const read = (name: string) => {
      const place = places.get(name)
      return place === undefined || place >= record.count ? '' : fieldText(record, place)
    }
    if (record.problem !== undefined) {
      errors.addBad(record, '', record.problem, records)
      return
    }
    try {
      if (record.count !== places.size)
        throw new PayloadError(`has ${record.count} fields, and the header ${places.size} columns`)
      const others = unknown.map(name => [name, read(name)] as const).filter(([, text]) => text !== '')
      const item = file.toItem(read, others.length > 0 ? storableJson(Object.fromEntries(others)) : null)
      for (const name of file.ids ?? []) numberIds.addRounded(name, read(name))
      if (item.event) seasons.add(item.event.season)
      const isOver = item.event !== undefined && phaseOf(sport.events, item.event.status) === 'over'
      take(item, { line: record.line, raw: Uint8Array.prototype.slice.call(record.data, record.from, record.to), isOver })
    } catch (error) {
      if (!(error instanceof IngestError)) throw error
      if (record.lines > 1) throw endless(dataset, record, error.message)
      errors.addBad(record, read(places.keys().next().value ?? ''), error.message, records)
    }
  }

  /** Of two records of one event the one of a result counts; of two alike, the one whose text comes last: never their order. */
  function take(item: Item, own: Listed): void {
    const other = listed.get(item.id)
    // The same words twice are no news.
    if (other && Buffer.compare(own.raw, other.raw) === 0) return
    const isTaken = !other || comesBehind(own, other)
    if (isTaken) {
      listed.set(item.id, own)
      const place = other ? waiting.findIndex(({ id }) => id === item.id) : -1
      waiting.splice(place < 0 ? waiting.length : place, 1, item)
    }
    if (!other) return
    repeated++
    const [kept, { line, raw }] = isTaken ? [own, other] : [other, own]
    const reason = `is there twice: in line ${kept.line}, which counts, and in line ${line}`
    // Each has a letter of its own.
    const name = errors.bad.some(bad => bad.item === item.id) ? `${item.id} line ${line}` : item.id
    errors.addBad({ line, data: raw, from: 0, to: raw.length }, name, reason, records)
  }

  /** What is stored, behind the lock that a first write would take anyway: no live poll changes it until the commit. */
  async function readStored(): Promise<Map<string, EventState>> {
    if (!stored) {
      await lockEvents(tx, sport)
      stored = new Map((await listStates(tx, sport)).map(event => [event.id, event]))
    }
    return stored
  }

  async function write(least: number): Promise<void> {
    while (waiting.length > 0 && waiting.length >= least) {
      const some = await reconciled(waiting.splice(0, batchSize))
      counts = addCounts(counts, await loadItems(tx, sport, some, { at, isPartial: false, changed, mayCallOff: true, byValue }))
    }
  }

  async function reconciled(items: readonly Item[]): Promise<Item[]> {
    const before = await readStored()
    const ids = items.filter(item => mayDiffer(sport, item, before.get(item.id)?.status, at)).map(({ id }) => id)
    const rows = new Map((await findRows(tx, sport, ids)).map(row => [row.providerId, row]))
    return items.map(item => {
      const row = rows.get(item.id)
      if (!row) return item
      const found = reconcile(sport, file, item, row, at)
      if (found.isTakenBack) takenBack.push(item.id)
      if (found.until) putOff(found.until)
      return found.item
    })
  }

  function putOff(until: Date): void {
    if (!againAt || until < againAt) againAt = until
  }

  /** Calls off what is not listed any more. */
  async function dropUnlisted(ids: readonly string[], replaced: ReadonlySet<string>): Promise<void> {
    for (const row of await findRows(tx, sport, ids)) {
      const event = calledOff(sport, file, row, at, replaced.has(row.providerId))
      if (event instanceof Date) putOff(event)
      else if (event) waiting.push({ ...emptyItem(row.providerId, dayOfRow(sport, row)), event })
    }
    await write(0)
  }

  for await (const _ of scanFile(keptAwake(tx, chunks), { ...how, what: dataset }, add)) await write(batchSize)
  errors.judge(records)
  if (listed.size === 0) throw new PayloadError(`The file ${dataset} has no ${noun}.`)
  await write(0)
  const unlisted = [...(await readStored()).values()].filter(({ id, season }) => !listed.has(id) && seasons.has(season))
  const ids = unlisted.map(({ id }) => id)
  const replaced = new Set(await file.listReplaced(tx, ids))
  const isPlayed = ({ id, status }: EventState) => phaseOf(sport.events, status) === 'over' && !replaced.has(id)
  const played = unlisted.filter(isPlayed).map(({ id }) => id)
  // A row that cannot be read may be any of them; one that is there twice is not.
  const unreadable = errors.badCount() - repeated
  const vanished = unlisted.filter(event => isPlayed(event) && !lacks.includes(event.id))
  if (!mayShrink && vanished.length > maxVanishedFinals + unreadable) throw incomplete(sport, dataset, vanished)
  const dropped = ids.filter(id => !played.includes(id))
  if (unreadable === 0) await dropUnlisted(dropped, replaced)
  const findings = [
    ...numberIds.findings(dataset),
    ...toFindings(sport, 'unlisted', played, them => `the file ${dataset} no longer lists ${them}`),
    ...toFindings(sport, 'status-back', takenBack, them => `the file ${dataset} lists ${them} without a result`),
  ]
  counts = { ...counts, findings: [...counts.findings, ...findings] }
  const accepted = mayShrink ? played : played.filter(id => lacks.includes(id))
  return { counts, rows: listed.size, bad: errors.bad, moreBad: errors.moreBad, unknown, left: { againAt, lacks: accepted } }
}

function incomplete({ id: sport, events: { noun } }: Sport, dataset: string, vanished: readonly EventState[]): PayloadError {
  const [first] = vanished
  const acceptedBy = `sports-ingest schedule backfill --sport ${sport} --season ${first?.season} --only ${dataset} --restart`
  const message = `The file ${dataset} lacks ${vanished.length} ${noun} that were played, ${first?.id} among them.`
  return new PayloadError(message, { hint: `What is stored stays. Should it be right nevertheless: ${acceptedBy}.` })
}

/** Whether of two records of one event the first is the one that counts. */
const comesBehind = (one: Listed, other: Listed): boolean =>
  one.isOver === other.isOver ? Buffer.compare(one.raw, other.raw) > 0 : one.isOver

/** Whether what is stored of an event may not be what the file says: else its row need not be read. */
function mayDiffer(sport: Sport, { event }: Item, before: string | undefined, at: Date): boolean {
  const phase = before === undefined ? undefined : phaseOf(sport.events, before)
  if (!event || phase === undefined || phase === 'ahead') return false
  return phase !== 'over' || phaseOf(sport.events, event.status) === 'ahead' || at < afterStart(sport, event, longestEventMs)
}

/** One for each event, or for all where there are many. */
function toFindings(sport: Sport, check: string, ids: readonly string[], what: (them: string) => string): Finding[] {
  const { noun } = sport.events
  const name = `${singular[noun].slice(0, 1).toUpperCase()}${singular[noun].slice(1)}`
  if (ids.length <= maxVanishedFinals)
    return ids.map(item => ({ item, check, message: `${name} ${item} was played, and ${what('it')}; it stays as it is.` }))
  const some = ids.slice(0, maxVanishedFinals).join(', ')
  const message = `${ids.length} ${noun} were played, and ${what('them')}; they stay as they are: ${some}, …`
  return [{ item: ids[0] ?? '', check, message }]
}
