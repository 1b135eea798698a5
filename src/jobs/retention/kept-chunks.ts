import type { App } from '../../app.ts'
import { dayOf } from '../../core/zones.ts'
import { type FailedChunk, listFailedChunks } from '../../store/runs.ts'
import type { BackfillOptions } from '../backfill-options.ts'
import { findKeptSchedule } from '../kept-schedules.ts'
import { planSeason } from '../plan/season.ts'
import { allSports } from '../request/sports.ts'
import { hasSchedule, type ScheduledSport } from '../schedules.ts'

/** As `schedule backfill --retry-failed` without further flags. */
const retryFailed: BackfillOptions = {
  ...{ since: undefined, from: undefined, to: undefined, chunkDays: undefined, only: [], concurrency: undefined },
  ...{ retryFailed: true, restart: undefined, dryRun: false },
}

/** Old chunks that failed and were not loaded since: `--retry-failed` goes by them. */
export async function listChunksToRetry(app: App, before: Date): Promise<FailedChunk[]> {
  const failed = await app.database.run(sql => listFailedChunks(sql, before))
  const sports = new Map(allSports(app.config).map(sport => [sport.id, sport]))
  const kept: FailedChunk[] = []
  for (const [sportId, ofSport] of Map.groupBy(failed, ({ sport }) => sport)) {
    const sport = sports.get(sportId)
    for (const [season, some] of Map.groupBy(ofSport, chunk => chunk.season)) {
      // The chunks of a schedule have other bounds in each run: which events are left is known by their days alone.
      const isLeft =
        sport && hasSchedule(sport) ? await daysLeft(app, sport, season) : ({ isDoneSince }: FailedChunk) => !isDoneSince
      for (const chunk of some) if (isLeft(chunk)) kept.push(chunk)
    }
  }
  return kept
}

/** Tells whether a window has days whose events would be asked for now. Where there is no schedule to go by, it has. */
async function daysLeft(
  { archive, clock, database }: App,
  sport: ScheduledSport,
  season: string,
): Promise<(window: FailedChunk) => boolean> {
  const kept = await findKeptSchedule(archive, sport.schedule, season)
  const today = dayOf(clock.now(), sport.zone)
  const planned =
    kept && (await database.run(sql => planSeason(sql, sport, kept.schedule, retryFailed, today)).catch(() => undefined))
  return ({ from, to }) => !planned || to >= today || planned.entries.some(({ day }) => day >= from && day <= to)
}
