import type { BackfillReceipt } from '../jobs/backfill/backfill-receipt.ts'
import { paint } from './paint.ts'
import {
  dryRunLines,
  failedLines,
  findingLines,
  gamesText,
  heading,
  line,
  rowsLine,
  scheduleLine,
  watermarkLine,
} from './receipt-lines.ts'

/** A backfill's receipt as people read it, within 80 columns. */
export function backfillReceipt(receipt: BackfillReceipt): string {
  const { sport, season, games, chunks, waitsFor, letters } = receipt
  return [
    heading(`${sport} backfill ${season}`, receipt),
    ...scheduleLine(receipt.scheduleKeptAt),
    line('games', askedText(receipt), games.dead ? paint.red : undefined),
    ...(games.asked && receipt.settled ? [line('settled', `${receipt.settled} before; they were not asked for`)] : []),
    ...(chunks.planned ? [line('chunks', chunksText(receipt))] : []),
    rowsLine(receipt),
    line('requests', String(receipt.requests)),
    ...(receipt.dryRun ? [] : [watermarkLine(receipt.watermarkBefore, receipt.watermarkAfter)]),
    ...(waitsFor ? [line('', `it waits for game ${waitsFor.id} of ${waitsFor.day}`)] : []),
    ...findingLines(receipt.findings, receipt.run),
    ...failedLines(receipt.failedChunks),
    ...(chunks.pending
      ? [line('not begun', `${chunks.pending} chunks; the next backfill of the season loads them`, paint.red)]
      : []),
    ...(letters ? [line('letters', lettersText(letters), paint.red)] : []),
    ...dryRunLines(receipt),
  ].join('\n')
}

function askedText({ games, settled }: BackfillReceipt): string {
  if (games.asked > 0) return gamesText(games)
  return settled ? `none to ask for: all ${settled} are settled` : 'none to ask for'
}

function chunksText({ chunks, from, to }: BackfillReceipt): string {
  const failed = chunks.failed ? `, ${chunks.failed} failed` : ''
  return `${chunks.done} of ${chunks.planned} done${failed}, ${from === to ? from : `${from} to ${to}`}`
}

const lettersText = (letters: number): string =>
  `${letters === 1 ? '1 game of the season is' : `${letters} games of the season are`} set aside: dead-letters list says why, dead-letters retry --all asks again`
