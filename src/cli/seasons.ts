import type { Day } from '../core/days.ts'
import { UsageError } from '../core/errors.ts'
import type { Sport } from '../pipeline/contract.ts'

/**
 * The seasons that a text names: a label (`2024-25`, or `2024` where a season is a year), or a range of them (`2022-23..2024-25`).
 * @param today in the sport's zone: a season that has not begun has nothing to load
 * @throws UsageError for what is no season of the sport
 */
export function toSeasons(text: string, sport: Sport, today: Day): string[] {
  const { first, turn, label } = sport.seasons
  const current = Number(today.slice(0, 4)) - (today.slice(5) < turn ? 1 : 0)
  const ends = text.split('..')
  const years = ends.map(end => toYear(end, text, sport, current))
  const [from, to = from] = years
  if (from === undefined || to === undefined || years.length > 2)
    throw new UsageError(`${text} is no range of seasons.`, { hint: `Write ${label(current - 2)}..${label(current)}.` })
  if (from > to) throw new UsageError(`The range ${text} runs backwards.`, { hint: `Write ${label(to)}..${label(from)}.` })
  if (to > current)
    throw new UsageError(`The season ${label(to)} has not begun.`, { hint: `The one that is on is ${label(current)}.` })
  if (from < first) throw new UsageError(`There was no season ${label(from)}.`, { hint: `The first one is ${label(first)}.` })
  return Array.from({ length: to - from + 1 }, (_, i) => label(from + i))
}

function toYear(end: string, text: string, { id, seasons: { first, label } }: Sport, current: number): number {
  const year = Number(/^(\d{4})(?:-\d\d(?:\d\d)?)?$/.exec(end)?.[1])
  if (label(year) === end) return year
  const hint = !(year >= first && year <= current)
    ? `Write ${label(current)}, or a range: ${label(current - 2)}..${label(current)}.`
    : `did you mean ${label(year)}?`
  throw new UsageError(`There is no season ${end || text || 'without a name'} of ${id}.`, { hint })
}
