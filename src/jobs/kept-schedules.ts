import type { ScheduleSource, SeasonSchedule } from '../pipeline/schedule.ts'
import type { PayloadArchive, StoredPayload } from '../store/payload-archive.ts'

/** A schedule, and the payload in the archive that it was read from. */
interface KeptSchedule {
  schedule: SeasonSchedule
  payload: StoredPayload
}

/** The kept schedules of the provider that serves the current season: the newest of each season, until there are `enough`. */
export async function listKeptSchedules(
  archive: PayloadArchive,
  { provider, path, parse }: ScheduleSource,
  enough: (found: readonly SeasonSchedule[]) => boolean,
): Promise<SeasonSchedule[]> {
  const found: SeasonSchedule[] = []
  for await (const { schedule } of readSchedules(await archive.list(provider, path), parse)) {
    if (found.every(({ season }) => season !== schedule.season)) found.push(schedule)
    if (enough(found)) break
  }
  return found
}

/**
 * The newest kept schedule of one season; undefined where none is. The provider that was asked for that season alone comes first: of the
 * other each has to be read to know which season it is of.
 */
export async function findKeptSchedule(
  archive: PayloadArchive,
  { provider, path, parse, former }: ScheduleSource,
  season: string,
): Promise<KeptSchedule | undefined> {
  if (former) {
    const asked = await archive.list(former.provider, former.path(season))
    for await (const kept of readSchedules(asked, payload => former.parse(payload, season)))
      if (kept.schedule.season === season) return kept
  }
  for await (const kept of readSchedules(await archive.list(provider, path), parse))
    if (kept.schedule.season === season) return kept
  return undefined
}

/** Each that can be read: one that was malformed is kept, too. */
export async function* readSchedules(
  payloads: readonly StoredPayload[],
  parse: (payload: unknown) => SeasonSchedule,
): AsyncGenerator<KeptSchedule> {
  for (const payload of payloads) {
    const body = await payload.body()
    try {
      if (body) yield { schedule: parse(JSON.parse(body.toString('utf8'))), payload }
    } catch {}
  }
}
