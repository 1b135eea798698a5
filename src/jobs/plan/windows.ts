import { addDays, type Day } from '../../core/days.ts'

/** Civil days, both included. */
export interface Window {
  from: Day
  to: Day
}

/** Windows of `size` days from `from` to `to`, the last one shorter; lazily, so that a plan of decades costs nothing until it is worked off. */
export function* windowsOfDays({ from, to }: Window, size: number): Generator<Window> {
  for (let start = from; start <= to; start = addDays(start, size)) {
    const end = addDays(start, size - 1)
    yield { from: start, to: end < to ? end : to }
  }
}

/**
 * Windows of whole days with about `size` events each, which together cover `from` to `to`: a window ends with the day on which it
 * has that many. Even chunks take even time and lose evenly when one is lost; a week of preseason and one of January do not.
 * @param countOn how many events a day has
 */
export function* windowsOfEvents({ from, to }: Window, countOn: (day: Day) => number, size: number): Generator<Window> {
  let start = from
  let events = 0
  for (let day = from; day <= to; day = addDays(day, 1)) {
    events += countOn(day)
    if (events < size && day !== to) continue
    yield { from: start, to: day }
    start = addDays(day, 1)
    events = 0
  }
}
