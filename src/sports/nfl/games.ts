import { getTableColumns } from 'drizzle-orm'
import type { ISql } from 'postgres'
import { parseDay } from '../../core/days.ts'
import { PayloadError } from '../../core/errors.ts'
import { instantOf } from '../../core/zones.ts'
import { loadedAtAll } from '../../pipeline/coverage.ts'
import type { FileDataset } from '../../pipeline/dataset.ts'
import type { ReadField } from '../../pipeline/files/columns.ts'
import { clubsOf } from '../../pipeline/games.ts'
import { emptyItem, type Item } from '../../pipeline/item.ts'
import type { EventRow, GameRow } from '../../pipeline/rows.ts'
import { once } from '../../pipeline/seasons.ts'
import { gamesPath, nfldata } from '../../providers/nfldata.ts'
import { nflverse, releasePath } from '../../providers/nflverse.ts'
import type { MergeRow } from '../../store/merge.ts'
import { clubOf, toTeam, zone } from './clubs.ts'
import { nflGames } from './tables.ts'

/** Columns that are stored as they are in the file, and how each is read. */
const plain = Object.values(getTableColumns(nflGames)).flatMap(column => {
  const read = column.dataType === 'string' ? text : column.getSQLType() === 'integer' ? whole : number
  return column.notNull || column.name === 'extra' ? [] : [{ name: column.name, read }]
})
/** Ids that one file writes as `401`, another as `401.0`. */
const ids = new Set(['old_game_id', 'gsis', 'pff', 'espn', 'ftn'])

const required =
  'game_id season game_type week gameday gametime away_team away_score home_team home_score overtime espn stadium'.split(' ')

/** All games since 1999 and future ones, with final scores. It has no scores of a game that is being played. */
export const games: FileDataset = {
  name: 'games',
  read: 'file',
  cadence: ['often', 'daily'],
  units: once,
  sources: () => [
    { provider: nfldata.id, path: gamesPath },
    { provider: nflverse.id, path: releasePath('schedules/games.csv') },
  ],
  content: {
    events: {
      required,
      known: ['game_id', 'season', 'game_type', 'week', 'gameday', ...plain.map(({ name }) => name)],
      ids: [...ids],
      toItem,
      state: ['status', 'statusText', 'period', 'homeScore', 'awayScore'],
      result: ['homeScore', 'awayScore'],
      contradiction,
      listReplaced,
    },
  },
  coverage: [loadedAtAll],
}

function toItem(field: ReadField, extra: string | null): Item {
  const id = field('game_id')
  const season = whole(field, 'season')
  const day = parseDay(field('gameday'))
  if (!/^\d{4}_\d{2}_[A-Z]{2,3}_[A-Z]{2,3}$/.test(id) || season === null || !day)
    throw new PayloadError(`is not a game: ${id || 'it has no id'}`)
  const [home, away] = [club(field('home_team'), season), club(field('away_team'), season)]
  const [homeScore, awayScore] = [whole(field, 'home_score'), whole(field, 'away_score')]
  const problem = selfContradiction({ id, season, home, away, homeScore, awayScore }, field)
  if (problem) throw new PayloadError(problem)
  const isOver = homeScore !== null && awayScore !== null
  const overtime = whole(field, 'overtime') === 1
  const game: GameRow = {
    sport: 'nfl',
    provider: nfldata.id,
    providerId: id,
    season: String(season),
    seasonType: field('game_type') === 'REG' ? 'regular' : 'playoffs',
    gameDate: day,
    startsAt: startOf(day, field),
    status: isOver ? 'final' : 'scheduled',
    statusText: isOver ? (overtime ? 'Final/OT' : 'Final') : null,
    period: isOver ? (overtime ? 5 : 4) : null,
    homeTeamId: home,
    awayTeamId: away,
    homeScore: isOver ? homeScore : null,
    awayScore: isOver ? awayScore : null,
    venue: field('stadium') || null,
  }
  const row: MergeRow = {
    provider: nfldata.id,
    providerId: id,
    game_id: id,
    season,
    game_type: field('game_type'),
    week: whole(field, 'week'),
    gameday: day,
    home_team_id: home,
    away_team_id: away,
    ...Object.fromEntries(plain.map(({ name, read }) => [name, read(field, name)])),
    extra,
  }
  return {
    ...emptyItem(id, day),
    event: game,
    related: [clubsOf('nfl', [toTeam(home), toTeam(away)])],
    tables: [{ table: nflGames, rows: [row], group: 'game_id' }],
    done: [games.name],
  }
}

