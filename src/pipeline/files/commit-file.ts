import type { TransactionSql } from 'postgres'
import { PayloadError } from '../../core/errors.ts'
import { reachStep } from '../../core/steps.ts'
import type { Download } from '../../http/download.ts'
import { listDiscarded, listItemsBeginning } from '../../store/dead-letters.ts'
import { readDoneChunk } from '../../store/runs.ts'
import { storableText } from '../../store/text.ts'
import { tagsOfEvents, tagsOfPeople } from '../cache-tags.ts'
import type { UnitContext } from '../context.ts'
import type { FileSource } from '../dataset.ts'
import { undiscarded } from '../discarded.ts'
import { type Counts, rowsWritten } from '../receipt.ts'
import type { Finding } from '../rows.ts'
import { chunkOf, type Settlement, settle } from '../settle.ts'
import type { FileUnit } from '../unit.ts'
import { nameOf } from '../unit-span.ts'
import { loadEventsFile } from './load-events-file.ts'
import { type FileRows, loadRows } from './load-file.ts'

/** Thrown by a transaction that was to be done again when its file had been read already: it is to be asked for once more. */
export class SpentError extends Error {}

/** Writes a file as it streams, in one transaction with its dead letters, the season's watermark and the state of the file. */
export async function commitFile(
  unit: FileUnit,
  context: UnitContext,
  source: FileSource,
  file: Download,
  chunks: AsyncIterable<Buffer>,
): Promise<Counts> {
  const { run, sport, clock, log } = context
  const { dataset, key, shape } = unit
  let isSpent = false
  // Events, where the file is one of events.
  const changed = new Set<string>()
  const counts = await run.commit(
    async tx => {
      // Only where the transaction is tried again because the answer to its commit was lost.
      const done = run.id !== null && (await readDoneChunk(tx, run.id, chunkOf(unit)))
      if (done) return { done: done as Counts }
      if (isSpent) throw new SpentError('The file has been read already.')
      isSpent = true
      return { rows: await load(tx) }
    },
    async (tx, { done, rows }): Promise<Counts> => {
      if (!rows) return done as Counts
      // Two processes had it to load, of which one was taken for dead: this one has written nothing, and says what the other has.
      const byOther = run.id !== null && (await readDoneChunk(tx, run.id, chunkOf(unit)))
      if (byOther) return byOther as Counts
      const at = clock.now()
      const fresh = newUnknownColumns(unit, rows.unknown)
      for (const { message } of fresh) log.warn('file.unknown-columns', { dataset: dataset.name, unit: key, message })
      const { letters, resolved, dead } = await lettersOf(tx, unit, context, rows)
      const { items, findings } = rows.counts
      const loaded = { ...rows.counts, items: withDead(items, dead), findings: [...findings, ...fresh] }
      if (run.id === null) return loaded
      const tags = 'events' in dataset.content ? tagsOfEvents(sport, changed) : tagsOfPeople(sport.id)
      await settle(tx, run, {
        sport: sport.id,
        unit,
        at,
        file: {
          ...{ sport: sport.id, dataset: dataset.name, unit: key, provider: source.provider, url: file.url },
          ...{ etag: file.etag ?? null, lastModified: file.lastModified ?? null, ...file.sum() },
          ...{ rows: rows.rows, unknown: rows.unknown.join(' '), shape, left: rows.left, runId: run.id, loadedAt: at },
        },
        letters,
        resolved,
        frontiers: context.frontiersOf(unit),
        invalidates: rowsWritten(loaded.rows) > 0 ? tags : [],
        notifies: context.notifies,
        statsAfterMs: rowsWritten(loaded.rows) > 0 ? context.statsDelayMs : undefined,
        chunk: { status: 'done', counts: loaded },
      })
      await reachStep('before-commit')
      return loaded
    },
  )
  if (run.id !== null) await reachStep('after-commit')
  return counts

  async function load(tx: TransactionSql): Promise<FileRows> {
    const at = clock.now()
    const { content, name } = dataset
    const { season, mayShrink, loaded } = unit
    const how = {
      encoding: source.encoding,
      charset: file.charset,
      isOpenEnded: file.isOpenEnded,
      byValue: context.byValue,
    }
    if ('events' in content) {
      const options = { ...how, sport, dataset: name, at, mayShrink, lacks: loaded?.left?.lacks ?? [], changed }
      return await loadEventsFile(tx, content.events, chunks, options)
    }
    const { provider, naIsMissing = false } = source
    return await loadRows(tx, content.rows, chunks, { ...how, dataset: name, season, provider, naIsMissing, mayShrink, at })
  }
}

const withDead = (items: Counts['items'], dead: number): Counts['items'] =>
  items.map((counts, i) => (i === 0 ? { ...counts, asked: counts.asked + dead, dead: counts.dead + dead } : counts))

/** Reported when they first come. */
function newUnknownColumns(unit: FileUnit, names: readonly string[]): Finding[] {
  if (names.length === 0 || names.join(' ') === (unit.loaded?.unknown ?? '')) return []
  const what = nameOf(unit.dataset.name, unit)
  const some = `${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}`
  const message = `The file ${what} has ${names.length} unknown columns, stored in extra: ${some}.`
  return [{ item: what, check: 'unknown-columns', message }]
}

/** A dead letter for each bad row that a person has not discarded; the letters of the file and of rows that are right now are closed. */
async function lettersOf(
  tx: TransactionSql,
  unit: FileUnit,
  { sport }: UnitContext,
  { bad, moreBad }: FileRows,
): Promise<{ letters: NonNullable<Settlement['letters']>; resolved: NonNullable<Settlement['resolved']>; dead: number }> {
  const { key, from } = unit
  const dataset = unit.dataset.name
  const what = nameOf(dataset, unit)
  const byName = new Map<string, { message: string; payload: Uint8Array | undefined; rows: number }>()
  for (const { item, line, reason, raw } of bad) {
    // As it is stored, or the letter would be another's at the next run.
    const name = storableText(`${key} ${item}`)
    if (!byName.has(name)) byName.set(name, { message: `Line ${line} of ${what} ${reason}.`, payload: raw, rows: 1 })
  }
  if (moreBad) {
    const { count, line, reason } = moreBad
    const message = `${count} more rows of ${what} cannot be read; the first of these, in line ${line}, ${reason}.`
    byName.set(`${key} more rows`, { message, payload: undefined, rows: count })
  }
  const discarded = await listDiscarded(tx, sport.id, [...byName.keys()])
  const letters = [...byName].flatMap(([item, { message, payload, rows }]) => {
    const error = new PayloadError(message)
    return undiscarded(item, [{ dataset, item, day: from, stage: 'transform' as const, error, payload, rows }], discarded)
  })
  const open = await listItemsBeginning(tx, sport.id, dataset, `${key} `)
  // A row that has a letter may be one of the others: it is closed once all that cannot be read have their own.
  const right = moreBad ? [] : open.filter(item => !byName.has(item))
  return {
    letters,
    resolved: [key, ...right].map(item => ({ dataset, item })),
    dead: letters.reduce((sum, { rows }) => sum + rows, 0),
  }
}
