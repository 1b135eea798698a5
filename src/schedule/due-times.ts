import { Cron } from 'croner'

/** When a job is due: five cron fields, read in an IANA zone. */
export interface Frequency {
  frequency: string
  timezone: string
}

/** As many are told at most; `*\/5 * * * *` has as many in a year. */
const maxDueTimes = 120_000

/**
 * The due times behind one instant, up to another, that included. Where the clock skips an hour, one of the fixed hours in it is due at the
 * first minute behind the gap; where it repeats an hour, fixed hours are due once, the first time. With `*` or a step for the hour, a time is
 * due whenever the clock shows it: never in a gap, and twice in a repeated hour.
 */
export function listDueTimes(
  frequency: Frequency,
  { after, upTo, most = maxDueTimes }: { after: Date; upTo: Date; most?: number },
): Date[] {
  const cron = createCron(frequency)
  const found: Date[] = []
  for (let due = cron.nextRun(after); due && due <= upTo && found.length < most; due = cron.nextRun(due)) found.push(due)
  return found
}

/** The first due time behind an instant; undefined where there is none, such as on 30 February. */
export const findNextDueTime = (frequency: Frequency, after: Date): Date | undefined =>
  createCron(frequency).nextRun(after) ?? undefined

const createCron = ({ frequency, timezone }: Frequency): Cron =>
  new Cron(withListedMinutes(frequency), { timezone, mode: '5-part', fixedTimeRule: 'no-wildcard', paused: true })

/**
 * Whether a repeated hour counts once is a matter of the hour alone; croner goes by the minute as well, and takes a list of minutes for
 * fixed.
 */
function withListedMinutes(frequency: string): string {
  const [minute = '', hour = '', ...rest] = frequency.split(' ')
  if (/[*/?]/.test(hour)) return frequency
  return [minute.split(',').map(listMinutes).join(','), hour, ...rest].join(' ')
}

/** `*` or a range with a step, as a list. */
function listMinutes(part: string): string {
  const [, range = '', step = '1'] = /^(\*|\?|\d+(?:-\d+)?)(?:\/(\d+))?$/.exec(part) ?? []
  if (range === '' || (range !== '*' && range !== '?' && !part.includes('/'))) return part
  const [from = 0, to = 59] = range.includes('-') ? range.split('-').map(Number) : []
  const minutes: number[] = []
  for (let minute = from; minute <= to && Number(step) > 0; minute += Number(step)) minutes.push(minute)
  return minutes.join(',') || part
}
