import type { App } from '../../app.ts'
import type { Day } from '../../core/days.ts'
import { BugError } from '../../core/errors.ts'
import type { Calendar, CalendarGame, GameSport } from '../../pipeline/contract.ts'
import { listUnstored, listWithoutLines } from '../../pipeline/missing.ts'
import { listPassingItems, listStoredOf } from '../../pipeline/stored-games.ts'
import { listFailedWindows } from '../../store/runs.ts'
import { readSettled } from '../../store/settled.ts'
import { readWatermark, readWatermarkHistory, type WatermarkName } from '../../store/watermarks.ts'
import { entryOf } from '../calendar-entries.ts'
import type { SeasonState } from './plan-backfill.ts'

export interface StateRequest {
  season: string
  watermark: WatermarkName
  today: Day
  from: Day | undefined
  to: Day
  /** Days were named: what is missing there is asked for, whatever the watermark says. */
  named: boolean
  retryFailed: boolean
  restart: boolean
}

/** Reads what is known of a season before its backfill is planned. */
export async function readSeasonState(
  { database }: Pick<App, 'database'>,
  sport: GameSport,
  calendar: Calendar,
  request: StateRequest,
): Promise<SeasonState> {
  const { season, watermark, today, restart } = request
  if (calendar.season !== season) throw new BugError(`The calendar of ${calendar.season} is not that of ${season}.`)
  const stored = await database.run(sql => listStoredOf(sql, sport.id, season))
  const unlisted: CalendarGame[] = []
  for (const game of stored) {
    if (game.status === 'final' || game.status === 'cancelled') continue
    const entry = calendar.find(game.id) ? undefined : await entryOf(database, sport, calendar, game, today)
    if (entry) unlisted.push(entry)
  }
  const none = { watermark: undefined, settled: new Set<string>() }
  const known = restart
    ? none
    : await database.run(async sql => ({
        watermark: await readWatermark(sql, watermark),
        settled: await readSettled(sql, watermark),
      }))
  const newcomers = await listNewcomers(database, sport, calendar, { name: watermark, value: known.watermark })
  return {
    ...known,
    stored: new Map(stored.map(game => [game.id, game])),
    again: new Set([...newcomers, ...(await database.run(sql => listPassingItems(sql, sport.id)))]),
    holes: request.named ? await listHoles(database, sport, calendar, request) : new Set(),
    unlisted,
    only: request.retryFailed
      ? await database.run(sql => listFailedWindows(sql, { job: 'backfill', sport: sport.id, season }))
      : undefined,
  }
}

/** Games of the days asked for, as they are listed or stored, that are neither stored nor set aside, or are over and lack lines. */
async function listHoles(
  { run }: App['database'],
  sport: GameSport,
  calendar: Calendar,
  { season, from = '', to }: StateRequest,
): Promise<Set<string>> {
  const isIn = (day: Day | undefined) => day !== undefined && day >= from && day <= to
  const listed = calendar.games.filter(({ day }) => isIn(day)).map(({ id }) => id)
  const last = calendar.games.map(({ id }) => id).sort()
  return await run(async sql => {
    const found = await listUnstored(sql, sport.id, listed)
    for (const dataset of sport.datasets) {
      const lacking = await listWithoutLines(sql, sport.id, dataset, { season, upToId: last.at(-1) ?? '' })
      for (const { id, day } of lacking) if (isIn(day) || isIn(calendar.find(id)?.day)) found.add(id)
    }
    return found
  })
}

/**
 * Games at or below the watermark that are neither stored nor set aside: when it passed them the calendar did not list them. Playoff
 * games of April (`004…`) sort before the Cup's final of December (`006…`). Those up to a value that a person has set are left out.
 */
async function listNewcomers(
  database: App['database'],
  sport: GameSport,
  calendar: Calendar,
  { name, value = '' }: { name: WatermarkName; value: string | undefined },
): Promise<Set<string>> {
  return await database.run(async sql => {
    const set = (await readWatermarkHistory(sql, name)).find(change => change.runId === null)?.value ?? ''
    const passed = calendar.games.filter(({ id }) => id <= value && id > set)
    return await listUnstored(
      sql,
      sport.id,
      passed.map(({ id }) => id),
    )
  })
}
