import type { App } from '../app.ts'
import { dayOf } from '../core/zones.ts'
import type { Receipt } from '../pipeline/receipt.ts'
import { seasonsOf } from '../pipeline/seasons.ts'
import type { Sport } from '../pipeline/sport.ts'
import { referenceLease } from '../pipeline/watermark-names.ts'
import { byReading, chooseDatasets, leasesFor } from './plan/datasets.ts'
import { planUnits } from './plan/units.ts'
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
  const chosen = byReading(chooseDatasets(sport, 'reference', only))
  const { requests, files } = chosen
  const has = { hasRequests: requests.length > 0, hasFiles: files.length > 0 }
  const { leases } = leasesFor(sport, has, [referenceLease(sport.id)])
  const today = dayOf(app.clock.now(), sport.zone)
  return await runJob(
    app,
    { job: 'reference', sport, dryRun, leases, nouns: [] },
    async () => ({ targetDate: today, watermarks: [] }),
    async job => {
      const scope = { today, days: [today], seasons: seasonsOf(sport, [today]) }
      const units = await app.database.run(sql => planUnits(sql, sport, chosen, { scope, now: app.clock.now() }))
      await workUnits(job, units, { about: 'reference', onProgress })
      return {}
    },
  )
}
