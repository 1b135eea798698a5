import type { App } from '../../app.ts'
import { hasPassed } from '../../core/clock.ts'
import { addDays } from '../../core/days.ts'
import { BusyError } from '../../core/errors.ts'
import { type Log, withoutWarnings } from '../../core/log.ts'
import { dayOf } from '../../core/zones.ts'
import type { Dataset } from '../../pipeline/dataset.ts'
import { singular } from '../../pipeline/event-table.ts'
import { hasEventsSince, listEvents, type StoredEvent } from '../../pipeline/events.ts'
import { sumOf } from '../../pipeline/receipt.ts'
import type { Finding } from '../../pipeline/rows.ts'
import { yearOfSeason } from '../../pipeline/seasons.ts'
import type { Sport } from '../../pipeline/sport.ts'
import { dailyWatermark } from '../../pipeline/watermark-names.ts'
import { readWatermark } from '../../store/watermarks.ts'
import { recomputeInline } from '../background/recompute-inline.ts'
import { sendDueNotices } from '../cache-invalidation.ts'
import { runDaily } from '../daily.ts'
import { chooseDatasets, isWanted, liveNamesOf, namesOf } from '../plan/datasets.ts'
import { prune } from '../retention/prune.ts'
import { addToReceipt } from '../run-job.ts'
import { findWindows, type GameWindows } from './game-windows.ts'
import { poll as askNow, type Poll } from './poll.ts'
import type { Session } from './session.ts'

/** What one cycle has found and done. */
export interface Cycle {
  windows: GameWindows
  poll: Poll | undefined
  /** What has become of the update, where one was due: another process may be at it. */
  update: 'done' | 'elsewhere' | Error | undefined
  /** Something could not be had, and the rest could. */
  trouble: Error | undefined
}

/** A live feed may list a whole week. */
const aroundDays = 7

/** Timers may be a little early. */
const toleranceMs = 1000

/** One cycle: an update of the schedule where it is due, a poll of the live feed where games are on, and cache invalidations sent. */
export async function runCycle(session: Session): Promise<Cycle> {
  const { app, sport, run, only } = session
  // Who has lost the lease asks nobody anything any more.
  await run.commit(async () => {})
  let { windows, events } = await readWindows(session)
  const update = isUpdateDue(session, windows) ? await updateSport(session) : undefined
  const trouble = update instanceof Error ? update : undefined
  if (trouble && !windows.open) throw trouble
  if (update !== undefined) ({ windows, events } = await readWindows(session))
  const isPolled = liveNamesOf(sport).some(name => isWanted(only, name))
  const poll = isPolled && windows.open && windows.days.length > 0 ? await askNow(session, windows.days, events) : undefined
  if (poll) countPoll(session.receipt, poll)
  session.wantsUpdate = poll !== undefined && sport.live.by !== 'day' && lacksSomething(poll, windows, app.clock.now())
  // Where an update has just been made, what it left open is for a person.
  if (update === 'done') reportFindings(session, findingsOf(sport, windows, poll))
  // Who waits for an update knows no schedule to speak of.
  const isKnown = update === 'done' || (update === undefined && updatedNames(sport, only).length > 0)
  if (poll) reportFindings(session, [...poll.findings, ...(isKnown ? unscheduledOf(poll) : [])])
  await sendDueNotices(app, sport.id)
  await recomputeInline(app, sport.id)
  // Updates do so as well, and there may be none.
  await prune(app)
  return { windows, poll, update, trouble: trouble ?? poll?.trouble }
}

async function readWindows(session: Session): Promise<{ windows: GameWindows; events: StoredEvent[] }> {
  const { app, sport, updatedAt } = session
  const now = app.clock.now()
  const today = dayOf(now, sport.zone)
  const { events, seasonStored } = await app.database.run(async sql => ({
    events: await listEvents(sql, sport, addDays(today, -aroundDays), addDays(today, aroundDays)),
    // Single games that a live feed has brought are no schedule.
    seasonStored:
      updatedAt !== undefined && (await hasEventsSince(sql, sport, `${yearOfSeason(sport, today)}-${sport.seasons.turn}`)),
  }))
  session.windows = findWindows({ now, sport, events, seasonStored })
  return { windows: session.windows, events }
}

/**
 * While games are on only what can change is asked for, unless the schedule turns out to lack something, none is stored, or the live
 * feed is not to be had: then it is the schedule that tells which games are over.
 */
function isUpdateDue(session: Session, windows: GameWindows): boolean {
  const { app, sport, only, updatedAt, triedAt, wantsUpdate, afterFailure, incident } = session
  if (updatedNames(sport, only).length === 0) return false
  const passed = (since: Date | undefined) =>
    since === undefined || hasPassed(app.clock, since, app.config.live.updateIntervalMs - toleranceMs)
  if (!windows.open) return afterFailure || passed(updatedAt)
  const nothingStored = windows.games.length === 0
  if (!updatedAt) return nothingStored || passed(triedAt)
  return (wantsUpdate || nothingStored || incident !== undefined) && passed(updatedAt) && passed(triedAt)
}

/** The schedule and the datasets that an update loads: all there are, or those that are named. */
const updatedNames = (sport: Sport, only: readonly string[]): string[] =>
  namesOf(sport, chooseDatasets(sport, 'daily', [])).filter(name => isWanted(only, name))

/** Statistics are published once a night, rosters and snap counts a few times a day. */
const completeEveryMs = 8 * 3_600_000

