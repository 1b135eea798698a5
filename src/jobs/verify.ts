import { getTableConfig } from 'drizzle-orm/pg-core'
import type { ISql } from 'postgres'
import type { App } from '../app.ts'
import { addDays, type Day, eachDay } from '../core/days.ts'
import type { EventSpan, Gap } from '../pipeline/coverage.ts'
import { isFile, isPerEvent } from '../pipeline/dataset.ts'
import { phaseOf, unfinishedOf } from '../pipeline/event-table.ts'
import { listSeason, listSpan, readNewestSeason } from '../pipeline/events.ts'
import { countUnfinished, listMissing, listUnstored, type Missing } from '../pipeline/missing.ts'
import type { ScheduleEntry, ScheduleSource } from '../pipeline/schedule.ts'
import { seasonSpan, seasonsOf } from '../pipeline/seasons.ts'
import type { Sport } from '../pipeline/sport.ts'
import { parseWatermark } from '../pipeline/watermark-names.ts'
import { listLoadedFiles } from '../store/files.ts'
import { readSettled } from '../store/settled.ts'
import { readWatermarkHistory, type WatermarkName } from '../store/watermarks.ts'
import { findKeptSchedule, listKeptSchedules } from './kept-schedules.ts'
import { firstDayCovered } from './plan/days.ts'
import { readEntry } from './plan/entries.ts'

/** What was found below a watermark. */
export interface Verification extends WatermarkName {
  value: string
  proven: boolean
  /** The first day looked at; null for a backfill, and where no run has moved the watermark: then it covers nothing of ours. */
  from: Day | null
  /** Events that the kept schedules, or the tables, list there. */
  games: number
  /**
   * Whether kept schedules, or files, tell of all of it; where they do not, only events that are stored were looked at. Never for a sport
   * whose units are days: the list of a day is its own, and is not kept.
   */
  listed: boolean
  /** Events there that were not over when they were last asked for. They are no hole: the next daily run asks again. */
  unfinished: number
  holes: number
  /** The first hole, and the command that mends it. */
  first: (Missing & { mend: string }) | null
  /** Events there that have rows of live work only, where there are any: they are not counted as loaded. */
  provisional?: { id: string; day: Day }[]
}

/** What there is to look at, and how a hole in it is mended. */
export interface Covered extends Pick<Verification, 'from' | 'games' | 'listed' | 'unfinished' | 'provisional'> {
  missing: Missing[]
  mend(hole: Missing, last: Missing): string
}

/** What stands at or below a watermark, and what of it is missing. */
export async function verifyWatermark(
  parts: Pick<App, 'database' | 'archive'>,
  sport: Sport,
  { stage, key }: WatermarkName,
  value: string,
  options: { values?: boolean } = {},
): Promise<Verification> {
  const { missing, mend, provisional = [], ...covered } = await coverWatermark(parts, sport, { stage, key }, value, options)
  const [first] = missing
  const holes = new Set(missing.map(({ id }) => id)).size
  return {
    ...{ stage, key, value, ...covered, proven: holes === 0, holes },
    first: first ? { ...withoutDataset(first), mend: mend(first, missing.at(-1) ?? first) } : null,
    ...(provisional.length > 0 ? { provisional } : {}),
  }
}

const withoutDataset = ({ id, day, season, what }: Missing): Missing => ({ id, day, season, what })

/**
 * Looks for what is missing at or below a watermark: events that the newest kept schedule lists and that are neither stored nor in the dead
 * letters; events that are over and lack rows; and files of which not all rows are stored. No provider is asked.
 * @param options.values also events of which two tables say different things, and files of which more rows are stored
 */
