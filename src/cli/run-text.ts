import { type Counts, type Receipt, rowsWritten, sumOf } from '../pipeline/receipt.ts'
import type { Chunk, Run } from '../store/runs.ts'
import { itemNames } from './receipt-text.ts'
import { cut, durationText, instantText, table } from './table.ts'
import { wrap } from './wrap.ts'

const width = 80
const margin = 11

/** A run from the store, as text. The receipt of a run that was killed is empty; its units show what it did. */
export function runText(run: Run & { chunks: Chunk[] }): string {
  const { items = [], rows, requests, findings = [], watermarks = [], live } = run.counts as Partial<Receipt>
  const took = run.finishedAt ? ` (${durationText(run.finishedAt.getTime() - run.startedAt.getTime())})` : ''
  const facts: [string, string][] = [
    ['run', [`${run.id}:`, run.job, run.sport, run.targetDate ?? run.season ?? ''].join(' ').trim()],
    ['status', `${run.status}, ${run.failures} failures`],
    ['started', `${instantText(run.startedAt)} by pid ${run.pid} on ${run.host}`],
    ['finished', `${instantText(run.finishedAt)}${took}`],
    ...(watermarks.length > 1
      ? watermarks.map(({ key, before, after }): [string, string] => [
          'watermark',
          `${key}: ${before ?? 'none'} → ${after ?? 'none'}`,
        ])
      : run.job === 'live'
        ? []
        : ([['watermark', `${run.watermarkBefore ?? 'none'} → ${run.watermarkAfter ?? 'none'}`]] as [string, string][])),
    ...(run.error ? ([['error', run.error]] as [string, string][]) : []),
    ...(live
      ? ([
          [
            'followed',
            `${live.polls} polls, ${live.changed} games had changed, ${live.finals} ended; ${live.updates} updates; ${live.incidents} incidents`,
          ],
        ] as [string, string][])
      : []),
    ...items.map((counts): [string, string] => [counts.noun, itemNames.map(name => `${counts[name]} ${name}`).join(', ')]),
    ...(rows
      ? ([['rows', `${rows.inserted} inserted, ${rows.updated} updated, ${rows.deleted} deleted`]] as [string, string][])
      : []),
    ...(requests === undefined ? [] : ([['requests', String(requests)]] as [string, string][])),
    ...findings.map(({ message }): [string, string] => ['finding', message]),
  ]
  const lines = facts.flatMap(([label, text]) =>
    wrap(text, width - margin).map((part, i) => `${(i === 0 ? label : '').padEnd(margin - 1)} ${part}`),
  )
  return run.job === 'live' ? lines.join('\n') : [...lines, '', unitsTable(run.chunks)].join('\n')
}

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
