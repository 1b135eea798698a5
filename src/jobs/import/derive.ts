import { createHash } from 'node:crypto'
import type { Finding } from '../../pipeline/contract.ts'
import { addRows, noCounts, type RowCounts } from '../../pipeline/receipt.ts'
import { keepLoadedFile, type LoadedFile, listLoadedFiles } from '../../store/files.ts'
import type { ImportContext } from './import-context.ts'

/**
 * Writes what follows from several files together, where one of them has changed since: each derivation is a transaction, kept as a
 * file of its own whose content is the state of those it follows from.
 */
export async function deriveWhatFollows(
  { app, sport, run, log }: ImportContext,
  tally: { rows: RowCounts; tables: Record<string, RowCounts>; findings: Finding[] },
): Promise<void> {
  if (!run) return
  for (const derivation of sport.derivations) {
    const { name, from } = derivation
    const { tables, findings, isNews } = await app.database.transaction(async tx => {
      await run.lease.check(tx)
      const files = await listLoadedFiles(tx, sport.id)
      const hash = stateOf(
        files.filter(({ dataset }) => from.includes(dataset)),
        String(derivation.version),
      )
      const known = files.find(({ dataset }) => dataset === name)
      if (known?.hash === hash) return { tables: {}, findings: [], isNews: false }
      const at = app.clock.now()
      const derived = await derivation.derive(tx, { at })
      const state = { sport: sport.id, dataset: name, season: '', provider: '', url: '', etag: null, lastModified: null }
      await keepLoadedFile(tx, { ...state, hash, bytes: 0, rows: 0, unknown: '', shape: '', runId: run.id, loadedAt: at })
      return { ...derived, isNews: true }
    })
    if (!isNews) continue
    for (const [table, rows] of Object.entries(tables)) {
      tally.tables[table] = addRows(tally.tables[table] ?? noCounts().rows, rows)
      tally.rows = addRows(tally.rows, rows)
    }
    tally.findings.push(...findings)
    log.info('derived', { derivation: name, findings: findings.length })
  }
}

function stateOf(files: readonly LoadedFile[], how: string): string {
  const state = createHash('sha256').update(how)
  const named = files.map(({ dataset, season, hash }) => `${dataset} ${season} ${hash}\n`).sort()
  for (const file of named) state.update(file)
  return state.digest('hex')
}