export async function coverWatermark(
  { database, archive }: Pick<App, 'database' | 'archive'>,
  sport: Sport,
  { stage, key }: WatermarkName,
  value: string,
  { values = false }: { values?: boolean } = {},
): Promise<Covered> {
  const { schedule: source } = sport
  const name = { stage, key }
  const season = parseWatermark(stage, key)?.season

  /** The days that daily runs have loaded, by the kept schedules. */
  async function coverDays(scheduleSource: ScheduleSource): Promise<Covered> {
    const history = await database.run(sql => readWatermarkHistory(sql, name))
    const from = firstDayCovered(history.toReversed())
    const days = from ? eachDay(from, value) : []
    const schedules = await listKeptSchedules(archive, scheduleSource, found =>
      days.every(day => found.some(one => one.covers(day))),
    )
    const of = (day: Day) => schedules.find(schedule => schedule.covers(day))
    const listed = days.flatMap(day =>
      (of(day)?.entriesOn(day) ?? []).map(({ id }) => ({ id, day, season: of(day)?.season ?? '' })),
    )
    const found = from ? await findMissing(listed, { from, to: value }) : { missing: [], unfinished: 0 }
    // The daily job asks the provider's own schedule, which knows the newest season alone.
    const mend = ({ day, season: own }: Missing) =>
      own === schedules[0]?.season
        ? `sports-ingest schedule daily --sport ${sport.id} --date ${day} --no-catch-up`
        : `${backfillOf(sport, own)} --from ${day} --to ${day}`
    return { from: from ?? null, games: listed.length, listed: days.every(day => of(day) !== undefined), ...found, mend }
  }

  /** The events of a season up to an id, and those settled beyond it, by its kept schedule. */
  async function coverSeason(scheduleSource: ScheduleSource, label: string): Promise<Covered> {
    const kept = await findKeptSchedule(archive, scheduleSource, label)
    // What is settled beyond it is not asked for again either.
    const settled = await database.run(sql => readSettled(sql, name))
    const isMeant = (entry: ScheduleEntry) => (entry.id <= value && isDue(sport, entry)) || settled.has(entry.id)
    const entries = (kept?.schedule.entries ?? []).filter(isMeant)
    const listed = entries.map(({ id, day }) => ({ id, day, season: label }))
    const found = await findMissing(listed, { season: label, upToId: value, also: [...settled] })
    const mend = (hole: Missing, last: Missing) => `${backfillOf(sport, label)} --from ${hole.day} --to ${last.day}`
    return { from: null, games: listed.length, listed: kept !== undefined, ...found, mend }
  }

  /** The stored events of the days that daily runs have loaded. */
  async function coverStoredDays(): Promise<Covered> {
    const history = await database.run(sql => readWatermarkHistory(sql, name))
    const from = firstDayCovered(history.toReversed())
    const span = { from: from ?? addDays(value, 1), to: value }
    const events = await database.run(sql => listSpan(sql, sport, span))
    const { missing, unfinished } = await findMissing([], span)
    const seasons = seasonsOf(
      sport,
      events.map(({ day }) => day),
    ).map(({ label }) => label)
    const short: Missing[] = []
    for (const label of seasons) short.push(...(await database.run(sql => listShortFiles(sql, sport, label, values))))
    const found = { missing: [...missing, ...short], mend: mendDays(sport, missing) }
    return { from: from ?? null, games: events.length, listed: false, unfinished, ...found }
  }

  async function findMissing(listed: readonly Gap[], span: EventSpan): Promise<Pick<Covered, 'missing' | 'unfinished'>> {
    const ids = listed.map(({ id }) => id)
    return await database.run(async sql => {
      const unstored = await listUnstored(sql, sport, ids)
      const withoutRows = [...(await listMissing(sql, sport, span)), ...(values ? await listDifferent(sql, sport, span) : [])]
      const absent = listed.filter(({ id }) => unstored.has(id)).map(gap => ({ ...gap, what: 'is not stored' }))
      const order = ({ day, id }: Missing) => `${day} ${id}`
      const missing = [...absent, ...withoutRows].sort((a, b) => (order(a) < order(b) ? -1 : 1))
      return { missing, unfinished: await countUnfinished(sql, sport, span) }
    })
  }

  const cover = async () => {
    if (!source && season === undefined && sport.settledBy === 'run' && isOfDays(sport)) return await coverStoredDays()
    if (!source) return await database.run(sql => coverStored(sql, sport, season, value, values))
    return season === undefined ? await coverDays(source) : await coverSeason(source, season)
  }
  return await cover()
}

const backfillOf = ({ id }: Sport, season: string): string => `sports-ingest schedule backfill --sport ${id} --season ${season}`

/** One that was listed after the watermark had passed its id, and has yet to be played, is no hole. */
function isDue(sport: Sport, entry: ScheduleEntry): boolean {
  const event = readEntry(entry)
  const phase = event && phaseOf(sport.events, event.status)
  return phase !== 'ahead' && phase !== 'moved'
}

