import type { DailyReceipt, FailedDay } from '../jobs/daily-receipt.ts'
import { rowsWritten } from '../pipeline/receipt.ts'
import { paint } from './paint.ts'
import { durationText } from './table.ts'
import { wrap } from './wrap.ts'

const width = 80
const headingWidth = 72
const shownFindings = 5

/** A daily run's receipt as people read it, within 80 columns. */
export function dailyReceipt(receipt: DailyReceipt): string {
  const { games, rows, findings } = receipt
  const parts = [
    `${games.loaded} loaded`,
    ...(games.corrected ? [`${games.corrected} corrected`] : []),
    `${games.unchanged} unchanged`,
    `${games.postponed} postponed`,
    `${games.dead} dead`,
  ]
  return [
    heading(receipt),
    line('games', `${games.asked} asked for: ${parts.join(', ')}`, games.dead ? paint.red : undefined),
    line('rows', rowsText(receipt)),
    line('requests', String(receipt.requests)),
    line('watermark', watermarkText(receipt)),
    ...findings.slice(0, shownFindings).map((finding, i) => line(i === 0 ? 'findings' : '', finding.message, paint.yellow)),
    ...(findings.length > shownFindings
      ? [line('', `and ${findings.length - shownFindings} more, see runs show ${receipt.run}`)]
      : []),
    ...failedLines(receipt.failedDays),
    ...(games.dead ? [line('', 'sports-ingest dead-letters list says why; later runs try again')] : []),
    ...(receipt.givenUp
      ? [
          line(
            'given up',
            `${receipt.givenUp} dead letters that no run tries by itself any more: dead-letters list, dead-letters retry`,
            paint.yellow,
          ),
        ]
      : []),
    ...(receipt.dryRun
      ? [line('dry run', `nothing was kept${rowsWritten(rows) > 0 ? '; without --dry-run the rows above would be' : ''}`)]
      : []),
  ].join('\n')
}

function heading({ sport, days, targetDate, status, durationMs, run }: DailyReceipt): string {
  const [first = targetDate, last = targetDate] = [days[0], days.at(-1)]
  const left = `${sport} daily ${first === last ? first : `${first} to ${last}`}`
  const right = `${status} in ${durationText(durationMs)}${run === null ? '' : `, run ${run}`}`
  const gap = ' '.repeat(Math.max(2, headingWidth - left.length - right.length))
  return `${paint.bold(left)}${gap}${status === 'done' ? paint.green(right) : paint.red(right)}`
}

const margin = 13

const line = (label: string, text: string, colour = (plain: string) => plain) =>
  wrap(text, width - margin)
    .map((part, i) => `  ${(i === 0 ? label : '').padEnd(10)} ${colour(part)}`)
    .join('\n')

function rowsText({ games, rows, dryRun }: DailyReceipt): string {
  const written = rowsWritten(rows)
  if (written === 0) return games.unchanged > 0 ? '0 written: nothing had changed' : '0 written'
  const removed = rows.deleted ? `, ${rows.deleted} removed` : ''
  return `${written} ${dryRun ? 'to write' : 'written'}: ${rows.inserted} new, ${rows.updated} changed${removed}`
}

function watermarkText({ watermarkBefore, watermarkAfter }: DailyReceipt): string {
  if (watermarkBefore === watermarkAfter) return `${watermarkAfter ?? 'none yet'}, unmoved`
  return `${watermarkBefore ?? 'none'} → ${watermarkAfter}`
}

/** Days that failed for the same reason stand together, with what can be done about the last of them. */
function failedLines(days: readonly FailedDay[]): string[] {
  const runs: { first: FailedDay; last: FailedDay }[] = []
  for (const day of days) {
    const open = runs.at(-1)
    if (open && open.last.message === day.message) open.last = day
    else runs.push({ first: day, last: day })
  }
  return runs.flatMap(({ first, last }) => [
    line('failed', `${first.day === last.day ? first.day : `${first.day} to ${last.day}`}: ${last.message}`, paint.red),
    ...(last.hint ? [line('', last.hint)] : []),
  ])
}
