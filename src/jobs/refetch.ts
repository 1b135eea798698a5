import type { App } from '../app.ts'
import { isFile } from '../pipeline/dataset.ts'
import type { Receipt } from '../pipeline/receipt.ts'
import type { Sport } from '../pipeline/sport.ts'
import { allKey } from '../pipeline/unit-span.ts'
import { dailyWatermark, requestsLease } from '../pipeline/watermark-names.ts'
import { forgetFile } from '../store/files.ts'
import { leasesFor } from './plan/datasets.ts'
import { type Again, planAgain } from './retry.ts'
import { runJob } from './run-job.ts'
import { type Progress, workUnits } from './work-units.ts'

/**
 * Asks again, now, for what is stored and is not right: events, days and files go the way of every run, and what comes is compared with
 * the stored rows value by value, for somebody may have changed them since they were written. No watermark moves.
 * @throws BusyError where a daily run of the sport is at work, ProviderRefusesError, StoreError, StoppedError
 */
export async function refetch(
  app: App,
  sport: Sport,
  wanted: readonly Again[],
  onProgress: (progress: Progress) => void,
): Promise<Receipt> {
  const isOfFile = ({ dataset }: Again) => sport.datasets.some(one => isFile(one) && one.name === dataset)
  const has = { hasRequests: !wanted.every(isOfFile), hasFiles: wanted.some(isOfFile) }
  const leases = leasesFor(sport, has, [requestsLease(dailyWatermark(sport.id))])
  const spec = { job: 'quality-fix', sport, dryRun: false, ...leases }
  return await runJob(
    app,
    spec,
    async () => ({ watermarks: [] }),
    async job => {
      const names = new Set(wanted.map(({ dataset }) => dataset))
      const stale = sport.derivations.filter(({ from }) => from.some(name => names.has(name)))
      // What follows from the files is written again, whether or not they have changed.
      await job.run.commit(async tx => {
        for (const { name } of stale) await forgetFile(tx, { sport: sport.id, dataset: name, unit: allKey })
      })
      await workUnits(job, await planAgain(job, wanted, { again: true }), {
        byValue: true,
        onProgress,
      })
      return {}
    },
  )
}
