import type { RetryReceipt } from '../jobs/retry-dead-letters.ts'
import { rowsWritten } from '../pipeline/receipt.ts'
import { paint } from './paint.ts'
import { line } from './receipt-lines.ts'
import { durationText } from './table.ts'

/** What trying dead letters again did, as people read it, within 80 columns. */
export function retryReceipt({
  sport,
  run,
  tried,
  resolved,
  failing,
  rows,
  requests,
  durationMs,
  status,
  findings,
}: RetryReceipt): string {
  const ended = `${status} in ${durationText(durationMs)}, run ${run}`
  return [
    `${paint.bold(`${sport} dead letters`)}  ${status === 'done' ? paint.green(ended) : paint.red(ended)}`,
    line('letters', `${tried} tried: ${resolved} resolved, ${tried - resolved} still open`),
    line('rows', `${rowsWritten(rows)} written`),
    line('requests', String(requests)),
    ...findings.map((finding, i) => line(i === 0 ? 'findings' : '', finding.message, paint.yellow)),
    ...failing.map(({ id, item, message }, i) => line(i === 0 ? 'open' : '', `${id}: ${item}: ${message}`, paint.red)),
    ...(failing.length > 0 ? [line('', 'sports-ingest dead-letters discard gives up what will never come')] : []),
  ].join('\n')
}
