import { addDays } from '../../core/days.ts'
import { lastWeekOf, regularWeeksOf, sundayOf, utcAt } from './calendar.ts'
import { type Club, clubs, codeIn } from './clubs.ts'
import { type Column, headerOf, rowOf } from './csv.ts'
import type { GameType } from './game.ts'
import type { League } from './league.ts'
import { nameOf, type Player } from './players.ts'
import { positions } from './positions.ts'
import { isListed } from './state.ts'

interface RosterRow {
  readonly year: number
  readonly week: number
  readonly club: Club
  readonly player: Player
  readonly out: boolean
}

/** The instants at which rosters are written: in August, then before each week, and once more when it is clear who is out. */
export const rosterChangesOf = (year: number): number[] => [
  utcAt(`${year}-08-01`, 7),
  ...Array.from({ length: lastWeekOf(year) }, (_, index) => [writtenAt(year, index + 1), outKnownAt(year, index + 1)]).flat(),
]

const writtenAt = (year: number, week: number): number => utcAt(addDays(sundayOf(year, week), -4), 7)
const outKnownAt = (year: number, week: number): number => utcAt(addDays(sundayOf(year, week), -1), 7)

/** The weeks that have rows at an instant; the first one has them from August on. */
function weeksAt(year: number, now: number): number[] {
  return Array.from({ length: lastWeekOf(year) }, (_, index) => index + 1).filter(
    week => week === 1 || writtenAt(year, week) <= now,
  )
}

/** Clubs that play in a week of the play-offs, or all. */
function clubsOf(league: League, year: number, week: number, now: number): readonly Club[] {
  if (week <= regularWeeksOf(year)) return clubs
  const games = league.season(year).games.filter(game => game.week === week && isListed(game, now))
  return clubs.filter(club => games.some(({ home, away }) => home === club || away === club))
}

function rowsOf(league: League, year: number, week: number, club: Club, now: number): string[] {
  const known = outKnownAt(year, week) <= now
  const out = new Set(
    known ? league.injuries(year, week, club).flatMap(({ player, status }) => (status === 'Out' ? [player] : [])) : [],
  )
  return league.roster(year, club).map(player => rowOf(columns, { year, week, club, player, out: out.has(player) }))
}

/** One row for each player of each week so far. */
export function weeklyRosterRows(league: League, year: number, now: number): string[] {
  return weeksAt(year, now).flatMap(week =>
    clubsOf(league, year, week, now).flatMap(club => rowsOf(league, year, week, club, now)),
  )
}

/** One row for each player, of the last week his club played in or will play in. */
export function rosterRows(league: League, year: number, now: number): string[] {
  const latest = new Map<Club, number>()
  for (const week of weeksAt(year, now)) for (const club of clubsOf(league, year, week, now)) latest.set(club, week)
  return clubs.flatMap(club => rowsOf(league, year, latest.get(club) ?? 1, club, now))
}

const postTypes: readonly GameType[] = ['WC', 'DIV', 'CON', 'SB']
const typeOf = ({ year, week }: RosterRow): GameType => postTypes[week - regularWeeksOf(year) - 1] ?? 'REG'

const statusOf = ({ player, out }: RosterRow): readonly [status: string, description: string] =>
  player.spot.status === 'DEV'
    ? ['DEV', 'P01']
    : player.spot.status === 'RES'
      ? ['RES', 'R01']
      : out
        ? ['INA', 'A01']
        : ['ACT', 'A01']

/** Only who has been around has an id at all the other sites. */
const atOthers = (player: Player, first: number) => (player.knownToLeague ? first + player.number : undefined)

const esbIdOf = ({ familyName, number }: Player): string =>
  familyName
    .normalize('NFD')
    .replaceAll(/[^A-Za-z]/g, '')
    .slice(0, 3)
    .toUpperCase() +
  (900_000 + number)

/** In the order of the real files. */
const columns: readonly Column<RosterRow>[] = [
  ['season', ({ year }) => year],
  ['team', ({ year, club }) => codeIn(club, year)],
  ['position', ({ player }) => positions[player.spot.place].roster],
  ['depth_chart_position', ({ player }) => player.spot.place],
  ['jersey_number', ({ player }) => player.jersey],
  ['status', row => statusOf(row)[0]],
  ['full_name', ({ player }) => nameOf(player)],
  ['first_name', ({ player }) => player.firstName],
  ['last_name', ({ player }) => player.familyName],
  ['birth_date', ({ player }) => player.birthDate],
  ['height', ({ player }) => player.height],
  ['weight', ({ player }) => player.weight],
  ['college', ({ player }) => player.college],
  ['gsis_id', ({ player }) => (player.knownToLeague ? player.gsisId : undefined)],
  ['espn_id', ({ player }) => atOthers(player, 9_000_000)],
  ['sportradar_id', ({ player }) => player.sportradarId],
  ['yahoo_id', ({ player }) => atOthers(player, 70_000)],
  ['rotowire_id', ({ player }) => atOthers(player, 80_000)],
  ['pff_id', ({ player }) => atOthers(player, 500_000)],
  ['pfr_id', ({ player }) => (player.knownAtPfr ? player.pfrId : undefined)],
  ['fantasy_data_id', ({ player }) => atOthers(player, 60_000)],
  ['sleeper_id', ({ player }) => atOthers(player, 40_000)],
  ['years_exp', ({ year, player }) => year - player.entryYear],
  ['headshot_url', ({ player }) => player.headshot],
  ['ngs_position', ({ player }) => (player.number % 2 === 0 ? player.spot.place : undefined)],
  ['week', ({ week }) => week],
  ['game_type', typeOf],
  ['status_description_abbr', row => statusOf(row)[1]],
  ['football_name', ({ player }) => player.firstName],
  ['esb_id', ({ player }) => esbIdOf(player)],
  ['gsis_it_id', ({ player }) => 900_000 + player.number],
  ['smart_id', ({ player }) => player.smartId],
  ['entry_year', ({ player }) => player.entryYear],
  ['rookie_year', ({ player }) => player.entryYear],
  ['draft_club', ({ player }) => player.draft?.club.code],
  ['draft_number', ({ player }) => player.draft?.pick],
]

export const rosterHeader = headerOf(columns)
export { esbIdOf }
