import type { App } from '../app.ts'
import type { Sport } from '../pipeline/sport.ts'
import { parseWatermark } from '../pipeline/watermark-names.ts'
import { listWatermarks } from '../store/watermarks.ts'
import { findKeptSchedule } from './kept-schedules.ts'

const dayMs = 86_400_000

/**
 * Deletes the kept answers of a sport's providers that are older than payloads.retention_days. The newest schedule of each season that
 * has a watermark stays: `watermark verify` and a backfill that gets no newer one read it.
 */
export async function prunePayloads({ archive, clock, config, database }: App, sport: Sport): Promise<void> {
  // A rehearsal in the future deletes nothing that is not old by the database's own clock.
  const [{ now } = { now: clock.now() }] = await database.run(
    sql => sql<{ now: Date }[]>`select least(now(), ${clock.now()}::timestamptz) as now`,
  )
  const before = new Date(now.getTime() - config.payloads.retentionDays * dayMs)
  const live = sport.live ? [sport.live.provider.id] : []
  const providers = new Set([...sport.providers.map(({ id }) => id), ...live])
  const names = (await database.run(listWatermarks)).map(({ stage, key }) => parseWatermark(stage, key))
  const seasons = new Set(names.flatMap(name => (name?.sport === sport.id && name.season ? [name.season] : [])))
  const { path, former } = sport.schedule ?? {}
  // Old schedules that stay must not have every run look for them anew: they are looked through when anything else is old.
  const schedules = [...(path ? [path] : []), ...(former ? [...seasons].map(former.path) : [])]
  const old: string[] = []
  for (const id of providers) if (await archive.hasOlder(id, before, schedules)) old.push(id)
  if (old.length === 0) return
  const hashes: string[] = []
  if (sport.schedule) {
    for (const season of seasons) {
      const kept = await findKeptSchedule(archive, sport.schedule, season)
      if (kept) hashes.push(kept.payload.hash)
    }
    // That of the current season, whether or not it has a watermark of its own: daily runs go by it.
    const [current] = await archive.list(sport.schedule.provider, sport.schedule.path)
    if (current) hashes.push(current.hash)
  }
  for (const id of old) await archive.prune(id, before, hashes)
}
