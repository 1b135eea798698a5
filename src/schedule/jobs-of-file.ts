import type { Config } from '../core/config/config.ts'
import { ConfigError, UsageError } from '../core/errors.ts'
import { didYouMean } from '../core/suggest.ts'
import type { FileJob } from './run-file-job.ts'

/**
 * The jobs of the settings file, in its order.
 * @throws ConfigError where the file has none
 */
export function listJobs({ jobs }: Pick<Config, 'jobs'>): FileJob[] {
  const all = Object.entries(jobs).map(([name, job]) => ({ name, ...job }))
  if (all.length > 0) return all
  throw new ConfigError('The settings have no jobs.', {
    hint: 'List them under jobs: in the settings file; sports-ingest config init writes one with examples.',
  })
}

/** @throws ConfigError where the file has no jobs, UsageError where it has none of that name */
export function findJob(config: Pick<Config, 'jobs'>, name: string): FileJob {
  const all = listJobs(config)
  const found = all.find(job => job.name === name)
  if (found) return found
  const names = all.map(job => job.name)
  throw new UsageError(`There is no job called ${name} in the settings.`, { hint: didYouMean(name, names) })
}
