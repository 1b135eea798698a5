import type { JobKind } from './job-kind.ts'
import { runStatsJob } from './stats-job.ts'
import { runUnitJob } from './unit-job.ts'

/** A new kind of job is a line here. */
export const jobKinds: Readonly<Record<string, JobKind>> = { stats: runStatsJob, unit: runUnitJob }
