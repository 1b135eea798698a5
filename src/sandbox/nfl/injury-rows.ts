import { addDays } from '../../core/days.ts'
import { lastWeekOf, sundayOf, utcAt } from './calendar.ts'
import { type Club, codeIn } from './clubs.ts'
import { type Column, headerOf, rowOf } from './csv.ts'
import type { Game } from './game.ts'
import type { Injury } from './injuries.ts'
import type { League } from './league.ts'
import { nameOf } from './players.ts'
import { positions } from './positions.ts'
import { isListed } from './state.ts'

interface InjuryRow extends Injury {
  readonly game: Game
  readonly club: Club
  /** Whether it was said who will play: before, there are only reports of the practice. */
  readonly decided: boolean
  readonly writtenAt: number
}

// On Wednesdays after the first practice and on Fridays after the last; the latter with who is out.
const practiceAt = (year: number, week: number): number => utcAt(addDays(sundayOf(year, week), -4), 21)
/** When it is said who will play, in ms since the epoch. */
export const decidedAt = (year: number, week: number): number => utcAt(addDays(sundayOf(year, week), -2), 21)

/** The instants at which reports are written, ascending. */
export const injuryChangesOf = (year: number): number[] =>
  Array.from({ length: lastWeekOf(year) }, (_, index) => [practiceAt(year, index + 1), decidedAt(year, index + 1)]).flat()

/** The first season whose file has the season's part and no longer the instant of the report, and whose lines end with CR LF. */
const newShapeFrom = 2025

/** The whole file of a season at an instant (ms since the epoch). */
export function injuryFile(league: League, year: number, now: number): string {
  const columns = year >= newShapeFrom ? newColumns : oldColumns
  const games = league.season(year).games.filter(game => practiceAt(year, game.week) <= now && isListed(game, now))
  const rows = games.flatMap(game =>
    [game.away, game.home].flatMap(club => {
      const decided = decidedAt(year, game.week) <= now
      const writtenAt = (decided ? decidedAt : practiceAt)(year, game.week)
      return league.injuries(year, game.week, club).map(injury => rowOf(columns, { ...injury, game, club, decided, writtenAt }))
    }),
  )
  const end = year >= newShapeFrom ? '\r\n' : '\n'
  return [headerOf(columns), ...rows].map(row => row + end).join('')
}

const body: readonly Column<InjuryRow>[] = [
  ['game_type', ({ game }) => game.type],
  ['team', ({ game, club }) => codeIn(club, game.season)],
  ['week', ({ game }) => game.week],
  ['gsis_id', ({ player }) => player.gsisId],
  ['position', ({ player }) => positions[player.spot.place].snaps],
  ['full_name', ({ player }) => nameOf(player)],
  ['first_name', ({ player }) => player.firstName],
  ['last_name', ({ player }) => player.familyName],
  ['report_primary_injury', ({ decided, status, injury }) => (decided && status ? injury : undefined)],
  ['report_secondary_injury', ({ decided, status, second }) => (decided && status ? second : undefined)],
  ['report_status', ({ decided, status }) => (decided ? status || undefined : undefined)],
  ['practice_primary_injury', ({ injury }) => injury],
  ['practice_secondary_injury', ({ second }) => second],
  ['practice_status', ({ practice }) => practice],
]

const season: Column<InjuryRow> = ['season', ({ game }) => game.season]

const oldColumns: readonly Column<InjuryRow>[] = [
  season,
  ...body,
  ['date_modified', ({ writtenAt }) => new Date(writtenAt).toISOString().replace('.000Z', 'Z')],
]

const newColumns: readonly Column<InjuryRow>[] = [
  season,
  ['season_type', ({ game }) => (game.type === 'REG' ? 'REG' : 'POST')],
  ...body,
]
