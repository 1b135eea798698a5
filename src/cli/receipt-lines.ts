import type { Finding } from '../pipeline/contract.ts'
import { type GameCounts, type RowCounts, rowsWritten } from '../pipeline/receipt.ts'
import { paint } from './paint.ts'
import { durationText, instantText } from './table.ts'
import { wrap } from './wrap.ts'

const width = 80
const headingWidth = 72
const margin = 13
const shownFindings = 5

type Colour = (plain: string) => string

/** `nba daily 2025-01-15                        done in 2.3 s, run 1` */
export function heading(
  left: string,
  { status, durationMs, run }: { status: string; durationMs: number; run: number | null },
): string {
  const right = `${status} in ${durationText(durationMs)}${run === null ? '' : `, run ${run}`}`
  const gap = ' '.repeat(Math.max(2, headingWidth - left.length - right.length))
  return `${paint.bold(left)}${gap}${status === 'done' ? paint.green(right) : paint.red(right)}`
}

/** A label and its text, within 80 columns; further lines are indented. */
export const line = (label: string, text: string, colour: Colour = plain => plain): string =>
  wrap(text, width - margin)
    .map((part, i) => `  ${(i === 0 ? label : '').padEnd(10)} ${colour(part)}`)
    .join('\n')

/** `11 asked for: 10 loaded, 0 unchanged, 0 postponed, 1 dead` */
export function gamesText({ asked, loaded, corrected, unchanged, postponed, dead }: GameCounts): string {
  const parts = [`${loaded} loaded`, ...(corrected ? [`${corrected} corrected`] : []), `${unchanged} unchanged`]
  return `${asked} asked for: ${[...parts, `${postponed} postponed`, `${dead} dead`].join(', ')}`
}

/** Where a schedule was as it had been kept: what came later it does not know. */
export const scheduleLine = (keptAt: Date | null): string[] =>
  keptAt ? [line('schedule', `as it was kept at ${instantText(keptAt)}; nobody gave a newer one`, paint.yellow)] : []

export function rowsLine({ rows, games, dryRun }: { rows: RowCounts; games: { unchanged: number }; dryRun: boolean }): string {
  const written = rowsWritten(rows)
  if (written === 0) return line('rows', games.unchanged > 0 ? '0 written: nothing had changed' : '0 written')
  const removed = rows.deleted ? `, ${rows.deleted} removed` : ''
  return line('rows', `${written} ${dryRun ? 'to write' : 'written'}: ${rows.inserted} new, ${rows.updated} changed${removed}`)
}

export function watermarkLine(before: string | null, after: string | null): string {
  return line('watermark', before === after ? `${after ?? 'none yet'}, unmoved` : `${before ?? 'none'} → ${after}`)
}

export function findingLines(findings: readonly Finding[], run: number | null): string[] {
  return [
    ...findings.slice(0, shownFindings).map((finding, i) => line(i === 0 ? 'findings' : '', finding.message, paint.yellow)),
    ...(findings.length > shownFindings ? [line('', `and ${findings.length - shownFindings} more, see runs show ${run}`)] : []),
  ]
}

export function dryRunLines({ dryRun, rows }: { dryRun: boolean; rows: RowCounts }): string[] {
  if (!dryRun) return []
  return [line('dry run', `nothing was kept${rowsWritten(rows) > 0 ? '; without --dry-run the rows above would be' : ''}`)]
}

/** What failed for the same reason stands together, with what can be done about the last of it. */
export function failedLines(failed: readonly { from: string; to: string; message: string; hint?: string }[]): string[] {
  const runs: { first: (typeof failed)[number]; last: (typeof failed)[number] }[] = []
  for (const one of failed) {
    const open = runs.at(-1)
    if (open && open.last.message === one.message) open.last = one
    else runs.push({ first: one, last: one })
  }
  return runs.flatMap(({ first, last }) => [
    line('failed', `${first.from === last.to ? first.from : `${first.from} to ${last.to}`}: ${last.message}`, paint.red),
    ...(last.hint ? [line('', last.hint)] : []),
  ])
}
