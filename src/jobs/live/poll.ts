import type { Day } from '../../core/days.ts'
import { NotFinalError, ProviderRejectedError, ProviderUnavailableError } from '../../core/errors.ts'
import { dayOf } from '../../core/zones.ts'
import { providerOf, type UnitContext } from '../../pipeline/context.ts'
import type { RequestDataset } from '../../pipeline/dataset.ts'
import { type Phase, phaseOf } from '../../pipeline/event-table.ts'
import { findEvents, listTransientItems, type StoredEvent } from '../../pipeline/events.ts'
import type { Item } from '../../pipeline/item.ts'
import type { LiveDays, LiveFeed, LiveGame } from '../../pipeline/live-feed.ts'
import { loadProvisional } from '../../pipeline/load-provisional.ts'
import { loadUnit } from '../../pipeline/load-unit.ts'
import { addCounts, type Counts, noCounts, noItems } from '../../pipeline/receipt.ts'
import type { Finding, GameRow } from '../../pipeline/rows.ts'
import type { ScheduleEntry } from '../../pipeline/schedule.ts'
import { isWanted } from '../plan/datasets.ts'
import { eventUnit } from '../plan/units.ts'
import { refusedBy } from '../schedules.ts'
import { toContext } from '../work-units.ts'
import { gameOf, hasChanged, type Pair, pairUp, withoutSchedule } from './changed.ts'
import type { Session } from './session.ts'

/** What one poll of the live feed has brought. */
export interface Poll {
  /** The games that are listed and stored. */
  pairs: Pair[]
  /** Listed, and no stored one is meant by it, nor does the feed say enough of it. */
  unknown: LiveGame[]
  /** Ids of those that had changed, and of those that are over since. */
  changed: string[]
  finals: string[]
  counts: Counts
  findings: Finding[]
  /** Something could not be had, and the rest could. */
  trouble: Error | undefined
}

/** Asks for what is new of the events of some days, and writes it. */
export async function poll(session: Session, days: readonly Day[], events: readonly StoredEvent[]): Promise<Poll> {
  const { live } = session.sport
  return live.by === 'day' ? await pollDays(session, live, days, events) : await pollFeed(session, live, days, events)
}

/** Asks for the datasets of some days, each day whole: an event that has begun and has not ended by them is on. */
async function pollDays(session: Session, live: LiveDays, days: readonly Day[], stored: readonly StoredEvent[]): Promise<Poll> {
  const { app, sport, only } = session
  const { ahead, on } = sport.events.statuses
  const before = new Map(stored.map(event => [event.id, event.status]))
  const isIn = (phase: Phase, status: string | undefined) => status !== undefined && phaseOf(sport.events, status) === phase
  const poll = emptyPoll(session)
  // What is polled before the results has a name of its own, and is in the dead letters of the dataset that it is.
  const isAsked = (one: RequestDataset) => isWanted(only, one.name) || (isProvisional(one) && only.includes(live.dataset))
  const refine = (item: Item): Item => {
    const { id, event } = item
    // A result that is not whole yet is asked for again at the next poll.
    const failures = item.failures.filter(({ error }) => !(error instanceof NotFinalError))
    const startsAt = event?.[sport.events.columns.startsAt] as Date | null | undefined
    const hasBegun = event && startsAt && startsAt <= app.clock.now() && ahead.includes(event.status)
    const refined = { ...item, failures, event: hasBegun && on[0] ? { ...event, status: on[0] } : event }
    const status = refined.event?.status
    if (isIn('over', status) && !isIn('over', before.get(id))) poll.finals.push(id)
    return refined
  }
  let isAnyGiven = false
  for (const day of days) {
    const span = { key: day, from: day, to: day, season: undefined }
    const datasets = live.datasets.filter(isAsked)
    const unit = { ...eventUnit('', span, [], datasets), isRecurring: true }
    const { counts, failures, changed } = await loadUnit(unit, contextOf(session), refine)
    poll.counts = addCounts(poll.counts, counts)
    for (const id of changed) poll.changed.push(id)
    // What the day as a whole could not be asked for is asked for at the next poll.
    poll.trouble ??= failures[0]?.error
    isAnyGiven ||= failures.length < datasets.length
  }
  if (poll.trouble && !isAnyGiven) throw poll.trouble
  return poll
}

function emptyPoll({ sport }: Session): Poll {
  const counts = { ...noCounts(), items: [noItems(sport.events.noun)] }
  return { pairs: [], unknown: [], changed: [], finals: [], counts, findings: [], trouble: undefined }
}

/** Asks for the live feed of some days, then for what there is of those games that have changed, and writes what is new. */
async function pollFeed(session: Session, live: LiveFeed, days: readonly Day[], events: readonly StoredEvent[]): Promise<Poll> {
  const { sport, app } = session
  const listed = await fetchFeed(session, live, days)
  const ids = listed.games.map(({ id }) => id)
  const aliases = await app.database.run(async sql => (await live.aliases?.(sql, ids)) ?? new Map<string, string>())
  const near = pairUp(listed.games, events, aliases)
  // One that was moved here from another month is stored under its old day.
  const far = near.unknown.map(({ id }) => aliases.get(id) ?? id)
  const others = far.length > 0 ? await app.database.run(sql => findEvents(sql, sport, far)) : []
  const further = pairUp(near.unknown, others, aliases)
  const { pairs: extra, unknown } = withoutSchedule(further.unknown, app.clock.now())
  const pairs = [...near.pairs, ...further.pairs, ...extra]
  const transient = new Set(pairs.length > 0 ? await app.database.run(sql => listTransientItems(sql, sport.id)) : [])
  const changed = pairs.filter(({ live, stored }) => {
    // One that is over and could not be loaded whole, for a transient reason, has another try.
    return hasChanged(gameOf(stored), live.state) || (live.state.status === 'final' && transient.has(stored.id))
  })
  const poll: Poll = {
    ...emptyPoll(session),
    pairs,
    unknown,
    changed: changed.map(({ stored }) => stored.id),
    findings: [...listed.findings, ...near.findings, ...further.findings],
  }
  if (changed.length > 0) await load(session, changed, poll)
  await loadProvisionalRows(session, pairs, poll)
  return poll
}

