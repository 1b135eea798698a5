import { PayloadError } from '../core/errors.ts'
import { toItemError } from '../core/outcome.ts'
import { providerOf, type UnitContext } from './context.ts'
import { isPerEvent, type RequestDataset, type Transformed } from './dataset.ts'
import { distinctRows } from './distinct-rows.ts'
import { dayOfRow, singular } from './event-table.ts'
import { emptyItem, type Failure, type Item } from './item.ts'
import { isRefusal } from './provider-health.ts'
import type { EventRow, TableRows } from './rows.ts'
import type { ScheduleEntry } from './schedule.ts'
import type { RequestUnit } from './unit.ts'
import { nameOf } from './unit-span.ts'

/** What the requests of a unit have given. */
export interface ReadUnit {
  items: Item[]
  /** Datasets, asked for the unit as a whole, that could not be loaded. */
  failures: Failure[]
}

type Context = Pick<UnitContext, 'providers' | 'log' | 'onItem' | 'sport' | 'today'>

/** More answers of one dataset than these are a loop. */
const maxPages = 1000

/**
 * Asks for all there is of a unit: for each of its events, and for the unit as a whole. What cannot be had is a failure beside the rest,
 * never an exception, but for what concerns the run as a whole: a stop, a lost database, a wrong setting, a provider's request to wait.
 */
export async function readUnit(unit: RequestUnit, context: Context): Promise<ReadUnit> {
  const { datasets, events, checked } = unit
  const perEvent = datasets.filter(isPerEvent)
  const asked = events.map(async entry => {
    const item = await readItem(unit, entry, perEvent, context)
    context.onItem()
    return item
  })
  const whole = datasets.filter(dataset => !isPerEvent(dataset)).map(dataset => readPages(unit, dataset, context))
  const items = await Promise.all([...asked, ...checked.map(entry => readItem(unit, entry, [], context))])
  const pages = await Promise.all(whole)
  return {
    items: [...items, ...mergedById(pages.flatMap(page => ('error' in page ? [] : page)))],
    failures: pages.flatMap(page => ('error' in page ? page : [])),
  }
}

/** An event that several datasets tell of is one item with the rows of all: the event as the later one has it. */
function mergedById(items: readonly Item[]): Item[] {
  const merged = new Map<string, Item>()
  for (const item of items) {
    const before = merged.get(item.id)
    if (!before) merged.set(item.id, item)
    else if (before.isProvisional === item.isProvisional) merged.set(item.id, merge(before, item))
    else merged.set(item.id, before.isProvisional ? withAnnounced(item, before) : withAnnounced(before, item))
  }
  return [...merged.values()]
}

/**
 * Of a provisional dataset and a final one the final one counts, but for what it does not tell: columns of the event, and tables. Where the
 * final one could not be read, the provisional one does.
 */
function withAnnounced(item: Item, announced: Item): Item {
  const { event, tables, failures } = item
  const both = {
    toldBy: [...announced.toldBy, ...item.toldBy],
    done: [...announced.done, ...item.done],
  }
  const failed = [...announced.failures, ...failures]
  if (!event) return { ...announced, ...both, failures: failed }
  const isTold = ({ table, group }: TableRows) => group !== undefined && tables.some(one => one.table === table)
  return {
    ...{ ...item, ...both, announced, failures: failed },
    event: { ...announced.event, ...told(event) },
    // Of clubs and people the rows of both, of which the last counts.
    tables: [...announced.tables.filter(one => !isTold(one)), ...tables],
  }
}

/** Without the columns that are undefined. */
const told = (event: EventRow): EventRow =>
  Object.fromEntries(Object.entries(event).filter(([, value]) => value !== undefined)) as EventRow

const merge = (before: Item, item: Item): Item => ({
  ...item,
  event: item.event ?? before.event,
  related: [...before.related, ...item.related],
  tables: [...before.tables, ...item.tables],
  findings: [...before.findings, ...item.findings],
  toldBy: [...new Set([...before.toldBy, ...item.toldBy])],
  done: [...new Set([...before.done, ...item.done])],
  failures: [...before.failures, ...item.failures],
})

async function readItem(
  unit: RequestUnit,
  entry: ScheduleEntry,
  datasets: readonly RequestDataset[],
  context: Context,
): Promise<Item> {
  const { sport } = context
  const { listedBy } = unit
  let item = emptyItem(entry.id, entry.day)
  try {
    const { event, related } = entry.read()
    item = { ...item, event, related, day: dayOfRow(sport, event), done: [listedBy] }
  } catch (error) {
    const failure = { dataset: listedBy, stage: 'transform' as const, error: toItemError(error), payload: entry.raw() }
    return { ...item, failures: [{ ...failure, isRefused: false }] }
  }
  for (const dataset of datasets) {
    const { name } = dataset
    const read = await readAnswers(unit, dataset, context, item.event)
    if ('error' in read) {
      item = { ...item, failures: [...item.failures, read] }
      continue
    }
    // Of an event that was called off or moved there is nothing to have now: an earlier failure is settled. It is found again by its status.
    if (read.length === 0) item = { ...item, tables: [...item.tables, ...noLines(dataset, entry.id)] }
    const own = distinctTables(read, nameOfEvent(sport, entry.id))
    if (own instanceof PayloadError) {
      item = { ...item, failures: [...item.failures, withRows(name, own, read)] }
      continue
    }
    for (const { event = item.event, findings = [] } of read) item = { ...item, event, findings: [...item.findings, ...findings] }
    item = { ...item, tables: [...item.tables, ...own], done: [...item.done, name] }
  }
  return item
}

