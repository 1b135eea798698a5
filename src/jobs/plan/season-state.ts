import type { ISql } from 'postgres'
import { addDays, type Day } from '../../core/days.ts'
import { phaseOf } from '../../pipeline/event-table.ts'
import { listSeason, listTransientItems } from '../../pipeline/events.ts'
import { listMissing, listUnstored } from '../../pipeline/missing.ts'
import type { ScheduleEntry, SeasonSchedule } from '../../pipeline/schedule.ts'
import { seasonWatermark } from '../../pipeline/watermark-names.ts'
import { listFailedWindows } from '../../store/runs.ts'
import { readSettled } from '../../store/settled.ts'
import { readWatermark, readWatermarkHistory } from '../../store/watermarks.ts'
import type { BackfillOptions } from '../backfill-options.ts'
import type { ScheduledSport } from '../schedules.ts'
import { type EventsPlan, planEvents, type SeasonState } from './by-events.ts'
import { checkComplete, entryOf } from './entries.ts'

/** What a backfill asks for of a season, and the watermark it goes by. */
export async function planSeason(
  sql: ISql,
  sport: ScheduledSport,
  schedule: SeasonSchedule,
  options: BackfillOptions,
  today: Day,
): Promise<EventsPlan & Pick<SeasonState, 'watermark'>> {
  await checkComplete(sql, sport, schedule)
  const { since, from, chunkDays, retryFailed, restart } = options
  const to = options.to ?? addDays(today, -1)
  const { season } = schedule
  const name = seasonWatermark(sport.id, season)
  const watermark = restart ? undefined : await readWatermark(sql, name)
  const stored = await listSeason(sql, sport, season)
  const unlisted: ScheduleEntry[] = []
  for (const event of stored) {
    const phase = phaseOf(sport.events, event.status)
    if (phase === 'over' || phase === 'off' || schedule.find(event.id)) continue
    const entry = await entryOf(sql, sport, schedule, event, today)
    if (entry) unlisted.push(entry)
  }
  const newcomers = await listNewcomers(sql, sport, schedule, watermark)
  // Days were named: what is missing there is asked for, whatever the watermark says.
  const isNamed = (from ?? options.to) !== undefined
  const state: SeasonState = {
    watermark,
    settled: restart ? new Set() : await readSettled(sql, name),
    stored: new Map(stored.map(event => [event.id, event])),
    again: new Set([...newcomers, ...(await listTransientItems(sql, sport.id))]),
    holes: isNamed ? await listHoles(sql, sport, schedule, { from, to }) : new Set(),
    unlisted,
    only: retryFailed ? await listFailedWindows(sql, { job: 'backfill', sport: sport.id, season }) : undefined,
  }
  return { watermark, ...planEvents(sport, schedule, { since, from, to, chunkDays }, state) }
}

/** Events of the days asked for, as they are listed or stored, that are neither stored nor in the dead letters, or are over and lack rows. */
async function listHoles(
  sql: ISql,
  sport: ScheduledSport,
  schedule: SeasonSchedule,
  { from = '', to }: { from: Day | undefined; to: Day },
): Promise<Set<string>> {
  const isIn = (day: Day | undefined) => day !== undefined && day >= from && day <= to
  const listed = schedule.entries.filter(({ day }) => isIn(day)).map(({ id }) => id)
  const found = await listUnstored(sql, sport, listed)
  const missing = await listMissing(sql, sport, { season: schedule.season })
  for (const { id, day } of missing) if (isIn(day) || isIn(schedule.find(id)?.day)) found.add(id)
  return found
}

/**
 * Events at or below the watermark that are neither stored nor in the dead letters: when it passed them the schedule did not list them.
 * Playoff games of April (`004…`) sort before the Cup's final of December (`006…`). Those up to a value that a person has set are left
 * out.
 */
async function listNewcomers(
  sql: ISql,
  sport: ScheduledSport,
  { season, entries }: SeasonSchedule,
  value = '',
): Promise<Set<string>> {
  const history = await readWatermarkHistory(sql, seasonWatermark(sport.id, season))
  const set = history.find(change => change.runId === null)?.value ?? ''
  const passed = entries.map(({ id }) => id).filter(id => id <= value && id > set)
  return await listUnstored(sql, sport, passed)
}
