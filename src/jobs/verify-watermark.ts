import type { App } from '../app.ts'
import { type Day, eachDay } from '../core/days.ts'
import type { CalendarGame, GameSport } from '../pipeline/contract.ts'
import { countUnfinished, listUnstored, listWithoutLines, type Missing, type Span } from '../pipeline/missing.ts'
import { readSettled } from '../store/settled.ts'
import { readWatermarkHistory, type WatermarkName } from '../store/watermarks.ts'
import { firstDayCovered } from './first-day-covered.ts'
import { findKeptCalendar, listKeptCalendars } from './kept-calendars.ts'

/** What was found below a watermark. */
export interface Verification extends WatermarkName {
  value: string
  proven: boolean
  /** The first day looked at; null for a backfill, and where no run has moved the watermark: then it covers nothing of ours. */
  from: Day | null
  /** Games that the kept schedules list there. */
  games: number
  /** Whether kept schedules tell of all of it; where they do not, only games that are stored were looked at. */
  listed: boolean
  /** Games there that were not over when they were last asked for. They are no hole: the next daily run asks again. */
  unfinished: number
  holes: number
  /** The first hole, and the command that mends it. */
  first: (Missing & { mend: string }) | null
}

type Parts = Pick<App, 'database' | 'archive'>

/**
 * Looks for games at or below a watermark that are missing: listed by the newest schedule that is kept for their day, but neither
 * stored nor set aside; or over, but without their lines. No provider is asked.
 */
export async function verifyWatermark(parts: Parts, sport: GameSport, name: WatermarkName, value: string): Promise<Verification> {
  return name.stage === 'schedule'
    ? await verifySchedule(parts, sport, name, value)
    : await verifyBackfill(parts, sport, name, value)
}

async function verifySchedule(parts: Parts, sport: GameSport, name: WatermarkName, value: Day): Promise<Verification> {
  const history = await parts.database.run(sql => readWatermarkHistory(sql, name))
  const from = firstDayCovered(history.toReversed())
  const days = from ? eachDay(from, value) : []
  const calendars = await listKeptCalendars(parts.archive, sport, found =>
    days.every(day => found.some(calendar => calendar.covers(day))),
  )
  const of = (day: Day) => calendars.find(calendar => calendar.covers(day))
  const listed = days.flatMap(
    day =>
      of(day)
        ?.gamesOn(day)
        .map(game => ({ ...game, season: of(day)?.season ?? '' })) ?? [],
  )
  const found = from ? await listMissing(parts, sport, listed, { from, to: value }) : { missing: [], unfinished: 0 }
  // The daily job asks the provider's own schedule, which knows the newest season alone.
  const mend = ({ day, season }: Missing) =>
    season === calendars[0]?.season
      ? `sports-ingest schedule daily --sport ${sport.id} --date ${day} --no-catch-up`
      : backfillOf(sport, season, day)
  const covered = { from: from ?? null, games: listed.length, listed: days.every(day => of(day) !== undefined) }
  return toVerification({ ...name, value, ...covered }, found, mend)
}

async function verifyBackfill(parts: Parts, sport: GameSport, name: WatermarkName, value: string): Promise<Verification> {
  const season = name.key.slice(sport.id.length + 1)
  const calendar = (await findKeptCalendar(parts.archive, sport, season))?.calendar
  // What is settled beyond it is not asked for again either.
  const settled = await parts.database.run(sql => readSettled(sql, name))
  const games = (calendar?.games ?? []).filter(game => (game.id <= value && isDue(game)) || settled.has(game.id))
  const listed = games.map(game => ({ ...game, season }))
  const found = await listMissing(parts, sport, listed, { season, upToId: value, also: [...settled] })
  const covered = { from: null, games: listed.length, listed: calendar !== undefined }
  const mend = ({ day }: Missing) => backfillOf(sport, season, day, found.missing.at(-1)?.day)
  return toVerification({ ...name, value, ...covered }, found, mend)
}

/** One that was listed after the watermark had passed its id, and has yet to be played, is no hole. */
function isDue(game: CalendarGame): boolean {
  try {
    const { status } = game.read().game
    return status !== 'scheduled' && status !== 'postponed'
  } catch {
    return true
  }
}

const backfillOf = (sport: GameSport, season: string, from: Day, to = from) =>
  `sports-ingest schedule backfill --sport ${sport.id} --season ${season} --from ${from} --to ${to}`

interface Found {
  /** Those of the earliest day first, by id. */
  missing: Missing[]
  unfinished: number
}

async function listMissing(
  { database }: Parts,
  sport: GameSport,
  listed: readonly Omit<Missing, 'what'>[],
  span: Span,
): Promise<Found> {
  const ids = listed.map(game => game.id)
  const { unstored, withoutLines, unfinished } = await database.run(async sql => ({
    unstored: await listUnstored(sql, sport.id, ids),
    withoutLines: await Promise.all(sport.datasets.map(dataset => listWithoutLines(sql, sport.id, dataset, span))),
    unfinished: await countUnfinished(sql, sport.id, span),
  }))
  const absent = listed
    .filter(({ id }) => unstored.has(id))
    .map(({ id, day, season }) => ({ id, day, season, what: 'is not stored' }))
  const order = ({ day, id }: Missing) => `${day} ${id}`
  return { missing: [...absent, ...withoutLines.flat()].sort((a, b) => (order(a) < order(b) ? -1 : 1)), unfinished }
}

function toVerification(
  covered: Pick<Verification, 'stage' | 'key' | 'value' | 'from' | 'games' | 'listed'>,
  { missing, unfinished }: Found,
  mend: (missing: Missing) => string,
): Verification {
  const [first] = missing
  const holes = new Set(missing.map(({ id }) => id)).size
  return { ...covered, unfinished, proven: holes === 0, holes, first: first ? { ...first, mend: mend(first) } : null }
}
