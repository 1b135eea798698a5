import type { ISql } from 'postgres'
import { type Config, jobDefaults, ownRuns } from '../core/config/config.ts'
import { ConfigError, UsageError } from '../core/errors.ts'
import { didYouMean } from '../core/suggest.ts'
import { readSchedule } from '../store/occurrences.ts'
import type { FileJob } from './file-job.ts'

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

/** @throws ConfigError where the settings let nothing be written */
export function checkWriting({ features }: Pick<Config, 'features'>, hint: string): void {
  if (features.dryRun) throw new ConfigError('features.dry_run is on, and due times cannot be decided without writing.', { hint })
}

/** @throws ConfigError where the file has no jobs, UsageError where it has none of that name */
export function findJob(config: Pick<Config, 'jobs'>, name: string): FileJob {
  const all = listJobs(config)
  const found = all.find(job => job.name === name)
  if (found) return found
  const names = all.map(job => job.name)
  throw new UsageError(`There is no job called ${name} in the settings.`, { hint: didYouMean(name, names) })
}

/** A job that the file had: as far as the ledger knows it. */
export async function readFormerJob(sql: ISql, name: string): Promise<FileJob | undefined> {
  const known = await readSchedule(sql, name)
  return known && { ...jobDefaults, name, frequency: known.frequency, timezone: known.timezone, run: 'daily' }
}

/** @throws ConfigError, UsageError where the file has no such job, or one without a watermark of its own */
export function findOwnJob(config: Pick<Config, 'jobs'>, name: string): FileJob {
  const job = findJob(config, name)
  if (ownRuns.includes(job.run)) return job
  throw new UsageError(`${name} has no watermark of its own: jobs.${name}.run is ${job.run}.`, {
    hint: 'See sports-ingest watermark list for those that it moves.',
  })
}
