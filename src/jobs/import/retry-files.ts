import type { App } from '../../app.ts'
import type { FileSport } from '../../pipeline/contract.ts'
import { noCounts } from '../../pipeline/receipt.ts'
import { listOpenDeadLetters } from '../../store/dead-letters.ts'
import { type RetryReceipt, toFailing } from '../retry-dead-letters.ts'
import { type ImportProgress, runImport } from './import.ts'
import { seasonOfItem } from './plan-import.ts'

/**
 * Asks again for the files that open dead letters are about, all or those with these ids, and reads them whole: a row that was
 * malformed may be right now.
 * @throws BusyError where another process is at work on the sport's files, ProviderRefusesError, StoreError, StoppedError
 */
export async function retryFiles(
  app: App,
  sport: FileSport,
  ids: readonly number[] | undefined,
  onProgress: (progress: ImportProgress) => void,
): Promise<RetryReceipt> {
  const open = await app.database.run(sql => listOpenDeadLetters(sql, sport.id))
  const letters = ids ? open.filter(letter => ids.includes(letter.id)) : open
  const seasons = [...new Set(letters.map(({ item }) => seasonOfItem(item)))].filter(season => season !== '').sort()
  const options = { job: 'dead-letters-retry', seasons, only: [], retryFailed: false, restart: undefined, dryRun: false }
  const asked = letters.map(({ id }) => id)
  const receipt = await runImport(app, sport, { ...options, concurrency: 2, letters: asked }, onProgress)
  const items = letters.map(({ item }) => item)
  const failing = await app.database.run(sql => listOpenDeadLetters(sql, sport.id, items))
  const stillOpen = failing.filter(({ id }) => asked.includes(id))
  return {
    job: 'dead-letters-retry',
    sport: sport.id,
    run: receipt.run as number,
    status: stillOpen.length === 0 ? 'done' : 'failed',
    tried: letters.length,
    resolved: letters.length - stillOpen.length,
    failing: stillOpen.map(toFailing),
    failures: stillOpen.length,
    games: noCounts().games,
    rows: receipt.rows,
    tables: receipt.tables,
    findings: receipt.findings,
    requests: receipt.requests,
    startedAt: receipt.startedAt,
    durationMs: receipt.durationMs,
  }
}
