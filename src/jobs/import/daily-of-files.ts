import type { App } from '../../app.ts'
import { addDays } from '../../core/days.ts'
import { dayOf } from '../../core/zones.ts'
import type { FileSport } from '../../pipeline/contract.ts'
import type { DailyOptions } from '../daily/daily.ts'
import { type ImportProgress, runImport } from './import.ts'
import type { ImportReceipt } from './import-receipt.ts'

/**
 * The daily run of a sport that is loaded by files: those of the season that the day is of, which tell of every day before it, too.
 * The watermark goes to the last day up to it whose games are all settled.
 */
export async function runDailyOfFiles(
  app: App,
  sport: FileSport,
  { date, only, dryRun }: DailyOptions,
  onProgress: (progress: ImportProgress) => void,
): Promise<ImportReceipt> {
  const target = date ?? addDays(dayOf(app.clock.now(), sport.zone), -1)
  const { turn, label } = sport.seasons
  const season = label(Number(target.slice(0, 4)) - (target.slice(5) < turn ? 1 : 0))
  const options = { job: 'daily', seasons: [season], concurrency: 2, retryFailed: false, restart: undefined, dryRun }
  // A part of the datasets, or a day that somebody named, leaves the watermark alone.
  const daily = only.length === 0 && date === undefined ? { daily: { target } } : {}
  return await runImport(app, sport, { ...options, only, ...daily }, onProgress)
}
