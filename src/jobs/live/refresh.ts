import type { App } from '../../app.ts'
import { addDays } from '../../core/days.ts'
import { BusyError } from '../../core/errors.ts'
import { withoutWarnings } from '../../core/log.ts'
import { dayOf } from '../../core/zones.ts'
import type { Sport } from '../../pipeline/contract.ts'
import { readWatermark } from '../../store/watermarks.ts'
import { runDaily } from '../daily/daily.ts'

/** What an update has done, as far as who follows the games must know. */
export interface Refreshed {
  failures: number
  requests: number
}

/**
 * Brings the schedule, games missed and games that are to be looked at again up to date, as `schedule daily` does. The first time after
 * a day has ended that day is loaded whole, with what was corrected before it; later only today and what is not over.
 * @param quiet what goes wrong was told already
 * @returns undefined where another process is at just that
 */
export async function refresh(given: App, sport: Sport, { quiet }: { quiet: boolean }): Promise<Refreshed | undefined> {
  const app = quietly(given, quiet)
  const today = dayOf(app.clock.now(), sport.zone)
  const loaded = await app.database.run(sql => readWatermark(sql, { stage: 'schedule', key: `daily:${sport.id}` }))
  const yesterdayIsDue = loaded === undefined || loaded < addDays(today, -1)
  const days = yesterdayIsDue ? { date: undefined, daysAhead: 1 } : { date: today, daysAhead: 0 }
  try {
    const options = { ...days, daysBack: 1, only: [], catchUp: true, dryRun: false }
    const { failures, requests } = await runDaily(app, sport, options, () => {})
    return { failures, requests }
  } catch (error) {
    if (!(error instanceof BusyError)) throw error
    app.log.info('live.refresh-elsewhere', { sport: sport.id, reason: error.message })
    return undefined
  }
}

/** Single requests that fail are told by who looks again anyway. */
function quietly(app: App, quiet: boolean): App {
  const ownLog = withoutWarnings(app.log)
  return {
    ...app,
    log: quiet ? ownLog : app.log,
    openProvider: (declaration, dryRun, share, log = ownLog) => app.openProvider(declaration, dryRun, share, log),
  }
}