async function fetchFeed(session: Session, { provider: declaration, path, parse, datasets }: LiveFeed, days: readonly Day[]) {
  const games = new Map<string, LiveGame>()
  const findings: Finding[] = []
  try {
    for (const address of new Set(days.map(path))) {
      const parsed = parse((await providerOf(session, declaration.id).get(address)).json())
      for (const game of parsed.games) games.set(game.id, game)
      for (const finding of parsed.findings) findings.push(finding)
    }
  } catch (error) {
    // Without its feed a provider has given nothing, and no game is to blame.
    throw error instanceof ProviderRejectedError ? refusedBy(error) : error
  }
  // Who gives the feed does not refuse us: a file it lacks is one that is not there yet.
  if (datasets.every(dataset => isProvisional(dataset) || dataset.provider === declaration.id)) session.health.answered = true
  return { games: [...games.values()], findings }
}

/** After the states of the games are stored, and whether or not they have changed: what fails now is asked for at the next poll. */
async function loadProvisionalRows(session: Session, pairs: readonly Pair[], poll: Poll): Promise<void> {
  const { app, sport, only, failing } = session
  const games = pairs.map(({ live, stored }) => {
    const game = gameOf(stored)
    return { game: game.status === 'final' ? game : withState(game, live), liveId: live.id }
  })
  for (const dataset of sport.live.datasets.filter(one => isProvisional(one) && isWanted(only, one.name))) {
    const ended = games.flatMap(({ game }) => (game.status === 'final' ? [game.providerId] : []))
    const unfinished = new Set(await app.database.run(async sql => (await dataset.listUnfinished?.(sql, ended)) ?? []))
    const wanted = games.filter(({ game }) => game.status === 'live' || unfinished.has(game.providerId))
    const { signal } = app
    const { findings, ...counts } = await loadProvisional(wanted, { ...contextOf(session), dataset, signal, failing })
    poll.counts = addCounts(poll.counts, { ...counts, findings: [] })
    poll.findings = [...poll.findings, ...findings]
  }
}

const contextOf = (session: Session): UnitContext => {
  const { app, sport } = session
  return toContext({ ...session, today: dayOf(app.clock.now(), sport.zone) })
}

const isProvisional = ({ standing }: RequestDataset): boolean => standing === 'provisional'

async function load(session: Session, changed: readonly Pair[], poll: Poll): Promise<void> {
  const { app, sport, only } = session
  const datasets = sport.live.datasets.filter(one => !isProvisional(one) && isWanted(only, one.name))
  const byId = new Map(changed.map(pair => [pair.stored.id, pair]))
  const days = changed.map(({ stored }) => stored.day).sort()
  const [from, to] = [days[0] as Day, days.at(-1) as Day]
  const refine = (item: Item): Item => {
    const pair = byId.get(item.id)
    const refined = pair ? withLiveState(item, pair) : item
    poll.trouble ??= item.failures.find(({ error }) => error instanceof ProviderUnavailableError)?.error
    poll.findings = [...poll.findings, ...malformed(item, refined)]
    if (refined.event?.status === 'final' && pair?.stored.status !== 'final') poll.finals.push(item.id)
    return refined
  }
  const entries = changed.map(pair => toEntry(pair, datasets.length > 0))
  const unit = { ...eventUnit(sport.live.dataset, { from, to }, entries, datasets), isRecurring: true }
  const log = app.log.with({ sport: sport.id, day: to })
  const { counts } = await loadUnit(unit, { ...contextOf(session), log }, refine)
  poll.counts = counts
}

/** A game that is listed as over is so when its own files say it too: as long as they lag behind, there is more to come. */
const toEntry = ({ live, stored, unscheduled }: Pair, hasFiles: boolean): ScheduleEntry => ({
  id: stored.id,
  day: stored.day,
  read: () => ({
    event: { ...withState(gameOf(stored), live), ...(hasFiles && isOver(live) ? { status: 'live' as const } : {}) },
    related: (unscheduled && live.unscheduled?.related) ?? [],
  }),
  raw: () => Buffer.from(JSON.stringify(live.raw)),
})

const withState = (game: GameRow, { state }: LiveGame): GameRow => ({ ...game, ...state })

const isOver = ({ state }: LiveGame): boolean => state.status === 'final'

/**
 * The feed says what state a game is in, which its files may be ahead of: else every poll would find it changed. While it is played, a
 * file that is not to be had is no failure: at the next poll it is asked for again.
 */
function withLiveState(item: Item, { live }: Pair): Item {
  const { event, failures } = item
  if (!event) return item
  const state = { ...event, ...live.state }
  if (!isOver(live)) return { ...item, event: state, failures: [] }
  const lagsBehind = failures.length === 0 && event.status === 'live'
  return lagsBehind ? item : { ...item, event: state }
}

/** What was left out because the game is not over, and will not come right by waiting. */
function malformed(before: Item, after: Item): Finding[] {
  return before.failures
    .filter(failure => !after.failures.includes(failure) && failure.stage === 'transform')
    .map(({ dataset, error }) => ({ item: before.id, check: dataset, message: error.message }))
}