interface Said {
  id: string
  season: number
  home: string
  away: string
  homeScore: number | null
  awayScore: number | null
}

/** What in a row contradicts the rest of it: its id has the season, the week and the clubs, and two columns follow from the scores. */
function selfContradiction({ id, season, home, away, homeScore, awayScore }: Said, field: ReadField): string | undefined {
  const [ofSeason, ofWeek, ofAway = '', ofHome = ''] = id.split('_')
  const week = whole(field, 'week')
  if (Number(ofSeason) !== season || Number(ofWeek) !== week) return `is of week ${week} of ${season}, and its id is ${id}`
  if (clubOf(ofAway, season) !== away || clubOf(ofHome, season) !== home) return `is ${away} at ${home}, and its id is ${id}`
  if (home === away) return `has ${home} on both sides`
  if (homeScore === null || awayScore === null) return undefined
  const [result, total] = [whole(field, 'result'), whole(field, 'total')]
  if (result !== null && result !== homeScore - awayScore) return `ended ${awayScore}:${homeScore}, and has a result of ${result}`
  if (total !== null && total !== homeScore + awayScore) return `ended ${awayScore}:${homeScore}, and has a total of ${total}`
  return undefined
}

function contradiction(listed: EventRow, stored: EventRow): string | undefined {
  const [game, known] = [listed as GameRow, stored as GameRow]
  if (game.homeScore === known.homeScore && game.awayScore === known.awayScore) return undefined
  return `Game ${game.providerId} ended ${known.awayScore}:${known.homeScore} and is listed with ${game.awayScore}:${game.homeScore}; the stored score stays for now.`
}

/** A game that is moved to another week gets another id; ESPN's number of it stays. */
async function listReplaced(sql: ISql, unlisted: readonly string[]): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select distinct o.game_id as id from nfl_games o join nfl_games n on n.espn = o.espn and n.season = o.season and n.game_id <> o.game_id
      and n.home_team_id in (o.home_team_id, o.away_team_id) and n.away_team_id in (o.home_team_id, o.away_team_id)
    where o.game_id in ${sql(['', ...unlisted])} and n.game_id not in ${sql(['', ...unlisted])}`
  return rows.map(({ id }) => id)
}

function club(code: string, season: number): string {
  const found = clubOf(code, season)
  if (!found) throw new PayloadError(`names a club that did not exist in ${season}: ${code}`)
  return found
}

/** `13:00` or `13:00:00`, Eastern wall time without a zone; games of before 2006 may have none, and so may games to come. */
function startOf(day: string, field: ReadField): Date | null {
  const said = field('gametime')
  if (said === '' || /^tbd$/i.test(said)) return null
  const [, hours = '', minutes] = /^([01]?\d|2[0-3]):([0-5]\d)(:[0-5]\d)?$/.exec(said) ?? []
  if (!minutes) throw new PayloadError(`has ${JSON.stringify(said)} for gametime, which is not a time of day`)
  return instantOf(day, `${hours.padStart(2, '0')}:${minutes}`, zone)
}

function text(field: ReadField, name: string): string | null {
  return (ids.has(name) ? field(name).replace(/\.0$/, '') : field(name)) || null
}

/** `Number` alone takes a blank for 0, and `0x1F` for 31. */
const numeral = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i

function number(field: ReadField, name: string): number | null {
  const said = field(name)
  if (said === '') return null
  const value = numeral.test(said) ? Number(said) : Number.NaN
  if (!Number.isFinite(value)) throw new PayloadError(`has ${JSON.stringify(said)} for ${name}, which is not a number`)
  return value
}

/** What an integer column holds. */
const maxWhole = 2_147_483_647

function whole(field: ReadField, name: string): number | null {
  const value = number(field, name)
  if (value !== null && !Number.isInteger(value)) throw new PayloadError(`has ${value} for ${name}, which is not a whole number`)
  if (value !== null && Math.abs(value) > maxWhole) throw new PayloadError(`has ${value} for ${name}, which no column holds`)
  return value
}