/**
 * Brings the schedule, what was missed and what is to be looked at again up to date, as `schedule daily` does: datasets that change often
 * each time, the others when their time has come. The first time after a day has ended that day is loaded whole, with what was corrected
 * before it; later only today and what is not over.
 * @returns what has become of it: an error where it failed, `elsewhere` where another process does just that
 * @throws what stops the work
 */
async function updateSport(session: Session): Promise<'done' | 'elsewhere' | Error> {
  const { app, sport } = session
  // By its beginning: from one update to the next it is the interval, however long one takes.
  const at = app.clock.now()
  session.triedAt = at
  try {
    await update(session, at)
    return 'done'
  } catch (error) {
    if (error instanceof BusyError) {
      app.log.info('live.update-elsewhere', { sport: sport.id, reason: error.message })
      return 'elsewhere'
    }
    app.signal.throwIfAborted()
    return error as Error
  }
}

/** An update that has written nothing is no news, and neither is one that fails as the one before did: its lines are debug. */
const withoutIdle = (log: Log, hasFailed: boolean): Log => ({
  ...log,
  info: (event, fields) => {
    const isNews = event !== 'job.end' || Number(fields?.['rows']) > 0 || (!hasFailed && Number(fields?.['failures']) > 0)
    log[event !== 'job.start' && isNews ? 'info' : 'debug'](event, fields)
  },
  with: fields => withoutIdle(log.with(fields), hasFailed),
})

async function update(session: Session, at: Date): Promise<void> {
  const { app, sport, only: named, receipt, completeAt, incident, updateFailed } = session
  const names = updatedNames(sport, named)
  const isSeldom = ({ name, cadence }: Dataset) => names.includes(name) && !cadence.includes('often')
  const seldom = sport.datasets.filter(isSeldom).map(({ name }) => name)
  const isDue = completeAt === undefined || hasPassed(app.clock, completeAt, completeEveryMs)
  const isComplete = isDue || seldom.length === 0
  const only = isComplete ? named : names.filter(name => !seldom.includes(name))
  let failures = 0
  // Without a name `runDaily` would load them all.
  if (isComplete || only.length > 0) {
    const today = dayOf(at, sport.zone)
    const loaded = await app.database.run(sql => readWatermark(sql, dailyWatermark(sport.id)))
    const isYesterdayDue = sport.schedule === undefined || loaded === undefined || loaded < addDays(today, -1)
    const days = { date: isYesterdayDue ? undefined : today, daysBack: 1, daysAhead: sport.schedule ? 1 : 0 }
    const quiet = withoutWarnings(app.log)
    const quietly: App = {
      ...app,
      // What went wrong was reported already.
      log: withoutIdle(incident || updateFailed ? quiet : app.log, updateFailed),
      openProvider: (declaration, options) => app.openProvider(declaration, { ...options, log: quiet }),
    }
    const options = { ...days, only, catchUp: true, dryRun: false }
    const done = await runDaily(quietly, sport, options, () => {})
    failures = done.failures
    session.updateRequests += done.requests
  }
  receipt.live.updates++
  receipt.failures += failures
  session.updateFailed = failures > 0
  session.updatedAt = at
  if (isComplete) session.completeAt = at
}

/** A worker that runs for months keeps the first of them. */
const keptFindings = 100

function countPoll(receipt: Session['receipt'], { changed, finals, counts }: Poll): void {
  receipt.live.polls++
  receipt.live.changed += changed.length
  receipt.live.finals += finals.length
  receipt.failures += sumOf(counts.items, 'dead')
  addToReceipt(receipt, counts)
  receipt.findings.splice(keptFindings)
}

/** Whether the live feed lists a game that is not stored, or lacks one that has begun. */
function lacksSomething({ pairs, unknown }: Poll, { games }: GameWindows, now: Date): boolean {
  const listed = new Set(pairs.map(({ stored }) => stored.id))
  const begun = games.filter(({ status, startsAt }) => status !== 'final' && startsAt !== null && startsAt <= now)
  const unscheduled = unknown.length > 0 || pairs.some(pair => pair.unscheduled)
  return unscheduled || begun.some(({ id }) => !listed.has(id))
}

function findingsOf({ events }: Sport, { stuck }: GameWindows, poll: Poll | undefined): Finding[] {
  const noun = singular[events.noun]
  const ofStuck = stuck.map(({ id, day, status, name }) => {
    const message = `${noun.slice(0, 1).toUpperCase()}${noun.slice(1)} ${id} (${name}) of ${day} began long ago and is still listed as ${status}.`
    return { item: id, check: 'stuck', message }
  })
  const ofUnknown = (poll?.unknown ?? []).map(({ id, name }) => {
    const message = `${name} (${id}) is on the scoreboard and matches no stored game; it is skipped.`
    return { item: id, check: 'unknown-game', message }
  })
  return [...ofStuck, ...ofUnknown]
}

/** Stored as the live feed has them: whoever keeps the schedule should know. */
const unscheduledOf = ({ pairs, changed }: Poll): Finding[] =>
  pairs
    .filter(({ unscheduled, stored }) => unscheduled && changed.includes(stored.id))
    .map(({ live: { id, name } }) => {
      const message = `${name} (${id}) is on the scoreboard but not in the stored schedule; it is stored as the scoreboard has it.`
      return { item: id, check: 'unscheduled', message }
    })

/** Each once. */
function reportFindings({ app, sport, reported, receipt }: Session, findings: readonly Finding[]): void {
  for (const finding of findings) {
    const name = `${finding.check} ${finding.item}`
    if (reported.has(name)) continue
    reported.add(name)
    if (receipt.findings.length < keptFindings) receipt.findings.push(finding)
    app.log.warn('live.finding', { sport: sport.id, check: finding.check, game: finding.item, message: finding.message })
  }
}
