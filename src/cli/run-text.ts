import type { LiveTally } from '../jobs/live/live-receipt.ts'
import { type Counts, noCounts, rowsWritten } from '../pipeline/receipt.ts'
import type { Chunk, Run } from '../store/runs.ts'
import { cut, durationText, instantText, table } from './table.ts'
import { wrap } from './wrap.ts'

const width = 80
const margin = 11

/** A run from the store, as people read it. A run that was killed has no counts of its own; its chunks tell. */
export function runText(run: Run & { chunks: Chunk[] }): string {
  const counts = run.counts as Partial<Counts & { requests: number } & Followed>
  const took = run.finishedAt ? ` (${durationText(run.finishedAt.getTime() - run.startedAt.getTime())})` : ''
  const facts: [string, string][] = [
    ['run', [`${run.id}:`, run.job, run.sport, run.targetDate ?? run.season ?? ''].join(' ').trim()],
    ['status', `${run.status}, ${run.failures} failures`],
    ['started', `${instantText(run.startedAt)} by pid ${run.pid} on ${run.host}`],
    ['finished', `${instantText(run.finishedAt)}${took}`],
    ...(run.job === 'live'
      ? []
      : ([['watermark', `${run.watermarkBefore ?? 'none'} → ${run.watermarkAfter ?? 'none'}`]] as [string, string][])),
    ...(run.error ? ([['error', run.error]] as [string, string][]) : []),
    ...(counts.looks === undefined ? [] : ([['followed', followedText(counts as Followed)]] as [string, string][])),
    ...(counts.games ? ([['games', pairs(counts.games, noCounts().games)]] as [string, string][]) : []),
    ...(counts.rows ? ([['rows', pairs(counts.rows, noCounts().rows)]] as [string, string][]) : []),
    ...(counts.requests === undefined ? [] : ([['requests', String(counts.requests)]] as [string, string][])),
    ...(counts.findings ?? []).map(finding => ['finding', finding.message] as [string, string]),
  ]
  if (run.job === 'live') return factLines(facts).join('\n')
  if (run.chunks.some(({ part }) => part !== '')) return [...factLines(facts), '', filesTable(run.chunks)].join('\n')
  const rows = run.chunks.map(chunk => {
    const { games } = chunk.counts as Partial<Counts>
    return [
      chunk.windowFrom === chunk.windowTo ? chunk.windowFrom : `${chunk.windowFrom} to ${chunk.windowTo}`,
      chunk.status,
      chunk.attempts,
      games?.asked ?? '-',
      games?.dead ?? '-',
      cut(chunk.message ?? '', 24),
    ]
  })
  return [
    ...factLines(facts),
    '',
    table(['chunk', 'status', 'attempts', 'games', 'dead', 'error'], rows, 'No chunk was finished.'),
  ].join('\n')
}

/** What following games has come to. */
type Followed = Pick<LiveTally, 'looks' | 'updates' | 'moved' | 'finals' | 'incidents'>

const followedText = ({ looks, updates, moved, finals, incidents }: Followed): string =>
  `${looks} looks, ${moved} games had moved, ${finals} ended; ${updates} updates; ${incidents} incidents`

/** `11 asked, 10 loaded, …`, in the order of `like`: JSON from the database has lost its own. */
const pairs = <T extends object>(counts: T, like: T): string =>
  Object.keys(like)
    .map(name => `${counts[name as keyof T]} ${name}`)
    .join(', ')

const factLines = (facts: readonly [string, string][]): string[] =>
  facts.flatMap(([label, text]) =>
    wrap(text, width - margin).map((part, i) => `${(i === 0 ? label : '').padEnd(margin - 1)} ${part}`),
  )

/** The chunks of a run over files: one for each. Counts are there where it was read. */
function filesTable(chunks: readonly Chunk[]): string {
  const rows = chunks.map(({ windowFrom, windowTo, part, status, counts, message }) => {
    const { rows, written, bad } = counts as { rows?: number; written?: Counts['rows']; bad?: number }
    const season = windowFrom === windowTo ? 'all' : windowFrom.slice(0, 4)
    return [part, season, status, rows ?? '-', written ? rowsWritten(written) : '-', bad ?? '-', cut(message ?? '', 20)]
  })
  return table(['file', 'of', 'status', 'rows', 'written', 'bad', 'error'], rows, '')
}
