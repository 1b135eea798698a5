import type { ISql } from 'postgres'
import { IngestError, ProviderRefusesError, ProviderUnavailableError } from '../core/errors.ts'
import { decideOutcome } from '../core/outcome.ts'
import type { Provider } from '../providers/open-provider.ts'
import { listOpenItems } from '../store/dead-letters.ts'
import type { UnitContext } from './context.ts'
import type { RequestDataset } from './dataset.ts'
import { dayOfRow, singular } from './event-table.ts'
import { listNewestFinals } from './events.ts'
import type { Item } from './item.ts'
import { isRefusal } from './provider-health.ts'
import type { EventRow } from './rows.ts'
import type { Sport } from './sport.ts'
import type { RequestUnit } from './unit.ts'

/** Fewer events without an answer say nothing of the provider. */
const manyEvents = 3

type Context = Pick<UnitContext, 'sport' | 'providers' | 'database' | 'today' | 'health' | 'findProbe'>

/**
 * One no may be the event's. Where a unit is given nothing, or nothing any more, a file that was given before decides; where there is
 * none, it is us at the second no of a run in which nothing was given. Files that may be missing tell nothing, unless all were refused
 * and there is one to compare with that must be there.
 * @throws ProviderRefusesError where it is us who are refused
 */
export async function failWhereRefused(unit: RequestUnit, items: readonly Item[], context: Context): Promise<void> {
  const { sport, database, health } = context
  const asked = items.filter(isAsked)
  if (asked.some(isGiven)) health.answered = true
  if (asked.slice(-1).some(isGiven)) return
  const all = context.findProbe !== undefined && asked.length >= manyEvents && !asked.some(isGiven)
  const refused = asked.flatMap(({ id, failures }) =>
    failures.filter(failure => (all ? isRefusal(failure.error) : failure.isRefused)).map(failure => ({ id, ...failure })),
  )
  const ids = refused.map(({ id }) => id)
  const known = await database.run(sql => listOpenItems(sql, sport.id, ids))
  const fresh = refused.filter(({ id, dataset }) => !known.has(`${dataset} ${id}`))
  const [first] = fresh
  if (!first) return
  health.refused += fresh.length
  const answer = await askForKnownFile(unit, items, context)
  if (answer === 'given') health.answered = true
  if (answer === 'given' || (answer === 'unknown' && (health.answered || health.refused < 2))) return
  const many = fresh.length >= manyEvents ? fresh.length : health.refused
  const which = asked.some(isGiven) ? `The last ${fresh.length}` : `All ${many}`
  throw new ProviderRefusesError(`${which} ${sport.events.noun} asked for were refused: ${first.error.message}`, {
    hint: `The provider blocks this client or address; nothing of these ${sport.events.noun} was committed. Try from another network, or later.`,
    cause: first.error,
  })
}

/**
 * Many events without an answer, up to the last one asked for: if a file that was given before is given again, it is the events;
 * else the provider is down, which says nothing of them.
 * @throws ProviderUnavailableError where it is down
 */
export async function failWhereDown(unit: RequestUnit, items: readonly Item[], context: Context): Promise<void> {
  const { health, sport } = context
  const asked = items.filter(isAsked)
  const down = asked.slice(asked.findLastIndex(item => !isDown(item)) + 1)
  health.unanswered = down.length + (down.length === asked.length ? health.unanswered : 0)
  if (down.length === 0 || health.unanswered < manyEvents || (await askForKnownFile(unit, items, context)) === 'given') return
  const cause = down[0]?.failures.find(({ error }) => error instanceof ProviderUnavailableError)?.error
  const { noun } = sport.events
  const which = down.length === 1 ? `The last ${singular[noun]}` : `The last ${down.length} ${noun}`
  throw new ProviderUnavailableError(`${which} asked for could not be loaded: ${cause?.message}`, {
    hint: 'Nothing of this chunk was committed; the next run asks for it again.',
    cause,
  })
}

const isDown = ({ failures }: Item): boolean => failures.some(({ error }) => error instanceof ProviderUnavailableError)
const isGiven = (item: Item): boolean => item.tables.length > 0
const isAsked = (item: Item): boolean => isGiven(item) || item.failures.length > 0

type Answered = 'given' | 'refused' | 'unknown'

/**
 * Asks for a file that this provider has given us before: just now, if it has, or else that of the newest event whose rows are stored; or
 * for one that must be there. Rows tell it, and not raw answers, which are deleted when they are old.
 */
async function askForKnownFile(
  unit: RequestUnit,
  items: readonly Item[],
  { sport, providers, database, today, findProbe }: Context,
): Promise<Answered> {
  const given = items.flatMap(({ event, tables }) => (event && tables.length > 0 ? [event] : []))
  const ids = items.map(({ id }) => id)
  const pathOf = (dataset: RequestDataset, event: EventRow) => [...dataset.requests(unit, { today, event })][0]?.path
  for (const dataset of unit.datasets) {
    const provider = providers.get(dataset.provider)
    if (!provider) continue
    const [known] = given.length > 0 ? given : await database.run(sql => listNewestGiven(sql, sport, dataset, ids))
    const probe = findProbe?.()
    const event = known ?? (probe && !ids.includes(probe.providerId) ? probe : undefined)
    const path = event && pathOf(dataset, event)
    if (path) return await ask(provider, path)
  }
  return 'unknown'
}

/** Of the newest events that are over, but for some, those of which a dataset's rows are stored, newest first. */
async function listNewestGiven(
  sql: ISql,
  sport: Sport,
  { coverage }: RequestDataset,
  except: readonly string[],
): Promise<EventRow[]> {
  const finals = (await listNewestFinals(sql, sport, except)).map(event => ({ event, day: dayOfRow(sport, event) }))
  const newestFirst = finals.sort((a, b) => (a.day > b.day ? -1 : 1))
  const [to, from] = [newestFirst[0]?.day, newestFirst.at(-1)?.day]
  // Where no rows are told of, there is nothing to tell it by.
  if (!from || !to || coverage.length === 0) return []
  const lacking = new Set<string>()
  for (const { missing } of coverage) for (const { id } of await missing(sql, sport, { from, to })) lacking.add(id)
  return newestFirst.flatMap(({ event }) => (lacking.has(event.providerId) ? [] : event))
}

async function ask(provider: Provider, path: string): Promise<Answered> {
  try {
    await provider.get(path)
    return 'given'
  } catch (error) {
    // A stop, a lost database, a pause the provider wants: they say nothing of this file, and the run has to know.
    if (!(error instanceof IngestError) || decideOutcome(error).kind !== 'dead-letter') throw error
    return isRefusal(error) ? 'refused' : 'unknown'
  }
}
