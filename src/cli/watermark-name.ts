import { addDays, type Day, parseDay } from '../core/days.ts'
import { UsageError } from '../core/errors.ts'
import { closest, didYouMean } from '../core/suggest.ts'
import type { Sport } from '../pipeline/contract.ts'
import { sports } from '../sports/index.ts'
import type { WatermarkName } from '../store/watermarks.ts'

const stages = ['schedule', 'backfill']

/** A watermark that there can be, and the sport it is of. */
export interface KnownWatermark extends WatermarkName {
  sport: Sport
}

/**
 * The watermark that a stage and a key name. `schedule daily` is short for `schedule daily:nba`.
 * @throws UsageError for one that no job sets
 */
export function toWatermarkName(stage: string, key: string): KnownWatermark {
  if (!stages.includes(stage)) {
    const hint = didYouMean(stage, stages)
    throw new UsageError(`There is no stage called ${stage}.`, hint ? { hint } : {})
  }
  return stage === 'schedule' ? daily(key === 'daily' ? 'daily:nba' : key) : season(key)
}

function daily(key: string): KnownWatermark {
  const sport = sports.find(({ id }) => key === `daily:${id}`)
  if (sport) return { stage: 'schedule', key, sport }
  const guess = closest(key, ['daily', ...sports.map(({ id }) => `daily:${id}`)])
  throw new UsageError(`There is no watermark schedule ${key}.`, {
    hint: guess ? `did you mean ${guess}?` : 'Keys are daily and a sport: daily:nba.',
  })
}

/** `nba:2024-25`, or `nba:2024` where a season is a year. */
function season(key: string): KnownWatermark {
  const [id = '', label = ''] = key.split(/:(.*)/s)
  const sport = sports.find(sport => sport.id === id)
  if (sport && isSeason(label)) return { stage: 'backfill', key, sport }
  const like = closest(
    id,
    sports.map(sport => sport.id),
  )
  const guess =
    like && like !== id && isSeason(label) ? `did you mean ${like}:${label}?` : 'Keys are a sport and a season: nba:2024-25.'
  throw new UsageError(`There is no watermark backfill ${key}.`, { hint: guess })
}

function isSeason(label: string): boolean {
  const [, first, second] = /^(\d{4})(?:-(\d\d))?$/.exec(label) ?? []
  return first !== undefined && (second === undefined || Number(second) === (Number(first) + 1) % 100)
}

/** Checks a value before it is set: a day that is over for `schedule`, a game id for `backfill`. */
export function checkWatermarkValue({ stage, key, sport }: KnownWatermark, value: string, today: Day): void {
  if (stage === 'schedule') {
    if (!parseDay(value))
      throw new UsageError(`${value} is no day, which ${stage} ${key} wants.`, {
        hint: 'Give one as YYYY-MM-DD, e.g. 2025-01-15.',
      })
    if (value >= today)
      throw new UsageError(`${value} is not over yet, so it cannot be complete.`, {
        hint: `The latest possible is ${addDays(today, -1)}.`,
      })
  } else {
    checkGameId(sport, value, key.slice(sport.id.length + 1), `${stage} ${key}`)
  }
}

/** @throws UsageError for what can be no game's id, or is one of another season, where a flag or a watermark wants one */
export function checkGameId({ id, gameIds }: Sport, value: string, season: string, wanting: string): void {
  const { form, words, seasonOf } = gameIds
  if (!form.test(value))
    throw new UsageError(`${value === '' ? 'An empty text' : value} is no game id, which ${wanting} wants.`, {
      hint: `Ids of ${id} are ${words}.`,
    })
  if (seasonOf(value) !== season)
    throw new UsageError(`${value} is a game of ${seasonOf(value)}, and ${wanting} wants one of ${season}.`)
}
