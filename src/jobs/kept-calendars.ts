import type { Calendar, Sport } from '../pipeline/contract.ts'
import type { PayloadArchive } from '../store/payload-archive.ts'

/** A calendar by a schedule that was kept, and when that was fetched. */
export interface KeptCalendar {
  calendar: Calendar
  fetchedAt: Date
}

/** Calendars by the kept schedules: the newest of each season, until there are `enough`. */
export async function listKeptCalendars(
  archive: PayloadArchive,
  { calendar: { provider, path, parse } }: Sport,
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

/** The newest calendar of one season, whoever sent it; undefined where none is kept. */
export async function findKeptCalendar(archive: PayloadArchive, sport: Sport, season: string): Promise<KeptCalendar | undefined> {
  const { provider, path, parse, former } = sport.calendar
  const kept = [
    ...(await archive.list(provider, path)).map(payload => ({ payload, parse })),
    ...(former ? await archive.list(former.provider, former.path(season)) : []).map(payload => ({
      payload,
      parse: (sent: unknown) => former?.parse(sent, season) as Calendar,
    })),
  ].sort((a, b) => b.payload.fetchedAt.getTime() - a.payload.fetchedAt.getTime())
  for (const { payload, parse: read } of kept) {
    const calendar = readCalendar(await payload.body(), read)
    if (calendar?.season === season) return { calendar, fetchedAt: payload.fetchedAt }
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
