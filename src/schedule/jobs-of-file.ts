import type { Config } from '../core/config/config.ts'
import { ConfigError, UsageError } from '../core/errors.ts'
import { didYouMean } from '../core/suggest.ts'
import type { FileJob } from './run-file-job.ts'

/**
 * The jobs of the settings file, in its order.
 * @param name of one of them; all where missing
 * @throws ConfigError where the file has none, UsageError where it has none of that name
 */
export function listJobs({ jobs }: Pick<Config, 'jobs'>, name?: string): FileJob[] {
  const all = Object.entries(jobs).map(([own, job]) => ({ name: own, ...job }))
  if (all.length === 0)
    throw new ConfigError('The settings have no jobs.', {
      hint: 'List them under jobs: in the settings file; sports-ingest config init writes one with examples.',
    })
  if (name === undefined) return all
  const chosen = all.filter(job => job.name === name)
  if (chosen.length === 0) {
    const hint = didYouMean(
      name,
      all.map(job => job.name),
    )
    throw new UsageError(`There is no job called ${name} in the settings.`, { hint })
  }
  return chosen
}
