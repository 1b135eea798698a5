import type { Day } from '../core/days.ts'
import { PayloadError } from '../core/errors.ts'
import type { Calendar, CalendarGame, GameRow, GameSport } from '../pipeline/contract.ts'
import { listFinalIds, readStoredGame, type StoredGame } from '../pipeline/stored-games.ts'
import type { Database } from '../store/database.ts'

/** So many games may leave a schedule (an exhibition called off); when more do, the schedule is not whole. */
const maxVanishedFinals = 3

/** A schedule that lacks games which have been played would have others cancelled, and days counted as loaded that are not. */
export async function checkWhole(database: Database, sport: GameSport, calendar: Calendar): Promise<void> {
  const finals = await database.run(sql => listFinalIds(sql, sport.id, calendar.season))
  const missing = finals.filter(id => !calendar.find(id))
  if (missing.length <= maxVanishedFinals) return
  throw new PayloadError(
    `${sport.calendar.provider} sent a schedule that lacks ${missing.length} games of ${calendar.season} that were played, ${missing[0]} among them.`,
    { hint: 'Nothing was loaded by it; run it again later.' },
  )
}

/** What the calendar says of a stored game; where it says nothing, what follows from that. */
export async function entryOf(
  database: Database,
  sport: GameSport,
  calendar: Calendar,
  stored: StoredGame,
  today: Day,
): Promise<CalendarGame | undefined> {
  const listed = calendar.find(stored.id)
  if (listed || stored.day >= today) return listed
  const row = await database.run(sql => readStoredGame(sql, sport.id, stored.id))
  if (!row) return undefined
  // A game of the calendar's own season that it no longer lists will not be played.
  if (stored.season === calendar.season && (stored.status === 'scheduled' || stored.status === 'postponed'))
    return toEntry({ ...row, status: 'cancelled' })
  // A game that has begun has its own file, whatever the calendar says; so has one whose letter is open.
  return stored.status === 'final' || stored.status === 'live' ? toEntry(row) : undefined
}

const toEntry = (row: GameRow): CalendarGame => ({
  id: row.providerId,
  day: row.gameDate,
  read: () => ({ game: row, teams: [] }),
  raw: () => Buffer.from(JSON.stringify(row)),
})
