import type { BackfillForecast } from '../jobs/backfill/backfill-forecast.ts'
import { paint } from './paint.ts'
import { line, scheduleLine } from './receipt-lines.ts'
import { durationText, instantText, table } from './table.ts'

/** What a backfill would do, as people read it. */
export function forecastText({
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
  chunks,
}: BackfillForecast): string {
  const heading = paint.bold(`${sport} backfill ${season}: the plan`)
  const before = line('watermark', `${watermark ?? 'none yet'}${settled ? `; ${settled} games are settled` : ''}`)
  const schedule = scheduleLine(scheduleKeptAt)
  if (games === 0) return [heading, ...schedule, before, line('games', 'none to ask for')].join('\n')
  const rows = chunks.map((chunk, i) => [i + 1, chunk.from, chunk.to, chunk.games, chunk.requests])
  const time = requests === 0 ? 'none' : `${durationText(durationMs)} at ${ratePerSecond} requests a second`
  return [
    heading,
    ...schedule,
    before,
    line('games', `${games} to ask for, in ${chunks.length === 1 ? '1 chunk' : `${chunks.length} chunks`}`),
    line('requests', `${requests}, the schedule and repeated ones aside`),
    line('time', `${time}${requests === 0 ? '' : `; begun now, it ends at ${instantText(finishAt)}`}`),
    '',
    table(['chunk', 'from', 'to', 'games', 'requests'], rows, ''),
  ].join('\n')
}
