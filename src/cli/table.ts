import Table from 'cli-table3'
import { visible } from '../core/visible.ts'

/** A plain table with a heading, no frame: fit for eyes, `grep` and `awk`. Empty: the sentence that says so. */
export function table(heading: readonly string[], rows: readonly (readonly Cell[])[], empty: string): string {
  if (rows.length === 0) return empty
  const grid = new Table({
    head: [...heading],
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2, compact: true },
    chars: Object.fromEntries(frame.map(part => [part, ''])),
  })
  for (const row of rows) grid.push(row.map(cell => visible(String(cell ?? '-'))))
  return grid
    .toString()
    .split('\n')
    .map(line => line.trimEnd())
    .join('\n')
}

type Cell = string | number | boolean | null

const frame = [
  ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
  ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'],
]

/** An instant to the second, UTC: `2025-01-16 11:00:03Z`. */
export const instantText = (at: Date | null): string => (at ? `${at.toISOString().slice(0, 19).replace('T', ' ')}Z` : '-')

/** The same to the minute, where a line has no room. */
export const minuteText = (at: Date | null): string => instantText(at).replace(/:\d\dZ$/, 'Z')

/** A duration as people say it: `0.4 s`, `12 s`, `3 min 20 s`. */
export function durationText(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

/** How long a run took, or `-` while it is not over. */
export const tookText = ({ startedAt, finishedAt }: { startedAt: Date; finishedAt: Date | null }): string =>
  finishedAt ? durationText(finishedAt.getTime() - startedAt.getTime()) : '-'

/** Cuts a text to a width, with an ellipsis where something went. */
export const cut = (text: string, width: number): string => (text.length <= width ? text : `${text.slice(0, width - 1)}…`)
