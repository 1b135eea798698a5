import { type Counts, type ItemCounts, noItems, type Receipt, rowsWritten, sumOf } from '../pipeline/receipt.ts'
import type { Chunk, Run } from '../store/runs.ts'
import { line, programText } from './receipt-text.ts'
import { cut, instantText, table, tookText } from './table.ts'

/** In the order in which they are declared: JSON from the database has lost its own. */
const itemNames = Object.keys(noItems('')).filter(name => name !== 'noun') as Exclude<keyof ItemCounts, 'noun'>[]

/** A run from the store, as text. The receipt of a run that was killed is empty; its units show what it did. */
export function runText(run: Run & { chunks: Chunk[] }): string {
  const { items = [], rows, requests, findings = [], watermarks = [], live, program } = run.counts as Partial<Receipt>
  const isOwn = run.sport === null
  const isLive = run.job === 'live' && !isOwn
  const own = isLive ? [] : [moveText(run.watermarkBefore, run.watermarkAfter)]
  const moves = watermarks.length > 1 ? watermarks.map(({ key, before, after }) => `${key}: ${moveText(before, after)}`) : own
  const facts: [string, string | null | undefined][] = [
    ['run', [`${run.id}:`, run.job, run.sport ?? '', run.targetDate ?? run.season ?? ''].join(' ').trim()],
    ['status', `${run.status}, ${run.failures === 1 ? '1 failure' : `${run.failures} failures`}`],
    ['started', `${instantText(run.startedAt)} by pid ${run.pid} on ${run.host}`],
    ['finished', `${instantText(run.finishedAt)}${run.finishedAt ? ` (${tookText(run)})` : ''}`],
    ...moves.map((move): [string, string] => ['watermark', move]),
    ['error', run.error],
    ['program', program && programText(program)],
    ['followed', live && followedText(live)],
    ...items.map((counts): [string, string] => [counts.noun, itemNames.map(name => `${counts[name]} ${name}`).join(', ')]),
    ['rows', rows && !program ? `${rows.inserted} inserted, ${rows.updated} updated, ${rows.deleted} deleted` : undefined],
    ['requests', isOwn ? undefined : requests?.toString()],
    ...findings.map(({ message }): [string, string] => ['finding', message]),
  ]
  const lines = facts.flatMap(([label, text]) => (text ? [line(label, text, undefined, '')] : []))
  return [...lines, ...(isLive || isOwn ? [] : ['', unitsTable(run.chunks)])].join('\n')
}

const moveText = (before: string | null, after: string | null) => `${before ?? 'none'} → ${after ?? 'none'}`

const followedText = ({ polls, changed, finals, updates, incidents }: NonNullable<Receipt['live']>) =>
  `${polls} polls, ${changed} games had changed, ${finals} ended; ${updates} updates; ${incidents} incidents`

/** The units of a run. Counts are there where one was loaded. */
function unitsTable(chunks: readonly Chunk[]): string {
  const hasParts = chunks.some(({ part }) => part !== '')
  const rows = chunks.map(({ unit, part, status, attempts, counts, message }) => {
    const { items, rows: written } = counts as Partial<Counts>
    const numbers = [
      items ? sumOf(items, 'asked') : '-',
      items ? sumOf(items, 'dead') : '-',
      written ? rowsWritten(written) : '-',
    ]
    return [...(hasParts ? [part || 'events'] : []), unit, status, attempts, ...numbers, cut(message ?? '', 20)]
  })
  const columns = ['unit', 'status', 'attempts', 'items', 'dead', 'written', 'error']
  return table([...(hasParts ? ['dataset'] : []), ...columns], rows, 'No unit was planned.')
}
