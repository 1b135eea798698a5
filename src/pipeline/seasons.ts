import { addDays, type Day } from '../core/days.ts'
import type { Scope } from './dataset.ts'
import type { Sport } from './sport.ts'
import { allKey, type UnitSpan } from './unit-span.ts'

type WithSeasons = Pick<Sport, 'seasons'>
type SeasonSpan = Scope['seasons'][number]

/** The year in which the season of a day began. */
export const yearOfSeason = ({ seasons: { turn } }: WithSeasons, day: Day): number =>
  Number(day.slice(0, 4)) - (day.slice(5) < turn ? 1 : 0)

/** The season of that label or year, and its days: from one turn to the next. */
export function seasonSpan({ seasons: { turn, label } }: WithSeasons, season: string | number): SeasonSpan {
  const year = typeof season === 'number' ? season : Number(season.slice(0, 4))
  return { label: label(year), from: `${year}-${turn}`, to: addDays(`${year + 1}-${turn}`, -1) }
}

/** The seasons that some days touch, oldest first. */
export function seasonsOf(sport: WithSeasons, days: readonly Day[]): SeasonSpan[] {
  const years = [...new Set(days.map(day => yearOfSeason(sport, day)))].sort((a, b) => a - b)
  return years.map(year => seasonSpan(sport, year))
}

/** As receipts name several seasons: `2010..2025`; undefined for none. */
export function rangeOf(labels: readonly string[]): string | undefined {
  const [first, last] = [labels[0], labels.at(-1)]
  return first === last ? first : `${first}..${last}`
}

/** A unit for each day. */
export const byDay = ({ days }: Scope): UnitSpan[] => days.map(day => ({ key: day, from: day, to: day, season: undefined }))

/** A unit for each season from a year on; with leagues, one for each of them. */
export const bySeason =
  (from: number, leagues: readonly string[] = []) =>
  ({ seasons }: Scope): UnitSpan[] =>
    seasons
      .filter(({ label }) => Number(label.slice(0, 4)) >= from)
      .flatMap(({ label, ...days }) => {
        const keys = leagues.length > 0 ? leagues.map(league => `${league} ${label}`) : [label]
        return keys.map(key => ({ key, season: label, ...days }))
      })

/** One unit about all seasons, on the day of the run. */
export const once = ({ today }: Scope): UnitSpan[] => [{ key: allKey, from: today, to: today, season: undefined }]
