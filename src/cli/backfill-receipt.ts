import type { BackfillReceipt } from '../jobs/backfill-receipt.ts'
import { paint } from './paint.ts'
import { dryRunLines, failedLines, findingLines, heading, line, rowsLine, watermarkLine } from './receipt-lines.ts'

/** A backfill's receipt as people read it, within 80 columns. */
export function backfillReceipt(receipt: BackfillReceipt): string {
  const { sport, season, games, chunks } = receipt
  return [
    heading(`${sport} backfill ${season}`, receipt),
    line('games', gamesText(receipt), games.dead ? paint.red : undefined),
    ...(chunks.planned ? [line('chunks', chunksText(receipt))] : []),
    rowsLine(receipt),
    line('requests', String(receipt.requests)),
    watermarkLine(receipt.watermarkBefore, receipt.watermarkAfter),
    ...findingLines(receipt.findings, receipt.run),
    ...failedLines(receipt.failedChunks),
    ...(chunks.pending
      ? [line('not begun', `${chunks.pending} chunks; the next backfill of the season loads them`, paint.red)]
      : []),
    ...(games.dead ? [line('', 'sports-ingest dead-letters list says why, dead-letters retry tries again')] : []),
    ...dryRunLines(receipt),
  ].join('\n')
}

function gamesText({ games, settled }: BackfillReceipt): string {
  const before = settled ? `, ${settled} more settled before` : ''
  if (games.asked === 0) return `none to ask for${before}`
  const parts = [
    `${games.loaded} loaded`,
    ...(games.corrected ? [`${games.corrected} corrected`] : []),
    `${games.unchanged} unchanged`,
    `${games.postponed} postponed`,
    `${games.dead} dead`,
  ]
  return `${games.asked} asked for: ${parts.join(', ')}${before}`
}

function chunksText({ chunks, from, to }: BackfillReceipt): string {
  const failed = chunks.failed ? `, ${chunks.failed} failed` : ''
  return `${chunks.done} of ${chunks.planned} done${failed}, ${from === to ? from : `${from} to ${to}`}`
}
