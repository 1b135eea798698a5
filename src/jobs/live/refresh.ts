import type { App } from '../../app.ts'
import { addDays } from '../../core/days.ts'
import { BusyError } from '../../core/errors.ts'
import { withoutWarnings } from '../../core/log.ts'
import { dayOf } from '../../core/zones.ts'
import type { FileSport, GameSport, Sport } from '../../pipeline/contract.ts'
import { readWatermark } from '../../store/watermarks.ts'
import { runDaily } from '../daily/daily.ts'
import { runDailyOfFiles } from '../import/daily-of-files.ts'

/** What an update has done, as far as who follows the games must know. */
export interface Refreshed {
  failures: number
  requests: number
  /** All there is was asked for, not only what changes often. */
  whole: boolean
}

export interface RefreshOptions {
  /** What goes wrong was told already. */
  quiet: boolean
  /** When all there is was asked for last. */
  wholeAt: Date | undefined
}

/**
 * Brings the schedule, games missed and games that are to be looked at again up to date, as `schedule daily` does. The first time after
 * a day has ended that day is loaded whole, with what was corrected before it; later only today and what is not over.
 * @returns undefined where another process is at just that
 */
export async function refresh(given: App, sport: Sport, options: RefreshOptions): Promise<Refreshed | undefined> {
  const app = quietly(given, options.quiet)
  try {
    return sport.loads === 'files' ? await refreshFiles(app, sport, options) : await refreshGames(app, sport)
  } catch (error) {
    if (!(error instanceof BusyError)) throw error
    app.log.info('live.refresh-elsewhere', { sport: sport.id, reason: error.message })
    return undefined
  }
}

async function refreshGames(app: App, sport: GameSport): Promise<Refreshed> {
  const today = dayOf(app.clock.now(), sport.zone)
  const loaded = await app.database.run(sql => readWatermark(sql, { stage: 'schedule', key: `daily:${sport.id}` }))
  const yesterdayIsDue = loaded === undefined || loaded < addDays(today, -1)
  const days = { date: yesterdayIsDue ? undefined : today, daysAhead: 1 }
  const options = { ...days, daysBack: 1, only: [], catchUp: true, dryRun: false }
  const { failures, requests } = await runDaily(app, sport, options, () => {})
  return { failures, requests, whole: true }
}

/** Statistics come out once a night, rosters and snap counts a few times a day. */
const wholeEveryMs = 8 * 3_600_000

/** Files that are written all the time each time, the others when their time has come. */
async function refreshFiles(app: App, sport: FileSport, { wholeAt }: RefreshOptions): Promise<Refreshed> {
  const often = sport.files.filter(file => file.changesOften).map(({ name }) => name)
  const whole = wholeAt === undefined || app.clock.now().getTime() - wholeAt.getTime() >= wholeEveryMs
  const options = { date: undefined, daysBack: 1, daysAhead: 0, catchUp: true, dryRun: false, only: whole ? [] : often }
  const { failures, requests } = await runDailyOfFiles(app, sport, options, () => {})
  return { failures, requests, whole }
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
