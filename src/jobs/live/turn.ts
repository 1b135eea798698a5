import { addDays } from '../../core/days.ts'
import { dayOf } from '../../core/zones.ts'
import type { Finding } from '../../pipeline/contract.ts'
import { type Fixture, hasGamesSince, listFixtures } from '../../pipeline/fixtures.ts'
import { sendNotices } from '../notices.ts'
import { findWindows, type GameWindows } from './game-windows.ts'
import type { Incident } from './incident.ts'
import { addLook, addUpdate, keptFindings, type LiveTally } from './live-receipt.ts'
import type { OpenLive } from './live-sport.ts'
import { type Look, lookAt } from './look.ts'
import { refresh } from './refresh.ts'

/** What is known from one turn to the next. */
export interface Memory {
  tally: LiveTally
  /** When the schedule was last updated, here or elsewhere, and when it was last tried. */
  refreshedAt: Date | undefined
  triedAt: Date | undefined
  /** When all there is was asked for, not only what changes often. */
  wholeAt: Date | undefined
  /** The last one did not load all it should; the next one need not say so again. */
  updateFailed: boolean
  /** The live files know more than the schedule that is stored. */
  wantsUpdate: boolean
  /** The turn before has failed, or there was none and will be no other. */
  afterFailure: boolean
  incident: Incident | undefined
  /** As they were when last looked at. */
  windows: GameWindows | undefined
  /** Findings that were told. */
  told: Set<string>
}

/** What one turn has found and done. */
export interface Turn {
  windows: GameWindows
  look: Look | undefined
  /** What has become of the update, where one was due: another process may be at it. */
  update: 'done' | 'elsewhere' | 'failed' | undefined
  /** Something could not be had, and the rest could. */
  trouble: Error | undefined
}

/** A live file may list a whole week. */
const aroundDays = 7

/** Timers may be a little early. */
const toleranceMs = 1000

/** One turn: an update of the schedule where it is due, a look at the live files where games are on, and caches told. */
export async function takeTurn(open: OpenLive, memory: Memory): Promise<Turn> {
  const { app, sport, run } = open
  // Who has lost the lease asks nobody anything any more.
  await app.database.transaction(tx => run.lease.check(tx))
  let { windows, fixtures } = await readWindows(open, memory)
  memory.windows = windows
  const due = isUpdateDue(open, memory, windows)
  const updated = due ? await update(open, memory) : undefined
  const trouble = updated instanceof Error ? updated : undefined
  if (trouble && !windows.open) throw trouble
  if (due) ({ windows, fixtures } = await readWindows(open, memory))
  memory.windows = windows
  const look = windows.open && windows.days.length > 0 ? await lookAt(open, windows.days, fixtures) : undefined
  if (look) addLook(memory.tally, look)
  memory.wantsUpdate = look !== undefined && lacksSomething(look, windows, app.clock.now())
  // Where an update has just been made, what it left open is for a person.
  if (updated === 'done') tellFindings(open, memory, findingsOf(windows, look))
  // Who waits for an update knows no schedule to speak of.
  const isKnown = updated === undefined || updated === 'done'
  if (look) tellFindings(open, memory, [...look.findings, ...(isKnown ? unscheduledOf(look) : [])])
  await sendNotices(app, sport.id)
  return { windows, look, update: updated instanceof Error ? 'failed' : updated, trouble: trouble ?? look?.trouble }
}

async function readWindows(
  { app, sport }: OpenLive,
  { refreshedAt }: Memory,
): Promise<{ windows: GameWindows; fixtures: Fixture[] }> {
  const { id, zone, seasons, live } = sport
  const now = app.clock.now()
  const today = dayOf(now, zone)
  const year = Number(today.slice(0, 4)) - (today.slice(5) < seasons.turn ? 1 : 0)
  const { fixtures, seasonStored } = await app.database.run(async sql => ({
    fixtures: await listFixtures(sql, id, addDays(today, -aroundDays), addDays(today, aroundDays)),
    // Single games that a live file has brought are no schedule.
    seasonStored: refreshedAt !== undefined && (await hasGamesSince(sql, id, `${year}-${seasons.turn}`)),
  }))
  const { usualHours, typicalMs } = live
  return { windows: findWindows({ now, zone, fixtures, seasonStored, usualHours, typicalMs }), fixtures }
}

