import { addDays, type Day, parseDay } from '../../core/days.ts'
import { UsageError } from '../../core/errors.ts'
import { closest, didYouMean } from '../../core/suggest.ts'
import { singular } from '../../pipeline/event-table.ts'
import { seasonsOf } from '../../pipeline/seasons.ts'
import type { Sport } from '../../pipeline/sport.ts'
import { filesLease, isSeason, jobWatermark, parseWatermark, requestsLease, stages } from '../../pipeline/watermark-names.ts'
import { sports } from '../../sports/index.ts'
import type { WatermarkName } from '../../store/watermarks.ts'

/** A watermark that there can be, the sport it is of, and its season where it is of one. */
export interface KnownWatermark extends WatermarkName {
  sport: Sport
  season?: string
}

/**
 * The watermark that a stage and a key name, be it of a sport or of a job of the user's own.
 * @throws UsageError for one that no job sets
 */
export function toStoredName(stage: string, key: string): WatermarkName {
  if (stage !== 'job') {
    const { sport: _, season: __, ...name } = toWatermarkName(stage, key)
    return name
  }
  if (/^[a-z][a-z0-9_-]*$/i.test(key)) return jobWatermark(key)
  throw new UsageError(`${key} cannot be the name of a job.`, { hint: 'Keys are names of jobs in the settings.' })
}

/**
 * The watermark of a sport that a stage and a key name. `schedule daily` is short for `schedule daily:nba`.
 * @throws UsageError for one that no job sets
 */
export function toWatermarkName(stage: string, key: string): KnownWatermark {
  if (stage === 'job') throw new UsageError(`The watermark job ${key} is of no sport: only its program knows what it covers.`)
  if (!(stages as readonly string[]).includes(stage)) {
    const hint = didYouMean(stage, stages)
    throw new UsageError(`There is no stage called ${stage}.`, hint ? { hint } : {})
  }
  const parsed = parseWatermark(stage, key)
  const sport = sports.find(({ id }) => id === parsed?.sport)
  if (parsed && sport) return { ...parsed, sport }
  throw new UsageError(`There is no watermark ${stage} ${key}.`, {
    hint: stage === 'schedule' ? dailyHint(key) : seasonHint(key),
  })
}

function dailyHint(key: string): string {
  const guess = closest(key, ['daily', ...sports.map(({ id }) => `daily:${id}`)])
  return guess ? `did you mean ${guess}?` : 'Keys are daily and a sport: daily:nba.'
}

function seasonHint(key: string): string {
  const [id = '', label = ''] = key.split(/:(.*)/s)
  const known = sports.map(sport => sport.id)
  const like = closest(id, known)
  return like && like !== id && isSeason(label) ? `did you mean ${like}:${label}?` : 'Keys are a sport and a season: nba:2024-25.'
}

/** The lease under which a watermark is moved: who holds it is alone at it. */
export const leaseOfWatermark = ({ sport, ...name }: KnownWatermark): string =>
  sport.settledBy === 'coverage' ? filesLease(sport.id) : requestsLease(name)

/** Checks a value before it is set: a day that is over for `schedule`, an event's id for `backfill`. */
export function checkWatermarkValue({ stage, key, sport, season = '' }: KnownWatermark, value: string, today: Day): void {
  if (stage === 'schedule' || !sport.events.ids) {
    if (!parseDay(value))
      throw new UsageError(`${value} is not a day; the value of ${stage} ${key} is a day.`, {
        hint: 'Give one as YYYY-MM-DD, e.g. 2025-01-15.',
      })
    if (stage !== 'schedule' && seasonsOf(sport, [value])[0]?.label !== season)
      throw new UsageError(`${value} is not a day of ${season}; ${stage} ${key} takes one.`)
    if (value >= today)
      throw new UsageError(`${value} is not over yet, so it cannot be complete.`, {
        hint: `The latest possible is ${addDays(today, -1)}.`,
      })
  } else {
    checkGameId(sport, value, season, `${stage} ${key}`)
  }
}

/** @throws UsageError for what can be no event's id, or is one of another season, where a flag or a watermark wants one */
export function checkGameId({ id, events }: Sport, value: string, season: string, wanting: string): void {
  const { noun, ids } = events
  const what = singular[noun]
  if (!ids)
    throw new UsageError(`${wanting} has no effect on ${id}: its ${noun} are loaded by day.`, {
      hint: 'Name days: --from, --to.',
    })
  const { form, words, seasonOf } = ids
  if (!form.test(value))
    throw new UsageError(`${value === '' ? 'An empty text' : value} is not a ${what} id; ${wanting} takes one.`, {
      hint: `Ids of ${id} are ${words}.`,
    })
  if (seasonOf(value) !== season)
    throw new UsageError(`${value} is a ${what} of ${seasonOf(value)}; ${wanting} takes one of ${season}.`)
}
