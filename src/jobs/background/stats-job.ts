import { UsageError } from '../../core/errors.ts'
import { runStats, statsFunctionNames } from '../../stats/run-stats.ts'
import type { JobResults } from '../../store/background-jobs.ts'
import { audienceOf } from '../cache-invalidation.ts'
import type { JobContext } from './job-kind.ts'

/** What is recomputed; everything where a key is missing. */
export interface StatsPayload {
  sports?: readonly string[]
  functions?: readonly string[]
  full?: boolean
}

/** Anybody may have written it. */
function checked({ id, payload }: JobContext['job']): StatsPayload {
  const { functions, sports } = payload as StatsPayload
  for (const [name, list] of Object.entries({ functions, sports }))
    if (list !== undefined && !Array.isArray(list))
      throw new UsageError(`The payload of job ${id} has ${name} that are no list: ${JSON.stringify(list)}.`, {
        hint: 'Queue another one: sports-ingest jobs enqueue.',
      })
  return payload
}

/** Recomputes statistics; when it is tried again, those that have failed. */
export async function runStatsJob({ app, job, signal, log }: JobContext): Promise<JobResults> {
  const { database, clock, config } = app
  const { functions = statsFunctionNames, full, sports } = checked(job)
  const left = functions.filter(name => job.results[name]?.status !== 'completed')
  const notifies = audienceOf(config)
  return await runStats({ database, clock, log, signal, notifies }, { functions: left, full, sports })
}