/**
 * While games are on only what can change is asked for, unless the schedule turns out to lack something, none is stored, or the live
 * files are not to be had: then it is the schedule that tells which games are over.
 */
function isUpdateDue({ app }: OpenLive, memory: Memory, windows: GameWindows): boolean {
  const { refreshedAt, triedAt, wantsUpdate, afterFailure, incident } = memory
  const passed = (since: Date | undefined) =>
    app.clock.now().getTime() - (since?.getTime() ?? 0) >= app.config.live.updateIntervalMs - toleranceMs
  if (!windows.open) return afterFailure || passed(refreshedAt)
  const nothingStored = windows.games.length === 0
  if (!refreshedAt) return nothingStored || passed(triedAt)
  return (wantsUpdate || nothingStored || incident !== undefined) && passed(refreshedAt) && passed(triedAt)
}

/** @returns what has become of it: an error where it failed. @throws what stops the work */
async function update({ app, sport }: OpenLive, memory: Memory): Promise<'done' | 'elsewhere' | Error> {
  // By its beginning: from one update to the next it is the interval, however long one takes.
  const at = app.clock.now()
  memory.triedAt = at
  try {
    const quiet = memory.incident !== undefined || memory.updateFailed
    const done = await refresh(app, sport, { quiet, wholeAt: memory.wholeAt })
    if (!done) return 'elsewhere'
    addUpdate(memory.tally, done)
    memory.updateFailed = done.failures > 0
    memory.refreshedAt = at
    if (done.whole) memory.wholeAt = at
    return 'done'
  } catch (error) {
    app.signal.throwIfAborted()
    return error as Error
  }
}

/** Whether the live files list a game that is not stored, or lack one that has begun. */
function lacksSomething({ pairs, unknown }: Look, { games }: GameWindows, now: Date): boolean {
  const listed = new Set(pairs.map(({ fixture }) => fixture.game.providerId))
  const begun = games.filter(({ game }) => game.status !== 'final' && game.startsAt !== null && game.startsAt <= now)
  const unscheduled = unknown.length > 0 || pairs.some(pair => pair.unscheduled)
  return unscheduled || begun.some(({ game }) => !listed.has(game.providerId))
}

function findingsOf({ stuck }: GameWindows, look: Look | undefined): Finding[] {
  return [
    ...stuck.map(({ game, name }) => ({
      item: game.providerId,
      check: 'stuck',
      message: `Game ${game.providerId} (${name}) of ${game.gameDate} began long ago and is still listed as ${game.status}.`,
    })),
    ...(look?.unknown ?? []).map(({ id, name }) => ({
      item: id,
      check: 'unknown-game',
      message: `${name} (${id}) is listed as a game of these days, and no stored game is meant by it; it is left out.`,
    })),
  ]
}

/** Stored as the live file has them: whoever keeps the schedule should know. */
const unscheduledOf = ({ pairs, moved }: Look): Finding[] =>
  pairs
    .filter(({ unscheduled, fixture }) => unscheduled && moved.includes(fixture.game.providerId))
    .map(({ live: { id, name } }) => ({
      item: id,
      check: 'unscheduled',
      message: `${name} (${id}) is listed and not in the schedule that is stored; it is stored as it is listed.`,
    }))

/** Each once. */
function tellFindings({ app, sport }: OpenLive, { told, tally }: Memory, findings: readonly Finding[]): void {
  for (const finding of findings) {
    const name = `${finding.check} ${finding.item}`
    if (told.has(name)) continue
    told.add(name)
    if (tally.counts.findings.length < keptFindings) tally.counts.findings.push(finding)
    app.log.warn('live.finding', { sport: sport.id, check: finding.check, game: finding.item, message: finding.message })
  }
}
