import * as z from 'zod'
import { type Day, parseDay } from '../../core/days.ts'
import { PayloadError } from '../../core/errors.ts'
import { visible } from '../../core/visible.ts'
import { clubsOf } from '../../pipeline/games.ts'
import type { Finding, GameRow, TableRows, TeamRow } from '../../pipeline/rows.ts'
import { type ScheduleEntry, type SeasonSchedule, unnamedPrefix } from '../../pipeline/schedule.ts'
import { nbaCdn } from '../../providers/nba-cdn.ts'
import { nbaStats } from '../../providers/nba-stats.ts'
import { isTooDeep, maxLevels, withoutDeep } from '../nesting.ts'
import { maxIdLength, readPayload } from '../read-payload.ts'
import { countsInstead } from '../repeated.ts'
import { finalPeriodOf, seasonTypeOf, statusOf } from './status.ts'

const gameId = z.string().regex(/^\d{10}$/)

const team = z.looseObject({
  teamId: z.int(),
  teamName: z.string().nullable(),
  teamCity: z.string().nullish(),
  teamTricode: z.string().nullish(),
  score: z.int32().nullish(),
})

const game = z.looseObject({
  gameId,
  gameStatus: z.int().min(1).max(3),
  gameStatusText: z.string(),
  // Local time in spite of the Z: only the date part is usable, and it is the Eastern day.
  gameDateEst: z.string().refine(text => parseDay(text.slice(0, 10)) !== undefined, 'no day'),
  gameDateTimeUTC: z.iso.datetime(),
  arenaName: z.string().nullish(),
  homeTeam: team,
  awayTeam: team,
})

const schedule = z.looseObject({
  leagueSchedule: z.looseObject({
    seasonYear: z.string().regex(/^\d{4}-\d{2}$/),
    gameDates: z.array(z.looseObject({ gameDate: z.string().catch(''), games: z.array(z.unknown()) })),
  }),
})

/** The finals end by 22 June, the next preseason begins in October: what lies between has no games. */
const summer = { from: '-06-23', to: '-09-30' }

/** As many as a statement can be asked about, and some to spare. */
const maxGames = 10_000

/** So many entries may lack an id that can be read; of more, the form of ids has changed, and all would become dead letters. */
const maxUnnamed = 20

/**
 * Reads `scheduleLeagueV2.json`. Only the outer structure is checked here; each game when it is read, so that one bad game is one dead
 * letter.
 */
export function parseSchedule(payload: unknown, sender = nbaCdn.id): SeasonSchedule {
  const { leagueSchedule } = readPayload(schedule, payload, `${sender} sent an invalid schedule`)
  const { seasonYear: season, gameDates } = leagueSchedule
  // Of an entry without a day that of the one before it: it is loaded, and told, with that one.
  let day: Day = `${season.slice(0, 4)}${summer.to}`
  const games = gameDates.flatMap(date =>
    date.games.map((entry, n) => {
      day = dayOf(entry, date.gameDate) ?? day
      return toScheduleEntry(entry, { day, n, season })
    }),
  )
  const unnamed = games.filter(({ isUnnamed }) => isUnnamed).length
  if (unnamed > maxUnnamed || (unnamed > 0 && unnamed === games.length))
    throw new PayloadError(
      `${sender} sent an invalid schedule: ${unnamed} of ${games.length} games have no gameId of ten digits.`,
    )
  if (games.length > maxGames) throw new PayloadError(`${sender} sent a schedule of ${games.length} games; a season has 1,400.`)
  if (games.length === 0) throw new PayloadError(`${sender} sent a schedule without a single game.`)
  const { byId, findings } = onceEach(games)
  const byDay = Map.groupBy(byId.values(), entry => entry.day)
  const year = Number(season.slice(0, 4))
  const listed = [...byDay.keys()].sort()
  // The cdn serves one season: days of its listed games, and of the summers around them, which have none.
  const [first, last] = [`${year}${summer.from}`, `${year + 1}${summer.to}`]
  const from = [first, ...listed].sort()[0] as Day
  const to = [last, ...listed].sort().at(-1) as Day
  return {
    season,
    covers: day => day >= from && day <= to,
    reach: `the season ${season} only, ${from} to ${to}`,
    entries: [...byId.values()],
    entriesOn: day => byDay.get(day) ?? [],
    find: id => byId.get(id),
    findings,
  }
}

/** A game that is listed twice in the same words is no news; of two entries that differ one counts, and a finding names both. */
function onceEach(entries: readonly ScheduleEntry[]): { byId: Map<string, ScheduleEntry>; findings: Finding[] } {
  const byId = new Map<string, ScheduleEntry>()
  const findings: Finding[] = []
  for (const entry of entries) {
    const other = byId.get(entry.id)
    const isTaken = !other || countsInstead(describe(entry), describe(other))
    if (isTaken) byId.set(entry.id, entry)
    if (!other) continue
    const [kept, left] = (isTaken ? [entry, other] : [other, entry]).map(describe) as [Described, Described]
    if (kept.text === left.text) continue
    const message = `The schedule lists game ${entry.id} twice: ${kept.words}, which counts, and ${left.words}.`
    findings.push({ item: entry.id, check: 'listed-twice', message })
  }
  return { byId, findings }
}

