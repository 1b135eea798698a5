import { createHash } from 'node:crypto'
import { keepLoadedFile, type LoadedFile, listLoadedFiles } from '../store/files.ts'
import { addNotice } from '../store/outbox.ts'
import { tagsOfPeople } from './cache-tags.ts'
import type { UnitContext } from './context.ts'
import { addRows, type Counts, noCounts, noRows, rowsWritten } from './receipt.ts'
import { allKey } from './unit-span.ts'

/**
 * Writes what follows from several datasets together, where one of them has changed since: each derivation is a transaction, and is kept
 * as a file of its own whose content is the state of those it follows from.
 */
export async function derive({ sport, run, clock, log, notifies }: UnitContext): Promise<Counts[]> {
  const { id: runId } = run
  if (runId === null) return []
  const all: Counts[] = []
  for (const derivation of sport.derivations) {
    const { name, from } = derivation
    // Kept, should the answer to the commit be lost: the second attempt finds that all is derived.
    let derived: Counts | undefined
    await run.commit(async tx => {
      const files = await listLoadedFiles(tx, sport.id)
      const sources = files.filter(({ dataset }) => from.includes(dataset))
      const hash = stateOf(sources, String(derivation.version))
      if (files.find(({ dataset }) => dataset === name)?.hash === hash) return
      const at = clock.now()
      const { tables, findings } = await derivation.derive(tx, { at })
      const state = { sport: sport.id, dataset: name, unit: allKey, provider: '', url: '', etag: null, lastModified: null }
      await keepLoadedFile(tx, { ...state, hash, bytes: 0, rows: 0, unknown: '', shape: '', runId, loadedAt: at })
      const rows = Object.values(tables).reduce(addRows, noRows())
      if (notifies && rowsWritten(rows) > 0) await addNotice(tx, { sport: sport.id, tags: tagsOfPeople(sport.id), at }, notifies)
      derived = { ...noCounts(), rows, tables, findings }
    })
    if (!derived) continue
    all.push(derived)
    log.info('derived', { derivation: name, findings: derived.findings.length })
  }
  return all
}

/** In the words under which states were hashed since the first version: a file about all seasons has none. */
function stateOf(files: readonly LoadedFile[], version: string): string {
  const state = createHash('sha256').update(version)
  const named = files.map(({ dataset, unit, hash }) => `${dataset} ${unit === allKey ? '' : unit} ${hash}\n`).sort()
  for (const file of named) state.update(file)
  return state.digest('hex')
}
