import type { ScheduleSource, SeasonSchedule } from '../pipeline/schedule.ts'
import type { PayloadArchive, StoredPayload } from '../store/payload-archive.ts'

/** A schedule from the payload archive, and when it was fetched. */
export interface KeptSchedule {
  schedule: SeasonSchedule
  fetchedAt: Date
  payload: StoredPayload
}

/** The kept schedules of the provider that serves the current season: the newest of each season, until there are `enough`. */
export async function listKeptSchedules(
  archive: PayloadArchive,
  { provider, path, parse }: ScheduleSource,
  enough: (found: readonly SeasonSchedule[]) => boolean = () => false,
): Promise<KeptSchedule[]> {
  const found: KeptSchedule[] = []
  for (const payload of await archive.list(provider, path)) {
    if (enough(found.map(({ schedule }) => schedule))) break
    const schedule = readSchedule(await payload.body(), parse)
    if (schedule && found.every(kept => kept.schedule.season !== schedule.season))
      found.push({ schedule, fetchedAt: payload.fetchedAt, payload })
  }
  return found
}

/**
 * The newest kept schedule of one season; undefined where none is. The provider that was asked for that season alone comes first: of the
 * other each has to be read to know which season it is of.
 */
export async function findKeptSchedule(
  archive: PayloadArchive,
  source: ScheduleSource,
  season: string,
): Promise<KeptSchedule | undefined> {
  const { provider, path, parse, former } = source
  if (former) {
    const asked = await archive.list(former.provider, former.path(season))
    const found = await firstOf(asked, season, payload => former.parse(payload, season))
    if (found) return found
  }
  return await firstOf(await archive.list(provider, path), season, parse)
}

async function firstOf(
  payloads: readonly StoredPayload[],
  season: string,
  parse: (payload: unknown) => SeasonSchedule,
): Promise<KeptSchedule | undefined> {
  for (const payload of payloads) {
    const schedule = readSchedule(await payload.body(), parse)
    if (schedule?.season === season) return { schedule, fetchedAt: payload.fetchedAt, payload }
  }
  return undefined
}

/** A schedule that was malformed is kept, too. */
function readSchedule(body: Buffer | undefined, parse: (payload: unknown) => SeasonSchedule): SeasonSchedule | undefined {
  try {
    return body && parse(JSON.parse(body.toString('utf8')))
  } catch {
    return undefined
  }
}
