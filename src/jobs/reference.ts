import type { App } from '../app.ts'
import { dayOf } from '../core/zones.ts'
import { isFile, type RequestDataset } from '../pipeline/dataset.ts'
import type { Receipt } from '../pipeline/receipt.ts'
import { seasonsOf } from '../pipeline/seasons.ts'
import type { Sport } from '../pipeline/sport.ts'
import { filesLease, referenceLease } from '../pipeline/watermark-names.ts'
import { unitsBySpan } from './plan/by-span.ts'
import { planFiles } from './plan/files.ts'
import { runJob } from './run-job.ts'
import { type Progress, workUnits } from './work-units.ts'

export interface ReferenceOptions {
  /** Datasets to load; all that change slowly where empty. */
  only: readonly string[]
  dryRun: boolean
}

/**
 * Loads what changes slowly: players, courses, bookmakers. It moves no watermark.
 * @throws BusyError where another process does the same, ProviderRefusesError, StoreError, StoppedError
 */
export async function runReference(
  app: App,
  sport: Sport,
  { only, dryRun }: ReferenceOptions,
  onProgress: (progress: Progress) => void,
): Promise<Receipt> {
  const wanted = sport.datasets.filter(
    ({ name, cadence }) => cadence.includes('reference') && (only.length === 0 || only.includes(name)),
  )
  const requests = wanted.filter((one): one is RequestDataset => !isFile(one))
  const files = wanted.filter(isFile)
  const leases = [...(requests.length > 0 ? [referenceLease(sport.id)] : []), ...(files.length > 0 ? [filesLease(sport.id)] : [])]
  const spec = { job: 'reference', sport, leases, dryRun, nouns: [] }
  const today = dayOf(app.clock.now(), sport.zone)
  return await runJob(
    app,
    spec,
    async () => ({ targetDate: today, watermarks: [] }),
    async job => {
      const scope = { today, days: [today], seasons: seasonsOf(sport, [today]) }
      const units = [
        ...unitsBySpan(requests, () => scope),
        ...(await app.database.run(sql => planFiles(sql, sport, { scope, datasets: files }))),
      ]
      await workUnits(job, units, {
        concurrency: { days: 1, others: 2 },
        onOutage: 'dead-letter',
        about: 'reference',
        frontiersOf: () => [],
        onProgress,
      })
      return {}
    },
  )
}
