import { addDays } from '../../core/days.ts'
import { keepLatest } from '../keep.ts'
import { lastWeekOf, latestSeasonAt, openerOf, regularWeeksOf, sundayOf, utcAt } from './calendar.ts'

/** A week of the scoreboard's calendar, in ms since the epoch; the end is where the next one begins. */
interface BoardWeek {
  readonly week: number
  readonly label: string
  readonly short: string
  readonly from: number
  readonly to: number
}

const postseason: readonly (readonly [label: string, short: string])[] = [
  ['Wild Card', 'Wild Card'],
  ['Divisional Round', 'Div Rd'],
  ['Conference Championship', 'Conf Champ'],
  ['Super Bowl', 'Super Bowl'],
]

/** The weeks of a season: each begins on a Wednesday at 07:00 UTC, so a game put off to a Wednesday evening lies in the next one. */
export const weeksOf = keepLatest(4, (year: number): BoardWeek[] => {
  const startOf = (week: number) => utcAt(addDays(sundayOf(year, week), -4), 7)
  const lastWeek = lastWeekOf(year)
  return Array.from({ length: lastWeek }, (_, index) => {
    const week = index + 1
    const [label, short] = postseason[week - regularWeeksOf(year) - 1] ?? [`Week ${week}`, `Week ${week}`]
    return { week, label, short, from: startOf(week), to: week === lastWeek ? startOf(week) + 7 * 86_400_000 : startOf(week + 1) }
  })
})

/** The week shown to who names no date, and its season: the first one from May on, the last one from February to May. */
export function weekAt(now: number): { year: number; week: number } {
  const year = latestSeasonAt(now)
  const weeks = weeksOf(year)
  const on = weeks.findLast(({ from }) => from <= now) ?? weeks[0]
  return { year, week: on?.week ?? 1 }
}

const minute = (instant: number): string => `${new Date(instant).toISOString().slice(0, 16)}Z`

const entryOf = (year: number, { week, label, short, from, to }: BoardWeek) => ({
  label,
  alternateLabel: short,
  detail: `${monthDay(from)}-${monthDay(to - 86_400_000)}`,
  // Play-offs are counted anew; the week before the Super Bowl has a number of its own.
  value: String(numberOf(year, week)),
  startDate: minute(from),
  endDate: minute(to - 60_000),
})

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

function monthDay(instant: number): string {
  const date = new Date(instant)
  return `${months[date.getUTCMonth()]} ${date.getUTCDate()}`
}

/** The number of a week within its part of the season, as the scoreboard counts. */
export function numberOf(year: number, week: number): number {
  const regular = regularWeeksOf(year)
  return week <= regular ? week : week === lastWeekOf(year) ? 5 : week - regular
}

export const partOf = (year: number, week: number) =>
  week <= regularWeeksOf(year)
    ? { type: 2, slug: 'regular-season', name: 'Regular Season', abbreviation: 'reg' }
    : { type: 3, slug: 'post-season', name: 'Postseason', abbreviation: 'post' }

/** The league's part of the answer: its season, and the calendar of its weeks. */
export function leagueOf(year: number, week: number) {
  const weeks = weeksOf(year)
  const [regular, post] = [weeks.slice(0, regularWeeksOf(year)), weeks.slice(regularWeeksOf(year))]
  const start = utcAt(addDays(openerOf(year), -35), 7)
  const end = post.at(-1)?.to ?? start
  const { type, name, abbreviation } = partOf(year, week)
  const section = (label: string, value: string, of: readonly BoardWeek[]) => ({
    label,
    value,
    startDate: minute(of[0]?.from ?? start),
    endDate: minute((of.at(-1)?.to ?? end) - 60_000),
    entries: of.map(one => entryOf(year, one)),
  })
  return {
    id: '28',
    uid: 's:20~l:28',
    name: 'National Football League',
    abbreviation: 'NFL',
    slug: 'nfl',
    season: {
      year,
      startDate: minute(start),
      endDate: minute(end - 60_000),
      displayName: String(year),
      type: { id: String(type), type, name, abbreviation },
    },
    logos: [],
    calendarType: 'list',
    calendarIsWhitelist: true,
    calendarStartDate: minute(start),
    calendarEndDate: minute(end - 60_000),
    calendar: [section('Regular Season', '2', regular), section('Postseason', '3', post)],
  }
}
