import { wallClock } from '../core/zones.ts'
import { type Frequency, listDueTimes } from './due-times.ts'

const dayMs = 86_400_000

/** So far ahead changes of the clock are looked for: each zone has all of its own within a year. */
const weeks = 104

/**
 * Cron fields by which something that knows no zone of ours (a crontab, a host's scheduler) starts a job at each of its due times, and maybe
 * at others, when there is nothing to do. Where clocks change, one time on the job's clock is two elsewhere: then both are in the fields.
 * @param readIn zones in which the fields may be read: several where it is not known which
 */
export function fieldsIn(job: Frequency, readIn: readonly string[], now: Date): string {
  const { frequency } = job
  const [timezone = '', ...all] = [job.timezone, ...readIn].map(canonical)
  const zones = [...new Set(all)]
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = frequency.split(' ')
  const isEachHour = /[*/]/.test(hour)
  const changes = listChanges([timezone, ...zones], now)
  // Minutes move with a zone whose offset is no whole hour, whatever the hour is.
  const shape = { frequency: `${minute} ${isEachHour ? '12' : hour} * * *`, timezone }
  const due = [now, ...changes].flatMap(at =>
    listDueTimes(shape, { after: new Date(at.getTime() - dayMs), upTo: new Date(at.getTime() + 8 * dayMs) }),
  )
  const shown = zones.flatMap(zone => due.map(at => ({ own: clockOf(at, timezone), there: clockOf(at, zone) })))
  const others = zones.filter(zone => zone !== timezone)
  // A cron starts nothing twice for fixed hours when the clock repeats one, though a job of another zone may be due the second time.
  const isAnyHour = isEachHour || zones.length > 1 || others.some(zone => listChanges([zone], now).length > 0)
  const isOtherDay = isAnyHour ? others.length > 0 : shown.some(({ own, there }) => own.day !== there.day)
  const minutes = listed(
    shown.map(({ there }) => there.minute),
    60,
  )
  const hours = listed(
    shown.map(({ there }) => there.hour),
    24,
  )
  // Of two restricted fields some take days that are in both, and some those in either.
  const isBoth = day !== '*' && weekday !== '*'
  return [
    minutes,
    isAnyHour ? '*' : hours,
    ...(isOtherDay ? ['*', '*', '*'] : isBoth ? ['*', month, '*'] : [day, month, weekday]),
  ].join(' ')
}

/** Etc/UTC and UTC are one. */
const canonical = (zone: string): string => new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone

/** The beginnings of weeks within which the offset of one of the zones changes. */
function listChanges(zones: readonly string[], now: Date): Date[] {
  const offsets = (at: Date) => zones.map(zone => wallClock(at, zone, 'xxx')).join()
  const all = Array.from({ length: weeks + 1 }, (_, week) => new Date(now.getTime() + week * 7 * dayMs))
  const shown = all.map(offsets)
  return all.filter((_, week) => week < weeks && shown[week] !== shown[week + 1])
}

function clockOf(at: Date, zone: string) {
  const [day, hour, minute] = wallClock(at, zone, 'yyyy-MM-dd HH mm').split(' ')
  return { day, hour: Number(hour), minute: Number(minute) }
}

/** Values of a field, in order: `*` for all of them, `*\/10` for a step through all of them, `7-20`, or a list. */
function listed(values: readonly number[], count: number): string {
  const all = [...new Set(values)].sort((a, b) => a - b)
  if (all.length === count) return '*'
  const step = count / all.length
  const isStep = all.length > 2 && Number.isInteger(step) && all.every((value, i) => value === i * step)
  if (isStep) return `*/${step}`
  const [first = 0, last = 0] = [all[0], all.at(-1)]
  return all.length > 2 && last - first === all.length - 1 ? `${first}-${last}` : all.join(',')
}
