/** A civil day, `YYYY-MM-DD`. Which instants it covers depends on the sport's zone. Compares as text. */
export type Day = string

/** No sport we know kept scores before; below year 1 dates no longer compare as text. */
const firstYear = 1800

const pattern = /^(\d{4})-(\d{2})-(\d{2})$/

/** The day a text names, or undefined where it names none (`2025-02-30`, `2025-2-3`, `yesterday`). */
export function parseDay(text: string): Day | undefined {
  const found = pattern.exec(text)
  if (!found) return undefined
  const [year, month, day] = [Number(found[1]), Number(found[2]), Number(found[3])]
  const date = new Date(Date.UTC(year, month - 1, day))
  return year >= firstYear && date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? text : undefined
}

/** The day `count` days later (earlier where negative). Civil arithmetic: no zone, no 23-hour days. */
export function addDays(day: Day, count: number): Day {
  const date = new Date(`${day}T00:00:00Z`)
  date.setUTCDate(date.getUTCDate() + count)
  return date.toISOString().slice(0, 10)
}

/** Every day from `from` to `to`, both included; empty where `to` is before `from`. */
export function eachDay(from: Day, to: Day): Day[] {
  const days: Day[] = []
  for (let day = from; day <= to; day = addDays(day, 1)) days.push(day)
  return days
}
