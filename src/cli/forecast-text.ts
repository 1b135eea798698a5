import { type Cost, shortageOf } from '../jobs/cost.ts'
import type { EventsForecast, FilesForecast, Forecast, UnitsForecast } from '../jobs/forecast.ts'
import { paint } from './paint.ts'
import { line } from './receipt-text.ts'
import { durationText, instantText, table } from './table.ts'

/** What a backfill would do, as people read it. */
export const forecastText = (forecast: Forecast): string =>
  'chunks' in forecast ? eventsText(forecast) : 'files' in forecast ? filesText(forecast) : unitsText(forecast)

function eventsText(forecast: EventsForecast): string {
  const {
    sport,
    season,
    scheduleKeptAt,
    watermark,
    settled,
    games,
    requests,
    ratePerSecond,
    durationMs,
    finishAt,
    costs,
    chunks,
  } = forecast
  const heading = paint.bold(`${sport} backfill ${season}: the plan`)
  const before = line('watermark', `${watermark ?? 'none yet'}${settled ? `; ${settled} games are settled` : ''}`)
  const kept = `the one stored at ${instantText(scheduleKeptAt)}; no provider gave a newer one`
  const schedule = scheduleKeptAt ? [line('schedule', kept, paint.yellow)] : []
  if (games === 0) return [heading, ...schedule, before, line('games', 'none to ask for')].join('\n')
  const rows = chunks.map((chunk, i) => [i + 1, chunk.from, chunk.to, chunk.games, chunk.requests])
  const time = requests === 0 ? 'none' : `${durationText(durationMs)} at ${ratePerSecond} requests a second`
  return [
    heading,
    ...schedule,
    before,
    line('games', `${games} to ask for, in ${chunks.length === 1 ? '1 chunk' : `${chunks.length} chunks`}`),
    line('requests', `${requests}, the schedule and repeated ones aside`),
    ...costs.flatMap(costLines),
    line('time', `${time}${requests === 0 ? '' : `; started now, it ends at ${instantText(finishAt)}`}`),
    '',
    table(['chunk', 'from', 'to', 'games', 'requests'], rows, ''),
  ].join('\n')
}

function costLines(cost: Cost): string[] {
  const { provider, requests, price, dailyQuota, leftToday } = cost
  const short = shortageOf(cost)
  return [
    ...(price === null ? [] : [line('cost', `${price} for ${requests} requests of ${provider}`)]),
    ...(dailyQuota === null
      ? []
      : [
          line(
            'quota',
            short ?? `${leftToday} of ${dailyQuota} requests of ${provider} are left today`,
            short ? paint.yellow : undefined,
          ),
        ]),
  ]
}

function unitsText(forecast: UnitsForecast): string {
  const { sport, season, watermarks, settled, units, from, to, requests, ratePerSecond, durationMs, finishAt, costs, prices } =
    forecast
  const stood = watermarks.map(({ season: of, value }) =>
    watermarks.length > 1 ? `${of}: ${value ?? 'none yet'}` : (value ?? 'none yet'),
  )
  const heading = [
    paint.bold(`${sport} backfill ${season}: the plan`),
    line('watermark', `${stood.join(', ')}${settled ? `; ${settled} days are settled` : ''}`),
  ]
  if (units === 0) return [...heading, line('days', 'none to ask for')].join('\n')
  return [
    ...heading,
    line('days', `${units} to ask for, ${from} to ${to}`),
    line('requests', `${requests}, repeated ones aside; a day with many races takes one more`),
    line(
      'time',
      `${durationText(durationMs)} at ${ratePerSecond} requests a second; started now, it ends at ${instantText(finishAt)}`,
    ),
    ...costs.flatMap(costLines),
    ...prices.map(({ dataset, price }) => line('price', `${dataset}: ${price}`)),
  ].join('\n')
}

function filesText({ sport, season, files, requests, ratePerSecond, costs }: FilesForecast): string {
  const rows = files.map(({ dataset, season: of, loadedAt, rows: count }) => [
    dataset,
    of || 'all',
    loadedAt ? loadedAt.toISOString().slice(0, 16).replace('T', ' ') : 'not yet',
    count ?? '-',
  ])
  return [
    paint.bold(`${sport} backfill ${season}: the plan`),
    line('files', `${files.length} to ask for; unchanged ones are not read`),
    line('requests', `${requests} at least, at ${ratePerSecond} a second; a redirect is one more`),
    ...costs.flatMap(costLines),
    '',
    table(['dataset', 'season', 'loaded (UTC)', 'rows'], rows, ''),
  ].join('\n')
}
