import type { ISql } from 'postgres'
import type { Day } from '../../core/days.ts'
import { PayloadError } from '../../core/errors.ts'
import { dayOfRow, phaseOf, statusesOf } from '../../pipeline/event-table.ts'
import { type EventState, listFinals, readEvent } from '../../pipeline/events.ts'
import type { EventRow } from '../../pipeline/rows.ts'
import type { ScheduleEntry, SeasonSchedule } from '../../pipeline/schedule.ts'
import type { ScheduledSport } from '../schedules.ts'

/** So many events may leave a schedule (an exhibition called off); when more do, the schedule is incomplete. */
const maxVanishedFinals = 3

/** An incomplete schedule would have other events cancelled, and days counted as loaded that are not. */
export async function checkComplete(sql: ISql, sport: ScheduledSport, schedule: SeasonSchedule): Promise<void> {
  const missing = (await listFinals(sql, sport, schedule.season)).map(({ id }) => id).filter(id => !schedule.find(id))
  if (missing.length <= maxVanishedFinals) return
  throw new PayloadError(
    `${sport.schedule.provider} sent a schedule that lacks ${missing.length} ${sport.events.noun} of ${schedule.season} that were played, ${missing[0]} among them.`,
    { hint: 'Nothing was loaded from it; run it again later.' },
  )
}

/** What the schedule says of a stored event; where it says nothing, what follows from that. */
export async function entryOf(
  sql: ISql,
  sport: ScheduledSport,
  schedule: SeasonSchedule,
  stored: EventState,
  today: Day,
): Promise<ScheduleEntry | undefined> {
  const listed = schedule.find(stored.id)
  if (listed || stored.day >= today) return listed
  const row = await readEvent(sql, sport, stored.id)
  if (!row) return undefined
  const phase = phaseOf(sport.events, stored.status)
  // An event of the schedule's own season that it no longer lists will not take place.
  const isOff = stored.season === schedule.season && (phase === 'ahead' || phase === 'moved')
  if (isOff) return toEntry(sport, calledOff(sport, row))
  // An event that has begun has its own file, whatever the schedule says; so has one whose letter is open.
  return phase === 'over' || phase === 'on' ? toEntry(sport, row) : undefined
}

export const calledOff = (sport: ScheduledSport, row: EventRow): EventRow => ({
  ...row,
  status: statusesOf(sport, 'off')[0] ?? row.status,
})

const toEntry = (sport: ScheduledSport, row: EventRow): ScheduleEntry => ({
  id: row.providerId,
  day: dayOfRow(sport, row),
  read: () => ({ event: row, related: [] }),
  raw: () => Buffer.from(JSON.stringify(row)),
})

/** Undefined where the entry is malformed; loading it says so. */
export function readEntry(entry: ScheduleEntry): EventRow | undefined {
  try {
    return entry.read().event
  } catch {
    return undefined
  }
}
