import type { TransactionSql } from 'postgres'
import { readFilesAgain } from '../../store/files.ts'
import { type EventFile, isFile } from '../dataset.ts'
import { afterStart, endOfDay, longestEventMs } from '../event-hours.ts'
import { dayOfRow, phaseOf, statusesOf } from '../event-table.ts'
import type { Item } from '../item.ts'
import type { EventRow } from '../rows.ts'
import type { Sport } from '../sport.ts'

/**
 * What becomes of an event that a file and a live feed both tell of. What the feed said of it counts for some time after its start; from
 * then on what the file says counts alone. So the end does not depend on when, how often or in which order somebody looked. Where the
 * file's word does not count yet, the file is read again at `until`, also where it has not changed.
 */
export interface Reconciled {
  item: Item
  until?: Date
  /** It is over, and the file lists it as to come, and that is not because it lags behind. */
  isTakenBack?: true
}

/** For so long after its start a feed may know better than the file that an event was put off, called off, or is over. */
const lagsMs = 72 * 3_600_000

/** An event of the file, where it is stored already. */
export function reconcile(sport: Sport, file: EventFile, item: Item, stored: EventRow, at: Date): Reconciled {
  const listed = item.event
  if (!listed) return { item }
  const [phase, before] = [phaseOf(sport.events, listed.status), phaseOf(sport.events, stored.status)]
  const keep = (columns: readonly string[], until: Date): Reconciled => ({
    item: { ...item, event: { ...listed, ...Object.fromEntries(columns.map(name => [name, stored[name]])) } as EventRow },
    until,
  })
  if (phase === 'over' && before === 'over') {
    const message = file.contradiction(listed, stored)
    const until = afterStart(sport, listed, longestEventMs)
    if (message === undefined || until <= at) return { item }
    const kept = keep(file.result, until)
    return { ...kept, item: { ...kept.item, findings: [{ item: item.id, check: 'final-score', message }] } }
  }
  if (phase !== 'ahead' || before === 'ahead' || before === undefined) return { item }
  const lagsUntil = afterStart(sport, listed, lagsMs)
  if (before === 'over') {
    const kept = keep(file.state, lagsUntil)
    return at < lagsUntil ? kept : { item: kept.item, isTakenBack: true }
  }
  if (isMoved(sport, listed, stored, at) || isCalledOffByFile(sport, file, stored)) return { item }
  const until = before === 'on' ? afterStart(sport, listed, longestEventMs) : lagsUntil
  return until <= at ? { item } : keep(file.state, until)
}

/** Whether the file has another day or time for an event. */
function isMoved(sport: Sport, listed: EventRow, stored: EventRow, at: Date): boolean {
  if (dayOfRow(sport, listed) !== dayOfRow(sport, stored)) return true
  const { startsAt: column } = sport.events.columns
  const [startsAt, before] = [listed[column] as Date | null, stored[column] as Date | null]
  if (startsAt?.getTime() === before?.getTime()) return false
  // A start that was put off while it is on, or a little wrong, makes it no event to come.
  const isPast = startsAt !== null && startsAt <= at
  return !(phaseOf(sport.events, stored.status) === 'on' && isPast)
}

/** Not by a feed, which says something of it. */
const isCalledOffByFile = ({ events }: Sport, { state }: EventFile, stored: EventRow): boolean =>
  phaseOf(events, stored.status) === 'off' && state.every(name => name === 'status' || stored[name] === null)

/**
 * An event that is not over and that the file lists no longer: called off, or left as it is until then; undefined where it was called off
 * for this before.
 */
export function calledOff(
  sport: Sport,
  file: EventFile,
  stored: EventRow,
  at: Date,
  isReplaced: boolean,
): EventRow | Date | undefined {
  if (isCalledOffByFile(sport, file, stored)) return undefined
  const isOn = phaseOf(sport.events, stored.status) === 'on'
  const until = isOn ? afterStart(sport, stored, longestEventMs) : endOfDay(sport, stored)
  if (at < until && !isReplaced) return until
  const [status = stored.status] = statusesOf(sport, 'off')
  return { ...stored, ...Object.fromEntries(file.state.map(name => [name, null])), status }
}

/** What a live feed has written counts for some time: then the files of events are read again, also where they have not changed. */
export async function noteFeed(tx: TransactionSql, sport: Sport, items: readonly Item[]): Promise<void> {
  const files = sport.datasets.filter(dataset => isFile(dataset) && 'events' in dataset.content)
  const times = items.flatMap(({ event }) => (event ? [countsUntil(sport, event).getTime()] : []))
  if (files.length === 0 || times.length === 0) return
  const names = files.map(({ name }) => name)
  await readFilesAgain(tx, sport.id, names, new Date(Math.min(...times)))
}

const countsUntil = (sport: Sport, event: EventRow): Date =>
  afterStart(sport, event, ['on', 'over'].includes(phaseOf(sport.events, event.status) ?? '') ? longestEventMs : lagsMs)
