import type { ISql, TransactionSql } from 'postgres'
import type { Day } from '../../core/days.ts'
import { PayloadError } from '../../core/errors.ts'
import { dayOfRow, phaseOf, singular, statusesOf } from '../../pipeline/event-table.ts'
import { type EventState, listFinals, readEvent } from '../../pipeline/events.ts'
import type { EventRow, Finding } from '../../pipeline/rows.ts'
import { type ScheduleEntry, type SeasonSchedule, unnamedPrefix } from '../../pipeline/schedule.ts'
import {
  type DeadLetter,
  discardDeadLetters,
  listDiscarded,
  listOpenDeadLetters,
  resolveDeadLetters,
  setAside,
} from '../../store/dead-letters.ts'
import type { Job } from '../job.ts'
import type { ScheduledSport } from '../schedules.ts'

/** So many events may leave a schedule (an exhibition called off); when more do, the schedule is incomplete. */
const maxVanishedFinals = 3

/** Events of a schedule's season that were played and that it does not list; they stay stored. */
export interface Unlisted {
  events: readonly EventState[]
  findings: Finding[]
}

/**
 * Finds played events that a schedule does not list. An incomplete schedule would have other events cancelled, and days counted as loaded
 * that are not.
 * @param isRight a person says so: it may lack as many as it will
 * @throws PayloadError where it lacks more than a handful, but for those that it lacked when a person said that it was right
 */
export async function checkComplete(
  sql: ISql,
  sport: ScheduledSport,
  schedule: SeasonSchedule,
  isRight = false,
): Promise<Unlisted> {
  const { dataset, provider } = sport.schedule
  const { season } = schedule
  const events = (await listFinals(sql, sport, season)).filter(({ id }) => !schedule.find(id))
  const ids = events.map(({ id }) => id)
  const accepted = (await listDiscarded(sql, sport.id, ids)).filter(letter => letter.dataset === dataset)
  const missing = ids.filter(id => accepted.every(({ item }) => item !== id))
  if (!isRight && missing.length > maxVanishedFinals + schedule.entries.filter(({ isUnnamed }) => isUnnamed).length)
    throw new PayloadError(
      `${provider} sent a schedule that lacks ${missing.length} ${sport.events.noun} of ${season} that were played, ${missing[0]} among them.`,
      {
        hint: `Nothing was loaded from it; run it again later. If it is right: sports-ingest schedule backfill --sport ${sport.id} --season ${season} --restart`,
      },
    )
  const unlisted = events.map(({ id, day }) => ({
    item: id,
    check: 'unlisted',
    message: `The ${singular[sport.events.noun]} ${id} of ${day} was played, and the schedule no longer lists it; it stays stored.`,
  }))
  return { events, findings: [...schedule.findings, ...unlisted] }
}

/** Notes, by a discarded letter each, that a person takes a schedule without these events for right. */
export async function acceptUnlisted(
  tx: TransactionSql,
  { schedule: { dataset }, id: sport }: ScheduledSport,
  { events }: Unlisted,
  by: { user: string; reason: string; runId: number; at: Date },
): Promise<void> {
  const { at, runId } = by
  for (const { id: item, day } of events) {
    const error = new PayloadError('It was played, and the schedule does not list it.')
    await setAside(tx, { sport, dataset, item, day, stage: 'transform', error, payload: undefined, runId, at })
  }
  const items = events.map(({ id }) => id)
  const letters = (await listOpenDeadLetters(tx, sport, items)).filter(letter => letter.dataset === dataset)
  if (letters.length > 0) await discardDeadLetters(tx, { ids: letters.map(({ id }) => id), by: by.user, reason: by.reason, at })
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
  const isOff = stored.season === schedule.season && !hasUnnamed(schedule) && (phase === 'ahead' || phase === 'moved')
  if (isOff) return toEntry(sport, calledOff(sport, row))
  // An event that has begun has its own file, whatever the schedule says; so has one whose letter is open.
  return phase === 'over' || phase === 'on' ? toEntry(sport, row) : undefined
}

/** Whether it may list an event without our seeing it. */
export const hasUnnamed = ({ entries }: SeasonSchedule): boolean => entries.some(({ isUnnamed }) => isUnnamed)

/** Closes the letters of entries of a schedule's days whose ids could not be read, and that it does not have any more. */
export async function closeUnnamed({ app, run }: Pick<Job, 'app' | 'run'>, sport: ScheduledSport, schedule: SeasonSchedule) {
  const { dataset } = sport.schedule
  const open = await app.database.run(sql => listOpenDeadLetters(sql, sport.id))
  const isGone = ({ dataset: own, item, day }: DeadLetter) =>
    own === dataset && item.startsWith(unnamedPrefix) && schedule.covers(day) && !schedule.find(item)
  const gone = open.filter(isGone).map(({ item }) => item)
  if (run.id === null || gone.length === 0) return
  await run.commit(tx => resolveDeadLetters(tx, sport.id, dataset, gone, app.clock.now()))
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
