import type { ISql } from 'postgres'
import type { Config } from '../core/config/config.ts'
import { allSports } from '../jobs/request/sports.ts'
import type { Sport } from '../pipeline/sport.ts'
import { dailyWatermark } from '../pipeline/watermark-names.ts'
import { type Heartbeat, listBeating } from '../store/heartbeats.ts'
import { readWatermark } from '../store/watermarks.ts'
import { findNextDueTime, listDueTimes } from './due-times.ts'
import type { FileJob } from './file-job.ts'

/** A sport that something keeps up to date. */
export interface WatchedSport {
  sport: Sport
  /** The enabled jobs of the file that do. */
  jobs: FileJob[]
  /** Who follows it live. */
  heartbeat: Heartbeat | undefined
  /**
   * A schedule that was last asked for longer ago is old: something should have asked for it, and the time in which data gets stale has
   * passed since.
   */
  unaskedMs: number
}

const hourMs = 3_600_000

/**
 * The sports whose data should be fresh: those that are enabled and have what they need, and that a job of the file loads or somebody follows
 * live. Where the file has no jobs at all, all that a daily run has loaded, since something else starts those.
 */
export async function listWatchedSports(
  sql: ISql,
  config: Config,
  { now, sandbox }: { now: Date; sandbox: boolean },
): Promise<WatchedSport[]> {
  const staleMs = config.alerts.thresholds.staleDataHours * hourMs
  const able = allSports(config).filter(({ id, lacks }) => config.sports[id]?.enabled && (sandbox || !lacks?.(config)))
  const all = Object.entries(config.jobs).map(([name, job]) => ({ name, ...job }))
  const beating = await listBeating(sql)
  const watched: WatchedSport[] = []
  for (const sport of able) {
    const isMeant = ({ enabled, run, sport: only }: FileJob) =>
      enabled && (run === 'daily' || run === 'live') && (only === undefined || only === sport.id)
    const jobs = all.filter(isMeant)
    const heartbeat = beating.find(one => one.sport === sport.id)
    const isLoaded = all.length === 0 && (await readWatermark(sql, dailyWatermark(sport.id))) !== undefined
    if (jobs.length === 0 && !heartbeat && !isLoaded) continue
    const dueBy = new Date(now.getTime() - staleMs)
    const asked = jobs.flatMap(job => findLastDueTime(job, dueBy) ?? []).map(at => now.getTime() - at.getTime())
    const live = heartbeat ? [staleMs + config.live.updateIntervalMs] : []
    watched.push({ sport, jobs, heartbeat, unaskedMs: Math.min(...asked, ...live, staleMs + (isLoaded ? 24 : 62 * 24) * hourMs) })
  }
  return watched
}

/**
 * The last due time of a job up to an instant; undefined where it has none in the two months before. Nearer ones first: some jobs have one
 * each minute.
 */
function findLastDueTime(job: FileJob, upTo: Date): Date | undefined {
  for (const hours of [1, 26, 24 * 8, 24 * 62]) {
    const last = listDueTimes(job, { after: new Date(upTo.getTime() - hours * hourMs), upTo }).at(-1)
    if (last) return last
  }
  return undefined
}

/** When the next try is: the earliest due time of some jobs. */
export function findNextTry(jobs: readonly FileJob[], now: Date): { job: FileJob; dueAt: Date } | undefined {
  return jobs
    .flatMap(job => {
      const dueAt = findNextDueTime(job, now)
      return dueAt ? [{ job, dueAt }] : []
    })
    .sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime())[0]
}
