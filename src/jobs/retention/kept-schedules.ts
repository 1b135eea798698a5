import type { App } from '../../app.ts'
import { addDays } from '../../core/days.ts'
import { dayOf } from '../../core/zones.ts'
import type { SeasonSchedule } from '../../pipeline/schedule.ts'
import { seasonSpan, yearOfSeason } from '../../pipeline/seasons.ts'
import type { StoredPayload } from '../../store/payload-archive.ts'
import { readSchedules } from '../kept-schedules.ts'
import { allSports } from '../request/sports.ts'
import { hasSchedule, type ScheduledSport } from '../schedules.ts'

/**
 * Hashes of old answers that are the newest schedule of a season: `watermark verify` and a backfill that gets no newer one read them.
 * Those that there was no time to read count as such.
 */
export async function listSchedulesInUse(app: App, before: Date, goOn: () => boolean): Promise<string[]> {
  const hashes: string[] = []
  for (const sport of allSports(app.config).filter(hasSchedule))
    for (const { payloads, parse } of await listArchived(app, sport)) {
      if (!payloads.some(({ fetchedAt }) => fetchedAt < before)) continue
      for (const { hash } of await newestOfEachSeason(payloads, parse, before, goOn)) hashes.push(hash)
    }
  return hashes
}

/** Answers to one path, newest first, and how they are read. */
interface Archived {
  payloads: readonly StoredPayload[]
  parse(payload: unknown): SeasonSchedule
}

async function listArchived({ archive, clock }: App, sport: ScheduledSport): Promise<Archived[]> {
  const { provider, path, parse, former } = sport.schedule
  const current = { payloads: await archive.list(provider, path), parse }
  if (!former) return [current]
  const last = yearOfSeason(sport, addDays(dayOf(clock.now(), sport.zone), 366))
  const years = Array.from({ length: last + 1 - sport.seasons.first }, (_, i) => sport.seasons.first + i)
  const seasons = new Map(years.map(year => seasonSpan(sport, year).label).map(season => [former.path(season), season]))
  const found = await archive.listEach(former.provider, [...seasons.keys()])
  const ofSeasons = [...found].map(([asked, payloads]) => {
    const season = seasons.get(asked) ?? ''
    return { payloads, parse: (payload: unknown) => former.parse(payload, season) }
  })
  return [current, ...ofSeasons]
}

/** Of these, those that are old or the newest of all, the newest of each season; and those behind them that were not read in time. */
async function newestOfEachSeason(
  payloads: readonly StoredPayload[],
  parse: Archived['parse'],
  before: Date,
  goOn: () => boolean,
): Promise<StoredPayload[]> {
  const seasons = new Set<string>()
  const kept: StoredPayload[] = []
  const meant = payloads.filter(({ fetchedAt }, i) => i === 0 || fetchedAt < before)
  // The only one need not be read.
  if (meant.length === 1) return meant
  for (const [i, payload] of meant.entries()) {
    if (!goOn()) return [...kept, ...meant.slice(i)]
    for await (const { schedule } of readSchedules([payload], parse)) {
      if (!seasons.has(schedule.season)) kept.push(payload)
      seasons.add(schedule.season)
    }
  }
  return kept
}
