import type { TransactionSql } from 'postgres'
import { PayloadError } from '../../core/errors.ts'
import { reachStep } from '../../core/steps.ts'
import type { Download } from '../../http/download.ts'
import type { Finding } from '../../pipeline/contract.ts'
import { isDiscarded } from '../../pipeline/discarded.ts'
import type { FileSource } from '../../pipeline/files/dataset.ts'
import { type FileRows, loadRows } from '../../pipeline/files/load-file.ts'
import { loadGamesFile } from '../../pipeline/files/load-games-file.ts'
import { rowsWritten } from '../../pipeline/receipt.ts'
import { RolledBack } from '../../pipeline/rolled-back.ts'
import { listDiscarded, listItemsBeginning, resolveDeadLetters, setAside } from '../../store/dead-letters.ts'
import { keepLoadedFile } from '../../store/files.ts'
import { readDoneChunk, recordChunk } from '../../store/runs.ts'
import { noteChange, noteFile } from '../notices.ts'
import { type ImportContext, windowOf } from './import-context.ts'
import { type FileTask, letterItem } from './plan-import.ts'
import { advanceSeason } from './season-watermark.ts'

export interface LoadedRows extends Pick<FileRows, 'rows' | 'written' | 'tables' | 'findings'> {
  /** Rows set aside that were not given up by a person before. */
  bad: number
}

/** Thrown by a transaction that was to be done again when its file had been read already: it is to be asked for once more. */
export class SpentError extends Error {}

/** Writes a file while it comes, in one transaction with its dead letters, the season's watermark and the state of the file. */
export async function writeFile(
  { app, sport, run, today, restarted = false, log }: ImportContext,
  { dataset, season, shape, loaded: before }: FileTask,
  source: FileSource,
  file: Download,
  chunks: AsyncIterable<Buffer>,
): Promise<LoadedRows> {
  const chunk = { ...windowOf(season, today), part: dataset.name }
  let isSpent = false
  // Games, where the file is one of games.
  const changed = new Set<string>()
  try {
    const loaded = await app.database.transaction(async tx => {
      // Only where the transaction is tried again because the answer to its commit was lost.
      const done = run && (await readDoneChunk(tx, run.id, chunk))
      if (done) return done as LoadedRows
      if (isSpent) throw new SpentError('The file has been read already.')
      isSpent = true
      const at = app.clock.now()
      const { bad, unknown, rows, written, tables, findings } = await load(tx)
      const news = unknownColumns(unknown, before?.unknown)
      for (const { message } of news) log.warn('file.unknown-columns', { dataset: dataset.name, season, message })
      const read = { rows, written, tables, findings: [...findings, ...news] }
      if (!run) throw new RolledBack({ ...read, bad: bad.length })
      // Locks the lease: of two files that end at once, the later one sees the earlier one's rows.
      await run.lease.check(tx)
      const state = { sport: sport.id, dataset: dataset.name, season, provider: source.provider, url: file.url }
      const sum = file.sum()
      await keepLoadedFile(tx, {
        ...state,
        etag: file.etag ?? null,
        lastModified: file.lastModified ?? null,
        ...sum,
        rows,
        unknown: unknown.join(' '),
        shape,
        runId: run.id,
        loadedAt: at,
      })
      const loaded = { ...read, bad: await settleLetters(tx, bad, at, run.id) }
      if (season) await advanceSeason(tx, sport, season, { at, runId: run.id })
      if ('games' in dataset.content) await noteChange(tx, app, sport.id, { changed, finals: [] })
      else if (rowsWritten(written) > 0) await noteFile(tx, app, sport.id)
      await reachStep('settled')
      await recordChunk(tx, run.id, { ...chunk, status: 'done', counts: loaded, at })
      await reachStep('before-commit')
      return loaded
    })
    await reachStep('after-commit')
    return loaded
  } catch (error) {
    if (error instanceof RolledBack) return error.left as LoadedRows
    throw error
  }

  /** Told when they first come. */
  function unknownColumns(names: readonly string[], before = ''): Finding[] {
    if (names.length === 0 || names.join(' ') === before) return []
    const what = season ? `${dataset.name} of ${season}` : dataset.name
    const some = `${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}`
    const message = `The file ${what} has ${names.length} unknown columns, kept as extra: ${some}.`
    return [{ item: what, check: 'unknown-columns', message }]
  }

  async function load(tx: TransactionSql): Promise<FileRows> {
    const at = app.clock.now()
    const { content } = dataset
    if ('games' in content)
      return await loadGamesFile(tx, content.games, chunks, { sport: sport.id, dataset: dataset.name, at, today, changed })
    const { provider, naIsMissing = false } = source
    const options = { dataset: dataset.name, season, provider, naIsMissing, mayShrink: restarted, at }
    return await loadRows(tx, content.rows, chunks, options)
  }

  /** Sets bad rows aside, and closes the letters of those that are right now. Returns how many of them are news. */
  async function settleLetters(tx: TransactionSql, bad: FileRows['bad'], at: Date, runId: number): Promise<number> {
    let news = 0
    const item = letterItem(season)
    const still = new Set<string>()
    for (const { line, item: key, reason, raw } of bad) {
      const name = `${item} ${key}`
      if (still.has(name)) continue
      still.add(name)
      const error = new PayloadError(`Line ${line} of ${dataset.name}${season ? ` of ${season}` : ''} ${reason}.`)
      const letter = { sport: sport.id, dataset: dataset.name, item: name, day: chunk.from, stage: 'transform' as const }
      const discarded = await listDiscarded(tx, sport.id, [name])
      if (discarded.some(one => isDiscarded({ dataset: dataset.name, error }, one))) continue
      await setAside(tx, { ...letter, error, payload: raw, runId, at })
      news++
    }
    const open = await listItemsBeginning(tx, sport.id, dataset.name, `${item} `)
    const gone = open.filter(name => !still.has(name))
    await resolveDeadLetters(tx, sport.id, dataset.name, [item, ...gone], at)
    return news
  }
}
