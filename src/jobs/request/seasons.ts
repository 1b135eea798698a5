import type { Day } from '../../core/days.ts'
import { UsageError } from '../../core/errors.ts'
import { yearOfSeason } from '../../pipeline/seasons.ts'
import type { Sport } from '../../pipeline/sport.ts'

/**
 * The seasons that a text names: a label (`2024-25`, or `2024` where a season is a year), or a range of them (`2022-23..2024-25`).
 * @param today in the sport's zone: a season that has not begun has nothing to load
 * @throws UsageError for what is no season of the sport
 */
export function toSeasons(text: string, sport: Sport, today: Day): string[] {
  const { first, label } = sport.seasons
  const current = yearOfSeason(sport, today)
  const ends = text.split('..')
  const years = ends.map(end => toYear(end, text, sport, current))
  const [from, to = from] = years
  if (from === undefined || to === undefined || years.length > 2)
    throw new UsageError(`${text} is not a range of seasons.`, { hint: `Write ${label(current - 2)}..${label(current)}.` })
  if (from > to) throw new UsageError(`The range ${text} runs backwards.`, { hint: `Write ${label(to)}..${label(from)}.` })
  if (to > current)
    throw new UsageError(`The season ${label(to)} has not begun.`, { hint: `The current season is ${label(current)}.` })
  if (from < first) throw new UsageError(`There was no season ${label(from)}.`, { hint: `The first one is ${label(first)}.` })
  return Array.from({ length: to - from + 1 }, (_, i) => label(from + i))
}

/** The seasons of the days from one to another. @throws UsageError for days before the first season */
export function seasonsOfDays(from: Day, to: Day, sport: Sport): string[] {
  const { first, label } = sport.seasons
  const [start, end] = [yearOfSeason(sport, from), yearOfSeason(sport, to)]
  if (start < first)
    throw new UsageError(`${from} is before the first season of ${sport.id}, ${label(first)}.`, { hint: 'Give a later day.' })
  return Array.from({ length: end - start + 1 }, (_, i) => label(start + i))
}

function toYear(end: string, text: string, { id, seasons: { first, label } }: Sport, current: number): number {
  const year = Number(/^(\d{4})(?:-\d\d(?:\d\d)?)?$/.exec(end)?.[1])
  if (label(year) === end) return year
  const hint = !(year >= first && year <= current)
    ? `Write ${label(current)}, or a range: ${label(current - 2)}..${label(current)}.`
    : `did you mean ${label(year)}?`
  throw new UsageError(`There is no season ${end || text || 'without a name'} of ${id}.`, { hint })
}
