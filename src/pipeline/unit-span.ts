import type { Day } from '../core/days.ts'

/** What a unit covers, and its name among the chunks, files, dead letters and receipts of a sport. */
export interface UnitSpan {
  /** `2025-01-15`, `2024-25`, `eng.1 2024-25`, `all` */
  key: string
  from: Day
  to: Day
  /** Undefined where it is about all seasons, or about days alone. */
  season: string | undefined
}

/** `player-stats of 2024`, `games`, for messages. */
export const nameOf = (dataset: string, { key }: Pick<UnitSpan, 'key'>): string =>
  key === allKey ? dataset : `${dataset} of ${key}`

/** The key of a unit about all seasons. */
export const allKey = 'all'
