import type { ISql } from 'postgres'
import { notFinal } from '../core/outcome.ts'
import { listLoadedUnits } from '../store/files.ts'
import { type EventSpan, type Gap, within } from './coverage.ts'
import type { Dataset } from './dataset.ts'
import { eventsOf, statusesOf, unfinishedOf } from './event-table.ts'
import { type EventState, listSeason } from './events.ts'
import type { Sport } from './sport.ts'
import { allKey } from './unit-span.ts'

/** A gap that nobody has given up, and what it lacks: `lacks its lines`, to go behind the event's name. */
export interface Missing extends Gap {
  what: string
  /** That has the rows, where it is known. */
  dataset?: string
}

/** Of these ids, those that are neither stored nor in the dead letters. */
export async function listUnstored(sql: ISql, sport: Sport, ids: readonly string[]): Promise<Set<string>> {
  const rows = await sql<{ id: string }[]>`
    select listed.id from jsonb_array_elements_text(${sql.json([...ids])}) as listed(id)
    where not exists (select from ${eventsOf(sql, sport)} e where e.id = listed.id)
      and not exists (select from dead_letters d where d.sport = ${sport.id} and d.item = listed.id and d.status in ('open', 'discarded'))`
  return new Set(rows.map(({ id }) => id))
}

/** How many stored events are not over: they stand as they were, and the next daily run asks for them again. */
export async function countUnfinished(sql: ISql, sport: Sport, span: EventSpan): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from ${eventsOf(sql, sport)} e
    where e.status in ${sql(unfinishedOf(sport))} and ${within(sql, span)}`
  return row?.count ?? 0
}

/** Events of the span that are over and lack rows which no dead letter accounts for, and those that are not over by their own files. */
export async function listMissing(sql: ISql, sport: Sport, span: EventSpan): Promise<Missing[]> {
  const notOver = await sql<Missing[]>`
    select distinct e.id, e.day, e.season, 'is over, but not by its own file' as what from ${eventsOf(sql, sport)} e
    join dead_letters d on d.sport = ${sport.id} and d.item = e.id and d.status = 'open' and d.error_class = ${notFinal}
    where ${within(sql, span)}`
  return [...notOver, ...(await listGaps(sql, sport, span, await readAccounts(sql, sport)))]
}

/** Events of the span that are over and lack rows, for whatever reason, unless a person has discarded their dead letter. */
export const listIncomplete = async (sql: ISql, sport: Sport, span: EventSpan): Promise<Missing[]> =>
  await listGaps(sql, sport, span, await readAccounts(sql, sport, { discardedOnly: true }))

async function listGaps(sql: ISql, sport: Sport, span: EventSpan, isAccountedFor: IsAccountedFor): Promise<Missing[]> {
  const found: Missing[] = []
  for (const dataset of sport.datasets)
    for (const { what, missing } of dataset.coverage)
      for (const gap of await missing(sql, sport, span))
        if (!(await isAccountedFor(dataset, gap))) found.push({ ...gap, what, dataset: dataset.name })
  return found
}

/** The units that a dataset has for a season as a whole: `2024`, or `eng.1 2024-25` and those of the other competitions. */
function seasonKeys({ units }: Dataset, season: string): string[] {
  if (units === 'event') return []
  return [...units({ today: '', days: [], seasons: [{ label: season, from: '', to: '' }] })].map(({ key }) => key)
}

/** Letters name an event, its day, a unit of its season, or that of all seasons. */
function isAbout(letters: ReadonlySet<string>, dataset: Dataset, { id, day, season }: Gap): boolean {
  if (letters.size === 0) return false
  return [id, day, allKey, ...seasonKeys(dataset, season)].some(item => letters.has(`${dataset.name} ${item}`))
}

type IsAccountedFor = (dataset: Dataset, gap: Gap) => Promise<boolean>

/**
 * Tells whether a dead letter accounts for rows that are not there. Where the tables decide and a season goes on, only one that a person
 * discarded: else the next state of the file, which may be older than the events, resolves the letter, and the watermark has passed
 * events without rows.
 */
async function readAccounts(sql: ISql, sport: Sport, { discardedOnly = false } = {}): Promise<IsAccountedFor> {
  const names = sport.datasets.flatMap(({ name, coverage }) => (coverage.length > 0 ? [name] : []))
  const rows = await sql<{ letter: string; status: string }[]>`
    select dataset || ' ' || item as letter, status from dead_letters
    where sport = ${sport.id} and dataset in ${sql(['', ...names])} and status in ('open', 'discarded')`
  const letters = (status: string) => new Set(rows.filter(row => row.status === status).map(({ letter }) => letter))
  const [open, discarded] = [letters('open'), letters('discarded')]
  const goesOn = new Map<string, boolean>()
  return async (dataset, gap) => {
    if (isAbout(discarded, dataset, gap)) return true
    if (discardedOnly || !isAbout(open, dataset, gap)) return false
    if (sport.settledBy === 'run') return true
    const isUnfinished = goesOn.get(gap.season) ?? (await countUnfinished(sql, sport, { season: gap.season })) > 0
    goesOn.set(gap.season, isUnfinished)
    return !isUnfinished
  }
}

/** Whether each dataset that must cover a season's events was loaded, or is accounted for by a dead letter. */
async function areDatasetsSettled(sql: ISql, sport: Sport, season: string): Promise<boolean> {
  const units = sport.datasets.flatMap(dataset =>
    dataset.coverage.length > 0 ? seasonKeys(dataset, season).map(key => ({ dataset, key })) : [],
  )
  const loaded = await listLoadedUnits(sql, sport.id)
  const open = units.filter(({ dataset, key }) => !loaded.has(`${dataset.name} ${key}`))
  if (open.length === 0) return true
  const isAccountedFor = await readAccounts(sql, sport)
  for (const { dataset, key } of open) if (!(await isAccountedFor(dataset, { id: key, day: '', season }))) return false
  return true
}

/**
 * A season's events by id, and whether there is nothing left to load of each: over, with their rows stored or accounted for; or called
 * off. Undefined while a dataset that covers them was neither loaded nor given up.
 */
export async function readSettledEvents(
  sql: ISql,
  sport: Sport,
  season: string,
): Promise<(EventState & { isSettled: boolean })[] | undefined> {
  if (!(await areDatasetsSettled(sql, sport, season))) return undefined
  const events = await listSeason(sql, sport, season)
  const missing = new Set((await listMissing(sql, sport, { season })).map(({ id }) => id))
  const [off, over] = [statusesOf(sport, 'off'), statusesOf(sport, 'over')]
  return events.map(event => ({
    ...event,
    isSettled: off.includes(event.status) || (over.includes(event.status) && !missing.has(event.id)),
  }))
}
