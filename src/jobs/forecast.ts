import type { App } from '../app.ts'
import type { Day } from '../core/days.ts'
import { dayOf } from '../core/zones.ts'
import { isPerEvent, type RequestDataset } from '../pipeline/dataset.ts'
import type { ScheduleEntry } from '../pipeline/schedule.ts'
import { seasonSpan } from '../pipeline/seasons.ts'
import type { Sport } from '../pipeline/sport.ts'
import type { Provider } from '../providers/open-provider.ts'
import { chosen } from './backfill.ts'
import type { BackfillOptions } from './backfill-options.ts'
import { eventUnit } from './plan/by-days.ts'
import { readEntry } from './plan/entries.ts'
import { planFiles } from './plan/files.ts'
import { planSeason } from './plan/season-state.ts'
import { hasSchedule, openSchedules, type ScheduledSport } from './schedules.ts'

/** What the backfill of a season's events would do. Requests that have to be repeated are not foreseen. */
export interface EventsForecast {
  sport: string
  season: string
  /** When the schedule was stored by which it goes, because no provider gave a newer one; null where it was given now. */
  scheduleKeptAt: Date | null
  watermark: string | null
  /** Events that are settled and would not be asked for. */
  settled: number
  games: number
  /** At most: one request may check many events that other jobs have stored. */
  requests: number
  ratePerSecond: number
  /** At that rate. */
  durationMs: number
  finishAt: Date
  chunks: { from: Day; to: Day; games: number; requests: number }[]
}

/** What the backfill of files would do. */
export interface FilesForecast {
  sport: string
  /** A label, or a range of them. */
  season: string
  files: { dataset: string; season: string; loadedAt: Date | null; rows: number | null }[]
  /** At least: files that have moved are asked for more than once, and a redirect is a request. */
  requests: number
  ratePerSecond: number
}

export type Forecast = EventsForecast | FilesForecast

/**
 * Says what a backfill would do, and writes nothing: of the events that a schedule lists, for which it asks for the schedule, and of files.
 * @throws ProviderRefusesError, StoreError
 */
export async function forecastBackfill(
  app: App,
  sport: Sport,
  seasons: readonly string[],
  options: BackfillOptions,
): Promise<Forecast[]> {
  const { signal, log } = app
  const providers = new Map(
    sport.providers.map(declaration => [declaration.id, app.openProvider(declaration, { dryRun: true, signal, log })]),
  )
  try {
    const plans: Forecast[] = []
    if (hasSchedule(sport)) for (const season of seasons) plans.push(await forecastEvents(app, sport, providers, season, options))
    if (chosen(sport, options).files.length > 0) plans.push(await forecastFiles(app, sport, providers, seasons, options))
    return plans
  } finally {
    await Promise.all([...providers.values()].map(provider => provider.close()))
  }
}

const rateOf = (providers: ReadonlyMap<string, Provider>, used: (id: string) => boolean): number =>
  Math.min(...[...providers].filter(([id]) => used(id)).map(([, { ratePerSecond }]) => ratePerSecond))

async function forecastEvents(
  app: App,
  sport: ScheduledSport,
  providers: ReadonlyMap<string, Provider>,
  season: string,
  options: BackfillOptions,
): Promise<EventsForecast> {
  const today = dayOf(app.clock.now(), sport.zone)
  const { schedule, keptAt } = await openSchedules({ app, sport, providers }).fetch(season)
  const { plan, state } = await planSeason(app, sport, schedule, options, today)
  const datasets = chosen(sport, options).requests.filter(isPerEvent)
  const chunks = [...plan.chunks()].map(({ from, to, entries }) => {
    const requests = entries.reduce((sum, entry) => sum + countRequests(sport, datasets, entry), 0)
    return { from, to, games: entries.length, requests }
  })
  const requests = chunks.reduce((sum, chunk) => sum + chunk.requests, 0)
  const ratePerSecond = rateOf(providers, id => datasets.some(({ provider }) => provider === id))
  const durationMs = Math.ceil((requests / ratePerSecond) * 1000)
  return {
    sport: sport.id,
    season,
    scheduleKeptAt: keptAt ?? null,
    watermark: state.watermark ?? null,
    settled: plan.settled,
    games: plan.entries.length,
    requests,
    ratePerSecond,
    durationMs,
    finishAt: new Date(app.clock.now().getTime() + durationMs),
    chunks,
  }
}

/** A malformed entry becomes a dead letter without a request. */
function countRequests(sport: ScheduledSport, datasets: readonly RequestDataset[], entry: ScheduleEntry): number {
  const event = readEntry(entry)
  if (!event) return 0
  const unit = eventUnit(sport, { from: entry.day, to: entry.day }, [entry], datasets)
  return datasets.reduce((sum, dataset) => sum + [...dataset.requests(unit, event)].length, 0)
}

async function forecastFiles(
  app: App,
  sport: Sport,
  providers: ReadonlyMap<string, Provider>,
  seasons: readonly string[],
  options: BackfillOptions,
): Promise<FilesForecast> {
  const { files } = chosen(sport, options)
  const scope = { today: dayOf(app.clock.now(), sport.zone), days: [], seasons: seasons.map(season => seasonSpan(sport, season)) }
  const units = await app.database.run(sql => planFiles(sql, sport, { scope, datasets: files, retryFailed: options.retryFailed }))
  return {
    sport: sport.id,
    season: seasons.length > 1 ? `${seasons[0]}..${seasons.at(-1)}` : (seasons[0] ?? ''),
    files: units.map(({ dataset, season = '', loaded }) => {
      return { dataset: dataset.name, season, loadedAt: loaded?.loadedAt ?? null, rows: loaded?.rows ?? null }
    }),
    requests: units.length,
    ratePerSecond: rateOf(providers, () => true),
  }
}
