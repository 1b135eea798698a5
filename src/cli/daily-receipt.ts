import type { DailyReceipt } from '../jobs/daily/daily-receipt.ts'
import { paint } from './paint.ts'
import { dryRunLines, failedLines, findingLines, gamesText, heading, line, rowsLine, watermarkLine } from './receipt-lines.ts'

/** A daily run's receipt as people read it, within 80 columns. */
export function dailyReceipt(receipt: DailyReceipt): string {
  const { sport, days, targetDate, games, findings, givenUp } = receipt
  const [first = targetDate, last = targetDate] = [days[0], days.at(-1)]
  const letters = `${givenUp} dead letters that no run tries by itself any more: dead-letters list, dead-letters retry`
  return [
    heading(`${sport} daily ${first === last ? first : `${first} to ${last}`}`, receipt),
    line('games', gamesText(games), games.dead ? paint.red : undefined),
    rowsLine(receipt),
    line('requests', String(receipt.requests)),
    watermarkLine(receipt.watermarkBefore, receipt.watermarkAfter),
    ...findingLines(findings, receipt.run),
    ...failedLines(receipt.failedDays.map(({ day, ...why }) => ({ from: day, to: day, ...why }))),
    ...(games.dead ? [line('', 'sports-ingest dead-letters list says why; later runs try again')] : []),
    ...(givenUp ? [line('given up', letters, paint.yellow)] : []),
    ...dryRunLines(receipt),
  ].join('\n')
}
