import type { App } from '../app.ts'
import type { Day } from '../core/days.ts'
import { dayOf } from '../core/zones.ts'
import { isPerEvent } from '../pipeline/dataset.ts'
import { rangeOf, seasonSpan } from '../pipeline/seasons.ts'
import type { Sport } from '../pipeline/sport.ts'
import { seasonWatermark } from '../pipeline/watermark-names.ts'
import { readWatermark } from '../store/watermarks.ts'
import { planUnsettled } from './backfill.ts'
import type { BackfillOptions } from './backfill-options.ts'
import { type Cost, costsOf } from './cost.ts'
import { countRequests, sumRequests } from './plan/count-requests.ts'
import { byReading, chooseDatasets } from './plan/datasets.ts'
import { planSeason } from './plan/season.ts'
import { eventUnit, planFiles } from './plan/units.ts'
import { closeProviders, openProviders, slowest } from './providers.ts'
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
  costs: Cost[]
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
  costs: Cost[]
}

/** What the backfill of days would do. */
export interface UnitsForecast {
  sport: string
  /** A label, or a range of them. */
  season: string
  watermarks: { season: string; value: string | null }[]
  /** Days that are settled and would not be asked for. */
  settled: number
  /** Days to ask for, the first and the last of them. */
  units: number
  from: Day | null
  to: Day | null
  /** As many as days usually take: one that has more than usual takes a page more. */
  requests: number
  ratePerSecond: number
  /** At that rate. */
  durationMs: number
  finishAt: Date
  costs: Cost[]
  /** What the account must have paid for, by dataset. */
  prices: { dataset: string; price: string }[]
}

export type Forecast = EventsForecast | FilesForecast | UnitsForecast

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
  const { requests, files } = byReading(chooseDatasets(sport, 'daily', options.only))
  const { signal, log, clock, database } = app
  const today = dayOf(clock.now(), sport.zone)
  const providers = openProviders(app, sport.providers, { dryRun: true, signal, log })

  async function ofEvents(scheduled: ScheduledSport, season: string): Promise<EventsForecast> {
    const { schedule, keptAt } = await openSchedules({ app, sport: scheduled, providers }).fetch(season)
    const plan = await database.run(sql => planSeason(sql, scheduled, schedule, options, today))
    const datasets = requests.filter(isPerEvent)
    const units = plan.chunks.map(({ from, to, entries }) => eventUnit('', { from, to }, entries, datasets))
    const chunks = plan.chunks.map(({ from, to, entries }, i) => {
      const requests = sumRequests(countRequests(units.slice(i, i + 1), today))
      return { from, to, games: entries.length, requests }
    })
    const counts = countRequests(units, today)
    const total = sumRequests(counts)
    const ratePerSecond = slowest(providers, new Set(datasets.map(({ provider }) => provider)))
    const durationMs = Math.ceil((total / ratePerSecond) * 1000)
    return {
      sport: sport.id,
      season,
      scheduleKeptAt: keptAt ?? null,
      watermark: plan.watermark ?? null,
      settled: plan.settled,
      games: plan.entries.length,
      requests: total,
      ratePerSecond,
      durationMs,
      finishAt: new Date(clock.now().getTime() + durationMs),
      costs: await costsOf(providers, counts),
      chunks,
    }
  }

  async function ofFiles(): Promise<FilesForecast> {
    const scope = { today, days: [], seasons: seasons.map(season => seasonSpan(sport, season)) }
    const request = { scope, now: clock.now(), datasets: files, retryFailed: options.retryFailed }
    const units = await database.run(sql => planFiles(sql, sport, request))
    return {
      sport: sport.id,
      season: rangeOf(seasons) ?? '',
      files: units.map(({ dataset, season = '', loaded }) => {
        return { dataset: dataset.name, season, loadedAt: loaded?.loadedAt ?? null, rows: loaded?.rows ?? null }
      }),
      requests: units.length,
      ratePerSecond: slowest(providers),
      costs: await costsOf(providers, countRequests(units, today)),
    }
  }

  async function ofUnits(): Promise<UnitsForecast> {
    const spans = seasons.map(season => seasonSpan(sport, season))
    const about = { ...{ requests, files: [], seasons: spans, options }, watermarks: [], season: rangeOf(seasons) }
    const { left } = await planUnsettled({ app, sport, today }, about)
    const units = left.units.filter(unit => unit.read === 'requests')
    const asked = units.flatMap(unit => unit.datasets.map(dataset => ({ unit, dataset })))
    const counts = countRequests(units, today)
    const total = sumRequests(counts)
    const days = units.map(({ from }) => from).sort()
    const ratePerSecond = slowest(providers, new Set(asked.map(({ dataset }) => dataset.provider)))
    const durationMs = Math.ceil((total / ratePerSecond) * 1000)
    const first = days[0]
    // A dataset of which nothing is asked for costs nothing.
    const firstOf = (name: string) => asked.find(({ dataset }) => dataset.name === name)?.unit.from
    const prices = requests.flatMap(({ name, price }) => {
      const from = firstOf(name)
      return price && from ? [{ dataset: name, price: price(from, today) }] : []
    })
    return {
      sport: sport.id,
      season: rangeOf(seasons) ?? '',
      watermarks: await database.run(sql =>
        Promise.all(
          seasons.map(async season => ({ season, value: (await readWatermark(sql, seasonWatermark(sport.id, season))) ?? null })),
        ),
      ),
      ...{ settled: left.settled, units: units.length, from: first ?? null, to: days.at(-1) ?? null },
      ...{ requests: total, ratePerSecond, durationMs, finishAt: new Date(clock.now().getTime() + durationMs) },
      costs: await costsOf(providers, counts),
      prices,
    }
  }

  try {
    const plans: Forecast[] = []
    if (hasSchedule(sport)) for (const season of seasons) plans.push(await ofEvents(sport, season))
    else if (requests.length > 0) plans.push(await ofUnits())
    if (files.length > 0) plans.push(await ofFiles())
    return plans
  } finally {
    await closeProviders(providers)
  }
}
