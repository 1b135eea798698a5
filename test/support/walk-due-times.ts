export const minuteMs = 60_000
export const hourMs = 3_600_000

const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const made =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat('en-GB', {
      ...{ timeZone, hourCycle: 'h23', weekday: 'short' },
      ...{ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' },
    })
  formats.set(timeZone, made)
  return made
}

/** What the clock on the wall shows, in whole numbers, and in minutes since 1970 as if it were UTC. */
export function wallOf(instant: number, zone: string) {
  const parts = formatOf(zone).formatToParts(instant)
  const of = (type: string) => Number(parts.find(part => part.type === type)?.value)
  const [year, month, day, hour, minute] = ['year', 'month', 'day', 'hour', 'minute'].map(of) as [
    number,
    number,
    number,
    number,
    number,
  ]
  return wallTime(Date.UTC(year, month - 1, day, hour, minute))
}

function wallTime(ms: number) {
  const date = new Date(ms)
  return {
    ...{ ms, minute: date.getUTCMinutes(), hour: date.getUTCHours(), day: date.getUTCDate(), month: date.getUTCMonth() + 1 },
    weekday: date.getUTCDay(),
  }
}

/** What a field of cron lists. */
function valuesOf(field: string, low: number, high: number): Set<number> {
  const found = new Set<number>()
  for (const part of field.split(',')) {
    const [range = '', step = '1'] = part.split('/')
    const [from, to] = range === '*' ? [low, high] : [Number(range.split('-')[0]), Number(range.split('-')[1] ?? range)]
    for (let value = from; value <= to; value += Number(step)) found.add(value)
  }
  return found
}

/**
 * Due times by walking minute by minute along the clock: what it shows is due, with fixed hours only the first time; and what it has
 * skipped since the minute before is due now, with fixed hours.
 */
export function walkDueTimes(frequency: string, timezone: string, from: number, to: number): string[] {
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = frequency.split(' ')
  const [minutes, hours, days, months] = [
    valuesOf(minute, 0, 59),
    valuesOf(hour, 0, 23),
    valuesOf(day, 1, 31),
    valuesOf(month, 1, 12),
  ]
  const weekdays = valuesOf(weekday, 0, 6)
  const isFixed = !/[*/]/.test(hour)
  const isDay = (wall: ReturnType<typeof wallTime>) =>
    day !== '*' && weekday !== '*'
      ? days.has(wall.day) || weekdays.has(wall.weekday)
      : days.has(wall.day) && weekdays.has(wall.weekday)
  const matches = (wall: ReturnType<typeof wallTime>) =>
    minutes.has(wall.minute) && hours.has(wall.hour) && months.has(wall.month) && isDay(wall)
  const due: string[] = []
  // An hour earlier, to know what has been shown already.
  const shown = new Set<number>()
  let before = wallOf(from - 3 * hourMs, timezone)
  for (let instant = from - 3 * hourMs + minuteMs; instant <= to; instant += minuteMs) {
    const wall = wallOf(instant, timezone)
    const skipped: number[] = []
    for (let ms = before.ms + minuteMs; ms < wall.ms; ms += minuteMs) skipped.push(ms)
    const isDue = (matches(wall) && !(isFixed && shown.has(wall.ms))) || (isFixed && skipped.some(ms => matches(wallTime(ms))))
    if (isDue && instant > from) due.push(new Date(instant).toISOString())
    shown.add(wall.ms)
    before = wall
  }
  return due
}