type WithTables = Pick<Transformed, 'tables'>

/** The rows of an event, or why nobody knows which of them count. */
function distinctTables(read: readonly WithTables[], event: string): TableRows[] | PayloadError {
  try {
    return distinctRows(
      read.flatMap(({ tables = [] }) => tables),
      event,
    )
  } catch (error) {
    if (error instanceof PayloadError) return error
    throw error
  }
}

const nameOfEvent = ({ events }: Context['sport'], id: string) => `${singular[events.noun]} ${id}`

const withRows = (dataset: string, error: PayloadError, read: readonly WithTables[]): Failure => ({
  ...{ dataset, stage: 'transform', error, isRefused: false },
  payload: Buffer.from(JSON.stringify(read.flatMap(({ tables = [] }) => tables.map(({ rows }) => rows)))),
})

/** Takes away what was stored of an event while it was on, before it was put off or called off. */
const noLines = ({ lines = [] }: RequestDataset, id: string): TableRows[] => lines.map(of => ({ ...of, rows: [], groups: [id] }))

async function readPages(unit: RequestUnit, dataset: RequestDataset, context: Context): Promise<Item[] | Failure> {
  const { name, standing } = dataset
  const read = await readUnmoved(unit, dataset, context)
  context.onItem()
  if ('error' in read) return read
  const items = new Map(read.flatMap(({ items: some = [] }) => some.map(item => [item.id, item])))
  const distinct = [...items.values()].map(item => {
    const own = distinctTables([item], nameOfEvent(context.sport, item.id))
    return own instanceof PayloadError
      ? { ...emptyItem(item.id, item.day), failures: [...item.failures, withRows(name, own, [item])] }
      : { ...item, tables: own }
  })
  const events = distinct.map(item => ({
    ...item,
    // Of one that could not be read, so that the day it is asked for with has its letter.
    day: item.event || (unit.from <= item.day && item.day <= unit.to) ? item.day : unit.from,
    toldBy: [name],
    done: item.failures.length > 0 ? item.done : [...item.done, name],
    isProvisional: standing === 'provisional',
  }))
  const tables = read.flatMap(({ items: some, tables: rows = [] }) => (some ? [] : rows))
  const findings = read.flatMap(({ findings: some = [] }) => some)
  return [...events, ...(tables.length + findings.length > 0 ? [{ ...emptyItem(unit.key, unit.from), tables, findings }] : [])]
}

/** How often pages are read that move meanwhile. */
const maxReads = 3

/**
 * Reads pages until they are those of one list: what is put in or taken out between two of them moves the others, so that one is shown
 * twice or not at all. That shows in the number of events that each page tells for all of them.
 */
async function readUnmoved(unit: RequestUnit, dataset: RequestDataset, context: Context): Promise<Transformed[] | Failure> {
  for (let reads = 1; ; reads++) {
    const read = await readAnswers(unit, dataset, context, undefined)
    if ('error' in read) return read
    const ids = read.flatMap(({ items = [] }) => items.map(({ id }) => id))
    const totals = [...new Set(read.flatMap(({ expected }) => expected ?? []))]
    const sent = new Set(ids).size
    const has = `${dataset.provider} says that ${nameOf(dataset.name, unit)} has`
    const { noun } = context.sport.events
    const [first, ...others] = totals
    if (first === undefined || (others.length === 0 && first === sent)) return read
    const hasMoved = others.length > 0 || sent < ids.length
    if (hasMoved && reads < maxReads) continue
    const message =
      others.length > 0
        ? `${has} ${first} ${noun} on one page and ${others.at(-1)} on another, each of the ${maxReads} times it was read.`
        : `${has} ${first} ${noun}, and sent ${sent}.`
    return { dataset: dataset.name, stage: 'transform', error: new PayloadError(message), payload: undefined, isRefused: false }
  }
}

/** What the answers of a dataset become, one after the other; the failure where one of them could not be had or read. */
async function readAnswers(
  unit: RequestUnit,
  dataset: RequestDataset,
  context: Context,
  event: EventRow | undefined,
): Promise<Transformed[] | Failure> {
  const { name, mayBeMissing } = dataset
  const read: Transformed[] = []
  let body: Uint8Array | undefined
  try {
    const provider = providerOf(context, dataset.provider)
    let current = event
    for (const first of dataset.requests(unit, { today: context.today, event })) {
      const asked = new Set<string>()
      for (let ask: typeof first | undefined = first; ask; ) {
        const pages = `pages of ${nameOf(name, unit)}`
        if (asked.size === maxPages) throw new PayloadError(`${dataset.provider} has more than ${maxPages} ${pages}.`)
        if (asked.has(ask.path))
          throw new PayloadError(
            `${dataset.provider} does not turn the ${pages}: behind GET ${ask.path} it names that one again.`,
          )
        asked.add(ask.path)
        body = undefined
        const answer = await provider.get(ask.path)
        body = answer.body
        const json = answer.json()
        const result = dataset.transform(json, ask, current)
        current = result.event ?? current
        read.push(result)
        for (const field of result.unknownFields ?? [])
          context.log.warn('payload.unknown-field', { dataset: name, field, game: event?.providerId ?? unit.key })
        ask = dataset.next?.(ask, json)
      }
    }
    return read
  } catch (error) {
    const reason = toItemError(error)
    const isRefused = isRefusal(reason) && !mayBeMissing(event)
    const payload = body ?? (reason.body === undefined ? undefined : Buffer.from(reason.body))
    return { dataset: name, stage: body ? 'transform' : 'fetch', error: reason, payload, isRefused }
  }
}
