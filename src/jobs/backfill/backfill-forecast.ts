import type { App } from '../../app.ts'
import type { Day } from '../../core/days.ts'
import type { CalendarGame, GameSport } from '../../pipeline/contract.ts'
import { openSportRun } from '../sport-run.ts'
import { type BackfillOptions, planSeason } from './plan-season.ts'

/** What the backfill of a season would do. Requests that have to be repeated are not foreseen. */
export interface BackfillForecast {
  sport: string
  season: string
  /** When the schedule was kept by which it goes, because nobody gave a newer one; null where it was given now. */
  scheduleKeptAt: Date | null
  watermark: string | null
  /** Games that are settled and would not be asked for. */
  settled: number
  games: number
  /** At most: a game log may vouch for games that other jobs have stored. */
  requests: number
  ratePerSecond: number
  /** At that rate. */
  durationMs: number
  finishAt: Date
  chunks: { from: Day; to: Day; games: number; requests: number }[]
}

/**
 * Says what a backfill would do, and writes nothing. It asks for the schedule, no more.
 * @throws ProviderRefusesError, StoreError
 */
export async function forecastBackfill(app: App, sport: GameSport, options: BackfillOptions): Promise<BackfillForecast> {
  const { season } = options
  const open = openSportRun(app, sport, undefined)
  try {
    const { calendar, keptAt } = await open.fetchCalendarOf(season)
    const { plan, state } = await planSeason(app, sport, calendar, options)
    const chunks = [...plan.chunks()].map(({ from, to, games }) => {
      return { from, to, games: games.length, requests: games.reduce((sum, game) => sum + requestsOf(sport, game), 0) }
    })
    const requests = chunks.reduce((sum, chunk) => sum + chunk.requests, 0)
    const { ratePerSecond } = open
    const durationMs = Math.ceil((requests / ratePerSecond) * 1000)
    return {
      sport: sport.id,
      season,
      scheduleKeptAt: keptAt ?? null,
      watermark: state.watermark ?? null,
      settled: plan.settled,
      games: plan.games.length,
      requests,
      ratePerSecond,
      durationMs,
      finishAt: new Date(app.clock.now().getTime() + durationMs),
      chunks,
    }
  } finally {
    await open.close()
  }
}

function requestsOf({ datasets }: GameSport, entry: CalendarGame): number {
  try {
    const { game } = entry.read()
    return datasets.filter(dataset => dataset.applies(game)).length
  } catch {
    return 0 // a malformed entry: set aside without a request
  }
}
