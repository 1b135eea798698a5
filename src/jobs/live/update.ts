import type { App } from '../../app.ts'
import { addDays } from '../../core/days.ts'
import { BusyError } from '../../core/errors.ts'
import { withoutWarnings } from '../../core/log.ts'
import { dayOf } from '../../core/zones.ts'
import type { Sport } from '../../pipeline/sport.ts'
import { dailyWatermark } from '../../pipeline/watermark-names.ts'
import { readWatermark } from '../../store/watermarks.ts'
import { runDaily } from '../daily.ts'
import { isWanted } from './live-sport.ts'

/** What an update has done, as far as live work must know. */
export interface Updated {
  failures: number
  requests: number
  /** All there is was asked for, not only what changes often. */
  isComplete: boolean
}

export interface UpdateOptions {
  /** What goes wrong was reported already. */
  quiet: boolean
  /** When all there is was asked for last. */
  completeAt: Date | undefined
  /** Datasets to load; all where empty. */
  only: readonly string[]
}

/** Whether an update has anything to load, of all or of the datasets that are named. */
export const hasUpdates = (sport: Sport, only: readonly string[]): boolean =>
  updatedDatasets(sport, only).length > 0 || isScheduleWanted(sport, only)

const updatedDatasets = ({ datasets }: Sport, only: readonly string[]) =>
  datasets.filter(({ name, cadence }) => cadence.includes('daily') && isWanted(only, name))

const isScheduleWanted = ({ schedule }: Sport, only: readonly string[]): boolean =>
  schedule !== undefined && isWanted(only, schedule.dataset)

/** Statistics are published once a night, rosters and snap counts a few times a day. */
const completeEveryMs = 8 * 3_600_000

/**
 * Brings the schedule, what was missed and what is to be looked at again up to date, as `schedule daily` does: datasets that change often
 * each time, the others when their time has come. The first time after a day has ended that day is loaded whole, with what was corrected
 * before it; later only today and what is not over.
 * @returns undefined where another process does just that
 */
export async function updateSport(app: App, sport: Sport, options: UpdateOptions): Promise<Updated | undefined> {
  const providerLog = withoutWarnings(app.log)
  const quietly = options.quiet ? { ...app, log: providerLog } : app
  try {
    return await update(quietly, sport, options, providerLog)
  } catch (error) {
    if (!(error instanceof BusyError)) throw error
    app.log.info('live.update-elsewhere', { sport: sport.id, reason: error.message })
    return undefined
  }
}

async function update(
  app: App,
  sport: Sport,
  { completeAt, only: named }: UpdateOptions,
  providerLog: App['log'],
): Promise<Updated> {
  const now = app.clock.now()
  const daily = updatedDatasets(sport, named)
  const often = daily.filter(({ cadence }) => cadence.includes('often'))
  const isDue = completeAt === undefined || now.getTime() - completeAt.getTime() >= completeEveryMs
  const isComplete = isDue || often.length === daily.length
  const schedule = sport.schedule && isScheduleWanted(sport, named) ? [sport.schedule.dataset] : []
  const only = isComplete ? named : [...schedule, ...often.map(({ name }) => name)]
  // Without a name `runDaily` would load them all.
  if (!isComplete && only.length === 0) return { failures: 0, requests: 0, isComplete }
  const today = dayOf(now, sport.zone)
  const loaded = await app.database.run(sql => readWatermark(sql, dailyWatermark(sport.id)))
  const isYesterdayDue = sport.schedule === undefined || loaded === undefined || loaded < addDays(today, -1)
  const days = { date: isYesterdayDue ? undefined : today, daysBack: 1, daysAhead: sport.schedule ? 1 : 0 }
  const { failures, requests } = await runDaily(
    app,
    sport,
    { ...days, only, catchUp: true, dryRun: false, providerLog },
    () => {},
  )
  return { failures, requests, isComplete }
}
