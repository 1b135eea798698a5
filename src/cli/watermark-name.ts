import { parseDay } from '../core/days.ts'
import { UsageError } from '../core/errors.ts'
import { didYouMean } from '../core/suggest.ts'
import type { WatermarkName } from '../store/watermarks.ts'

const stages = ['schedule', 'backfill']

/** `schedule daily` is short for `schedule daily:nba`. */
export function toWatermarkName(stage: string, key: string): WatermarkName {
  if (!stages.includes(stage))
    throw new UsageError(`There is no stage called ${stage}.`, { hint: didYouMean(stage, stages) ?? stages.join(', ') })
  return { stage, key: stage === 'schedule' && key === 'daily' ? 'daily:nba' : key }
}

/** Checks a value before it is set: a day that is over for `schedule`, a game id for `backfill`. */
export function checkWatermarkValue({ stage, key }: WatermarkName, value: string, today: string): void {
  if (stage === 'schedule') {
    if (!parseDay(value))
      throw new UsageError(`${value} is no day, which ${stage} ${key} wants.`, {
        hint: 'give one as YYYY-MM-DD, e.g. 2025-01-15',
      })
    if (value >= today)
      throw new UsageError(`${value} is not over yet, so it cannot be complete.`, {
        hint: `the latest possible is the day before ${today}`,
      })
  } else if (!/^[\w.:-]{1,64}$/.test(value)) {
    throw new UsageError(`${value} is no game id, which ${stage} ${key} wants.`, {
      hint: 'give one as the provider writes it, e.g. 0022400561',
    })
  }
}