type Described = ReturnType<typeof describe>

/** What there is to compare of an entry, and to tell of it. */
function describe({ day, read, raw }: ScheduleEntry) {
  const text = `${day} ${Buffer.from(raw() ?? '').toString()}`
  try {
    const { status, homeScore, awayScore } = read().event
    const score = homeScore === null ? '' : ` with ${homeScore}:${awayScore}`
    return { status, text, words: `${status} on ${day}${score}` }
  } catch {
    return { status: undefined, text, words: `malformed on ${day}` }
  }
}

/**
 * Reads the schedule of one season from `scheduleleaguev2int`. It has the shape of the file that nba-cdn serves for the current season, so
 * games and clubs get the same rows from either, `provider` included: otherwise they would change with each change of the source.
 * @param season the one that was asked for, `2024-25`
 * @throws PayloadError if the answer is not a schedule, or that of another season
 */
export function parseSeasonSchedule(payload: unknown, season: string): SeasonSchedule {
  const found = parseSchedule(payload, nbaStats.id)
  if (found.season !== season)
    throw new PayloadError(`nba-stats was asked for the schedule of ${season} and sent that of ${found.season}.`)
  return found
}

function toScheduleEntry(entry: unknown, { day, n, season }: { day: Day; n: number; season: string }): ScheduleEntry {
  // As text: the 1,400 entries of a season are 9 MB as text, 40 MB as objects, and a backfill holds them to its end.
  const isDeep = isTooDeep(entry)
  const text = JSON.stringify(isDeep ? withoutDeep(entry as object) : entry)
  const said = fieldOf(entry, 'gameId')
  const named = gameId.safeParse(said)
  const words = typeof said === 'string' || typeof said === 'number' ? visible(String(said)).slice(0, maxIdLength) : ''
  const id = named.data ?? `${unnamedPrefix}${words || `${day} ${n + 1}`}`
  return {
    id,
    ...(named.success ? {} : { isUnnamed: true }),
    day,
    read: () => {
      if (isDeep) throw new PayloadError(`The schedule's entry of game ${id} has more than ${maxLevels} levels.`)
      return toRows(
        readPayload(game, JSON.parse(text), `The schedule's entry of game ${id.replace(unnamedPrefix, '')} is malformed`),
        season,
      )
    },
    raw: () => Buffer.from(text),
  }
}

const fieldOf = (entry: unknown, name: string): unknown => (entry as Record<string, unknown> | null | undefined)?.[name]

/** The Eastern day by the game's own field; by the day it is listed under (`10/04/2024 00:00:00`) where that is malformed. */
function dayOf(entry: unknown, listedUnder: string): Day | undefined {
  const said = fieldOf(entry, 'gameDateEst')
  const own = typeof said === 'string' ? parseDay(said.slice(0, 10)) : undefined
  const [month = '', day = '', year = ''] = listedUnder.slice(0, 10).split('/')
  return own ?? parseDay(`${year}-${month}-${day}`)
}

/** The rows of a game and its clubs. */
export function toRows(entry: z.infer<typeof game>, season: string): { event: GameRow; related: TableRows[] } {
  const text = entry.gameStatusText.trim()
  const status = statusOf(entry.gameStatus, text)
  const played = status === 'live' || status === 'final'
  return {
    event: {
      sport: 'nba',
      provider: nbaCdn.id,
      providerId: entry.gameId,
      season,
      seasonType: seasonTypeOf(entry.gameId),
      gameDate: entry.gameDateEst.slice(0, 10),
      startsAt: /^tbd$/i.test(text) ? null : new Date(entry.gameDateTimeUTC),
      status,
      statusText: text || null,
      period: status === 'final' ? finalPeriodOf(text) : null,
      homeTeamId: toTeamId(entry.homeTeam.teamId),
      awayTeamId: toTeamId(entry.awayTeam.teamId),
      homeScore: played ? (entry.homeTeam.score ?? null) : null,
      awayScore: played ? (entry.awayTeam.score ?? null) : null,
      venue: entry.arenaName || null,
    },
    related: [clubsOf('nba', [entry.homeTeam, entry.awayTeam].filter(side => side.teamId !== 0).map(toTeam))],
  }
}

/** A side that is not decided yet has the id 0. */
const toTeamId = (id: number): string | null => (id === 0 ? null : String(id))

const toTeam = (side: z.infer<typeof team>): TeamRow => ({
  sport: 'nba',
  provider: nbaCdn.id,
  providerId: String(side.teamId),
  name: side.teamName ?? '',
  city: side.teamCity || null,
  abbreviation: side.teamTricode || null,
})
