import type { App } from '../app.ts'
import type { Day } from '../core/days.ts'
import { BugError } from '../core/errors.ts'
import type { Calendar, CalendarGame, Sport } from '../pipeline/contract.ts'
import { listUnstored, listWithoutLines } from '../pipeline/missing.ts'
import { listStoredOf } from '../pipeline/stored-games.ts'
import { listFailedWindows } from '../store/runs.ts'
import { readSettled } from '../store/settled.ts'
import { readWatermark, type WatermarkName } from '../store/watermarks.ts'
import { entryOf } from './calendar-entries.ts'
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
  sport: Sport,
  calendar: Calendar,
  request: StateRequest,
): Promise<SeasonState> {
  const { season, watermark, today, restart } = request
  if (calendar.season !== season) throw new BugError(`The calendar of ${calendar.season} is not that of ${season}.`)
  const stored = await database.run(sql => listStoredOf(sql, sport.id, season))
  const unlisted: CalendarGame[] = []
  for (const game of stored) {
    if (game.status !== 'scheduled' && game.status !== 'postponed') continue
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
  return {
    ...known,
    stored: new Map(stored.map(game => [game.id, game])),
    holes: request.named ? await listHoles(database, sport, calendar, request) : new Set(),
    unlisted,
    only: request.retryFailed
      ? await database.run(sql => listFailedWindows(sql, { job: 'backfill', sport: sport.id, season }))
      : undefined,
  }
}

/** Games of the days asked for that are neither stored nor set aside, or are over and lack lines. */
async function listHoles(
  database: App['database'],
  sport: Sport,
  calendar: Calendar,
  { from = '', to }: StateRequest,
): Promise<Set<string>> {
  const listed = calendar.games.filter(({ day }) => day >= from && day <= to).map(({ id }) => id)
  const [first = to] = calendar.games.map(({ day }) => day).sort()
  return await database.run(async sql => {
    const found = [...(await listUnstored(sql, sport.id, listed))]
    for (const dataset of sport.datasets)
      found.push(...(await listWithoutLines(sql, sport.id, dataset, { from: from || first, to })).map(({ id }) => id))
    return new Set(found)
  })
}
