import type { App } from '../../app.ts'
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

/** What is known of a season, and what follows from it for a backfill. */
export async function planSeason(
  { database }: Pick<App, 'database'>,
  sport: ScheduledSport,
  schedule: SeasonSchedule,
  options: BackfillOptions,
  today: Day,
): Promise<{ state: SeasonState; plan: EventsPlan }> {
  await checkComplete(database, sport, schedule)
  const { since, from, chunkDays } = options
  const to = options.to ?? addDays(today, -1)
  const state = await readSeasonState(database, sport, schedule, {
    ...options,
    today,
    to,
    isNamed: (from ?? options.to) !== undefined,
  })
  return { state, plan: planEvents(sport, schedule, { since, from, to, chunkDays }, state) }
}

interface StateRequest extends Pick<BackfillOptions, 'from' | 'retryFailed' | 'restart'> {
  today: Day
  to: Day
  /** Days were named: what is missing there is asked for, whatever the watermark says. */
  isNamed: boolean
}

async function readSeasonState(
  database: App['database'],
  sport: ScheduledSport,
  schedule: SeasonSchedule,
  request: StateRequest,
): Promise<SeasonState> {
  const { season } = schedule
  const name = seasonWatermark(sport.id, season)
  const stored = await database.run(sql => listSeason(sql, sport, season))
  const unlisted: ScheduleEntry[] = []
  for (const event of stored) {
    const phase = phaseOf(sport.events, event.status)
    if (phase === 'over' || phase === 'off' || schedule.find(event.id)) continue
    const entry = await entryOf(database, sport, schedule, event, request.today)
    if (entry) unlisted.push(entry)
  }
  const none = { watermark: undefined, settled: new Set<string>() }
  const known = request.restart
    ? none
    : await database.run(async sql => ({ watermark: await readWatermark(sql, name), settled: await readSettled(sql, name) }))
  const newcomers = await listNewcomers(database, sport, schedule, known.watermark)
  return {
    ...known,
    stored: new Map(stored.map(event => [event.id, event])),
    again: new Set([...newcomers, ...(await database.run(sql => listTransientItems(sql, sport.id)))]),
    holes: request.isNamed ? await listHoles(database, sport, schedule, request) : new Set(),
    unlisted,
    only: request.retryFailed
      ? await database.run(sql => listFailedWindows(sql, { job: 'backfill', sport: sport.id, season }))
      : undefined,
  }
}

/** Events of the days asked for, as they are listed or stored, that are neither stored nor in the dead letters, or are over and lack rows. */
async function listHoles(
  { run }: App['database'],
  sport: ScheduledSport,
  schedule: SeasonSchedule,
  { from = '', to }: StateRequest,
): Promise<Set<string>> {
  const isIn = (day: Day | undefined) => day !== undefined && day >= from && day <= to
  const listed = schedule.entries.filter(({ day }) => isIn(day)).map(({ id }) => id)
  const upToId =
    schedule.entries
      .map(({ id }) => id)
      .sort()
      .at(-1) ?? ''
  return await run(async sql => {
    const found = await listUnstored(sql, sport, listed)
    const missing = await listMissing(sql, sport, { season: schedule.season, upToId })
    for (const { id, day } of missing) if (isIn(day) || isIn(schedule.find(id)?.day)) found.add(id)
    return found
  })
}

/**
 * Events at or below the watermark that are neither stored nor in the dead letters: when it passed them the schedule did not list them.
 * Playoff games of April (`004…`) sort before the Cup's final of December (`006…`). Those up to a value that a person has set are left
 * out.
 */
async function listNewcomers(
  { run }: App['database'],
  sport: ScheduledSport,
  { season, entries }: SeasonSchedule,
  value = '',
): Promise<Set<string>> {
  return await run(async sql => {
    const history = await readWatermarkHistory(sql, seasonWatermark(sport.id, season))
    const set = history.find(change => change.runId === null)?.value ?? ''
    const passed = entries.filter(({ id }) => id <= value && id > set)
    return await listUnstored(
      sql,
      sport,
      passed.map(({ id }) => id),
    )
  })
}
