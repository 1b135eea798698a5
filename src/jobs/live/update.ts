import type { App } from '../../app.ts'
import { addDays } from '../../core/days.ts'
import { BusyError } from '../../core/errors.ts'
import { withoutWarnings } from '../../core/log.ts'
import { dayOf } from '../../core/zones.ts'
import type { Dataset } from '../../pipeline/dataset.ts'
import type { Sport } from '../../pipeline/sport.ts'
import { dailyWatermark } from '../../pipeline/watermark-names.ts'
import { readWatermark } from '../../store/watermarks.ts'
import { runDaily } from '../daily.ts'
import { chooseDatasets, isWanted, namesOf } from '../plan/datasets.ts'
import type { Session } from './session.ts'

/** The schedule and the datasets that an update loads: all there are, or those that are named. */
export const updatedNames = (sport: Sport, only: readonly string[]): string[] =>
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
export async function updateSport(session: Session): Promise<'done' | 'elsewhere' | Error> {
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

async function update(session: Session, at: Date): Promise<void> {
  const { app, sport, only: named, receipt, completeAt, incident, updateFailed } = session
  const names = updatedNames(sport, named)
  const isSeldom = ({ name, cadence }: Dataset) => names.includes(name) && !cadence.includes('often')
  const seldom = sport.datasets.filter(isSeldom).map(({ name }) => name)
  const isDue = completeAt === undefined || at.getTime() - completeAt.getTime() >= completeEveryMs
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
      log: incident || updateFailed ? quiet : app.log,
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
