import type { Calendar, GameSport } from '../pipeline/contract.ts'
import type { PayloadArchive, StoredPayload } from '../store/payload-archive.ts'

/** A calendar by a schedule that was kept, and when that was fetched. */
export interface KeptCalendar {
  calendar: Calendar
  fetchedAt: Date
}

/** Calendars by the kept schedules: the newest of each season, until there are `enough`. */
export async function listKeptCalendars(
  archive: PayloadArchive,
  { calendar: { provider, path, parse } }: GameSport,
  enough: (found: readonly Calendar[]) => boolean,
): Promise<Calendar[]> {
  const found: Calendar[] = []
  for (const payload of await archive.list(provider, path)) {
    if (enough(found)) break
    const calendar = readCalendar(await payload.body(), parse)
    if (calendar && found.every(({ season }) => season !== calendar.season)) found.push(calendar)
  }
  return found
}

/**
 * The newest calendar that is kept of one season; undefined where none is. Who was asked for that season alone comes first: of the
 * others each has to be read to know which season it is of.
 */
export async function findKeptCalendar(
  archive: PayloadArchive,
  sport: GameSport,
  season: string,
): Promise<KeptCalendar | undefined> {
  const { provider, path, parse, former } = sport.calendar
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
  parse: (payload: unknown) => Calendar,
): Promise<KeptCalendar | undefined> {
  for (const { body, fetchedAt } of payloads) {
    const calendar = readCalendar(await body(), parse)
    if (calendar?.season === season) return { calendar, fetchedAt }
  }
  return undefined
}

/** A schedule that was malformed is kept, too. */
function readCalendar(body: Buffer | undefined, parse: (payload: unknown) => Calendar): Calendar | undefined {
  try {
    return body && parse(JSON.parse(body.toString('utf8')))
  } catch {
    return undefined
  }
}
