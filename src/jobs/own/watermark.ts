import { BusyError, UsageError } from '../../core/errors.ts'
import { visible } from '../../core/visible.ts'
import { jobWatermark } from '../../pipeline/watermark-names.ts'
import type { Database } from '../../store/database.ts'
import { isHeld } from '../../store/leases.ts'
import { jobLease } from '../../store/occurrences.ts'
import { lockNotableRun, noteWatermark } from '../../store/runs.ts'
import { readWatermark } from '../../store/watermarks.ts'

const maxLength = 1_000

/** @throws UsageError for what `watermark get` could not print as one line */
export function checkOwnValue(value: string): void {
  if (value.trim() === '') throw new UsageError('An empty text cannot be the value of a watermark.')
  if (value.length > maxLength || visible(value) !== value)
    throw new UsageError(`The value of a watermark is one line of at most ${maxLength} characters, without control characters.`)
}

/**
 * Notes what the watermark of a job is to be once the run ends well. To be called by the program of that run.
 * @returns the value that stands until then
 * @throws UsageError where there is no such run, or it is another job's
 * @throws BusyError where the run has ended, or has lost its lease
 */
export async function noteOwnWatermark(
  database: Database,
  { job, runId, value }: { job: string; runId: number; value: string },
): Promise<{ previous: string | null }> {
  return await database.transaction(async tx => {
    const run = await lockNotableRun(tx, runId)
    if (!run)
      throw new UsageError(`There is no run ${runId} of a program in ${database.description}.`, {
        hint: 'SPORTS_INGEST_RUN and DATABASE_URL must be as schedule run has set them; without SPORTS_INGEST_RUN the watermark is set by hand.',
      })
    if (run.job !== job)
      throw new UsageError(`Run ${runId} is one of the job ${run.job}, whose program sets no watermark of the job ${job}.`, {
        hint: 'The watermark stays as it is. To set it by hand, unset SPORTS_INGEST_RUN.',
      })
    const hint = 'Nothing was noted; the watermark stays as it is.'
    if (run.status !== 'running') throw new BusyError(`Run ${runId} of ${job} has ended (${run.status}).`, { hint })
    if (!(await isHeld(tx, jobLease(job), Number(run.token))))
      throw new BusyError(`Run ${runId} of ${job} has lost its lease.`, { hint })
    await noteWatermark(tx, runId, value)
    return { previous: (await readWatermark(tx, jobWatermark(job))) ?? null }
  })
}
