import chalk from 'chalk'
import type { DailyReceipt } from '../jobs/daily-receipt.ts'
import { rowsWritten } from '../pipeline/receipt.ts'
import { durationText } from './table.ts'

const width = 72
const shownFindings = 5

/** A daily run's receipt as people read it, within 80 columns. */
export function dailyReceipt(receipt: DailyReceipt): string {
  const { games, rows, findings } = receipt
  const parts = [
    `${games.loaded} loaded`,
    ...(games.corrected ? [`${games.corrected} corrected`] : []),
    `${games.unchanged} unchanged`,
    `${games.postponed} postponed`,
    games.dead ? chalk.red(`${games.dead} dead`) : '0 dead',
  ]
  return [
    heading(receipt),
    line('games', `${games.asked} asked for: ${parts.join(', ')}`),
    line('rows', rowsText(receipt)),
    line('requests', String(receipt.requests)),
    line('watermark', watermarkText(receipt)),
    ...findings.slice(0, shownFindings).map((finding, i) => line(i === 0 ? 'findings' : '', chalk.yellow(finding.message))),
    ...(findings.length > shownFindings
      ? [line('', `and ${findings.length - shownFindings} more, see runs show ${receipt.run}`)]
      : []),
    ...receipt.failedDays.map(({ day, message }) => line('failed', chalk.red(`${day}: ${message}`))),
    ...(games.dead ? [line('', 'sports-ingest dead-letters list says why; the next run tries them again')] : []),
    ...(receipt.dryRun
      ? [line('dry run', `nothing was kept${rowsWritten(rows) > 0 ? '; without --dry-run the rows above would be' : ''}`)]
      : []),
  ].join('\n')
}

function heading({ sport, days, targetDate, status, durationMs, run }: DailyReceipt): string {
  const [first = targetDate, last = targetDate] = [days[0], days.at(-1)]
  const left = `${sport} daily ${first === last ? first : `${first} to ${last}`}`
  const right = `${status} in ${durationText(durationMs)}${run === null ? '' : `, run ${run}`}`
  const gap = ' '.repeat(Math.max(2, width - left.length - right.length))
  return `${chalk.bold(left)}${gap}${status === 'done' ? chalk.green(right) : chalk.red(right)}`
}

const line = (label: string, text: string) => `  ${label.padEnd(10)} ${text}`

function rowsText({ rows, dryRun }: DailyReceipt): string {
  const written = rowsWritten(rows)
  if (written === 0) return '0 written: nothing had changed'
  const removed = rows.deleted ? `, ${rows.deleted} removed` : ''
  return `${written} ${dryRun ? 'to write' : 'written'}: ${rows.inserted} new, ${rows.updated} changed${removed}`
}

function watermarkText({ watermarkBefore, watermarkAfter }: DailyReceipt): string {
  if (watermarkBefore === watermarkAfter) return `${watermarkAfter ?? 'none yet'}, unmoved`
  return `${watermarkBefore ?? 'none'} → ${watermarkAfter}`
}
