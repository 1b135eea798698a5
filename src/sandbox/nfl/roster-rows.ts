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
  readonly club: Club
  readonly player: Player
  /** Without ids at other sites that no other file has, and without pictures: a season's weeks have 40,000 rows, half of them these. */
  readonly brief: boolean
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

/** What of a row is the same in each week of a season, as text: before, between and behind what changes. */
interface SeasonRow {
  readonly player: Player
  readonly head: string
  readonly middle: string
  readonly tail: string
}

function seasonRowsOf(league: League, year: number, brief: boolean): Map<Club, SeasonRow[]> {
  const rowsOf = (club: Club) =>
    league.roster(year, club).map(player => {
      const row = { year, club, player, brief }
      return { player, head: rowOf(head, row), middle: rowOf(middle, row), tail: rowOf(tail, row) }
    })
  return new Map(clubs.map(club => [club, rowsOf(club)]))
}

function rowsOf(league: League, year: number, week: number, club: Club, now: number, rows: Map<Club, SeasonRow[]>): string[] {
  const known = outKnownAt(year, week) <= now
  const out = new Set(
    known ? league.injuries(year, week, club).flatMap(({ player, status }) => (status === 'Out' ? [player] : [])) : [],
  )
  const type = typeOf(year, week)
  return (rows.get(club) ?? []).map(
    ({ player, head, middle, tail }) => `${head},${statusOf(player, out.has(player))},${middle},${week},${type},${tail}`,
  )
}

/** One row for each player of each week so far. */
export function weeklyRosterRows(league: League, year: number, now: number): string[] {
  const rows = seasonRowsOf(league, year, true)
  return weeksAt(year, now).flatMap(week =>
    clubsOf(league, year, week, now).flatMap(club => rowsOf(league, year, week, club, now, rows)),
  )
}

/** One row for each player, of the last week his club played in or will play in. */
export function rosterRows(league: League, year: number, now: number): string[] {
  const latest = new Map<Club, number>()
  for (const week of weeksAt(year, now)) for (const club of clubsOf(league, year, week, now)) latest.set(club, week)
  const rows = seasonRowsOf(league, year, false)
  return clubs.flatMap(club => rowsOf(league, year, latest.get(club) ?? 1, club, now, rows))
}

const postTypes: readonly GameType[] = ['WC', 'DIV', 'CON', 'SB']
const typeOf = (year: number, week: number): GameType => postTypes[week - regularWeeksOf(year) - 1] ?? 'REG'

const statusOf = ({ spot: { status } }: Player, out: boolean): string => (status === 'ACT' && out ? 'INA' : status)
const descriptions = { ACT: 'A01', DEV: 'P01', RES: 'R01' } as const

/** Only who has been around has an id at all the other sites. */
const atOthers = ({ player, brief = false }: { player: Player; brief?: boolean }, first: number) =>
  player.knownToLeague && !brief ? first + player.number : undefined

/** In the order of the real files: in front of the status. */
const head: readonly Column<RosterRow>[] = [
  ['season', ({ year }) => year],
  ['team', ({ year, club }) => codeIn(club, year)],
  ['position', ({ player }) => positions[player.spot.place].roster],
  ['depth_chart_position', ({ player }) => player.spot.place],
  ['jersey_number', ({ player }) => player.jersey],
]

/** Between the status and the week. */
const middle: readonly Column<RosterRow>[] = [
  ['full_name', ({ player }) => nameOf(player)],
  ['first_name', ({ player }) => player.firstName],
  ['last_name', ({ player }) => player.familyName],
  ['birth_date', ({ player }) => player.birthDate],
  ['height', ({ player }) => player.height],
  ['weight', ({ player }) => player.weight],
  ['college', ({ player }) => player.college],
  ['gsis_id', ({ player }) => (player.knownToLeague ? player.gsisId : undefined)],
  ['espn_id', ({ player }) => atOthers({ player }, 9_000_000)],
  ['sportradar_id', ({ player, brief }) => (brief ? undefined : player.sportradarId)],
  ['yahoo_id', row => atOthers(row, 70_000)],
  ['rotowire_id', row => atOthers(row, 80_000)],
  ['pff_id', row => atOthers(row, 500_000)],
  ['pfr_id', ({ player }) => (player.knownAtPfr ? player.pfrId : undefined)],
  ['fantasy_data_id', row => atOthers(row, 60_000)],
  ['sleeper_id', row => atOthers(row, 40_000)],
  ['years_exp', ({ year, player }) => year - player.entryYear],
  ['headshot_url', ({ player, brief }) => (brief ? undefined : player.headshot)],
  ['ngs_position', ({ player }) => (player.number % 2 === 0 ? player.spot.place : undefined)],
]

/** Behind the week and the type of the game. */
const tail: readonly Column<RosterRow>[] = [
  ['status_description_abbr', ({ player }) => descriptions[player.spot.status]],
  ['football_name', ({ player }) => player.firstName],
  ['esb_id', ({ player }) => player.esbId],
  ['gsis_it_id', ({ player }) => 900_000 + player.number],
  ['smart_id', ({ player, brief }) => (brief ? undefined : player.smartId)],
  ['entry_year', ({ player }) => player.entryYear],
  ['rookie_year', ({ player }) => player.entryYear],
  ['draft_club', ({ player }) => player.draft?.club.code],
  ['draft_number', ({ player }) => player.draft?.pick],
]

export const rosterHeader = [headerOf(head), 'status', headerOf(middle), 'week,game_type', headerOf(tail)].join(',')