/** Whether the rows of its events come from requests for days: then a day is what is loaded again. */
const isOfDays = ({ datasets }: Sport): boolean =>
  datasets.some(one => one.read === 'requests' && one.units !== 'event' && one.coverage.length > 0)

/** The most that `schedule daily --days-back` takes. */
const maxDaysBack = 400

/** The command that loads the days from the first to the last event with a hole, or from the first one on; else the season with its files. */
const mendDays =
  (sport: Sport, events: readonly Missing[]) =>
  (hole: Missing): string => {
    if (!events.includes(hole)) return `${backfillOf(sport, hole.season)} --restart`
    const holes = events.map(({ day }) => day).sort()
    const days = eachDay(holes[0] ?? hole.day, holes.at(-1) ?? hole.day).slice(0, maxDaysBack)
    const back = days.length > 1 ? ` --days-back ${days.length}` : ''
    return `sports-ingest schedule daily --sport ${sport.id} --date ${days.at(-1)}${back} --no-catch-up`
  }

/** The stored events of a season up to a value, or, of a daily watermark, those of the newest season; and the season's files. */
async function coverStored(sql: ISql, sport: Sport, named: string | undefined, value: string, values: boolean): Promise<Covered> {
  const season = named ?? (await readNewestSeason(sql, sport))
  const isBelow = ({ id, day }: { id: string; day: Day }) => (named ? isPosition(value, id, day) : day <= value)
  const events = (await listSeason(sql, sport, season)).filter(isBelow)
  const ids = new Set(events.map(({ id }) => id))
  const different = values ? await listDifferent(sql, sport, { season }) : []
  const gaps = [...(await listMissing(sql, sport, { season })), ...different].filter(({ id }) => ids.has(id))
  const short = await listShortFiles(sql, sport, season, values)
  const unfinished = unfinishedOf(sport)
  const live = sport.live?.datasets ?? []
  const provisional = await Promise.all(live.map(dataset => dataset.listProvisionalOnly?.(sql, season) ?? []))
  return {
    from: named ? null : (events.map(({ day }) => day).sort()[0] ?? addDays(value, 1)),
    games: events.length,
    // Events that requests of a day or season give are listed nowhere else.
    listed: sport.datasets.every(one => isFile(one) || isPerEvent(one)),
    unfinished: events.filter(({ status }) => unfinished.includes(status)).length,
    missing: [...gaps, ...short],
    provisional: provisional.flat(),
    mend: isOfDays(sport) ? mendDays(sport, gaps) : () => `${backfillOf(sport, season)} --restart`,
  }
}

/** A season's watermark stands on an event's id, or on a day where the sport's units are days. */
const isPosition = (value: string, id: string, day: Day): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(value) ? day <= value : id <= value

async function listDifferent(sql: ISql, sport: Sport, span: EventSpan): Promise<Missing[]> {
  const found: Missing[] = []
  for (const check of sport.values) for (const one of await check(sql, sport, span)) found.push(one)
  return found
}

/** Files of a season of which fewer rows are stored than were read; or another number of them. */
async function listShortFiles(sql: ISql, sport: Sport, season: string, isExact: boolean): Promise<Missing[]> {
  const short: Missing[] = []
  if (season === '') return []
  const span = seasonSpan(sport, season)
  const scope = { today: '', days: [], seasons: [span] }
  const loaded = new Map((await listLoadedFiles(sql, sport.id)).map(file => [`${file.dataset} ${file.unit}`, file.rows]))
  for (const dataset of sport.datasets.filter(isFile)) {
    const { content, name } = dataset
    if (!('rows' in content)) continue
    for (const unit of dataset.units(scope)) {
      const rows = loaded.get(`${name} ${unit.key}`)
      if (rows === undefined || unit.season === undefined) continue
      const [found] = await sql<{ count: number }[]>`
        select count(*)::int as count from ${sql(getTableConfig(content.rows.table).name)} where season::text = ${season}`
      const stored = found?.count ?? 0
      if (stored < rows || (isExact && stored > rows))
        short.push({
          id: `${unit.key} (${name})`,
          day: span.from,
          season,
          what: `has ${stored} of the ${rows} rows of its file`,
          dataset: name,
        })
    }
  }
  return short
}
