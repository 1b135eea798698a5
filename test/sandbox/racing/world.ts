import { addDays, type Day } from '../../../src/core/days.ts'
import { createSimulatedRacing } from '../../../src/sandbox/racing/providers.ts'

// Only what the tests read: answers are taken as a client would, as JSON.
export interface ResultRunner {
  horse_id: string
  horse: string
  position: string
  number: string
  sp: string
  bsp: string
  btn: string
  ovr_btn: string
  jockey_id: string
}

export interface ResultRace {
  race_id: string
  date: Day
  region: string
  type: string
  off_dt: string
  non_runners: string
  comments: string
  tote_win: string
  runners: ResultRunner[]
}

export interface CardRunner {
  horse_id?: string
  horse: string
  number: string
  jockey: string
  jockey_id: string
  odds: { bookmaker: string; fractional: string; decimal: string; updated: string }[]
}

export interface CardRace {
  race_id?: string
  course_id?: string
  region: string
  type: string
  surface: string
  off_dt: string
  field_size: string
  is_abandoned: boolean
  runners: CardRunner[]
}

interface Page {
  total: number
  limit: number
  skip: number
  query: [string, string][]
}

/** The simulated API of a seed, asked at any instant. */
export function createRacingWorld(seed = 1) {
  const [api] = createSimulatedRacing(seed)
  const answerTo = (path: string, now: string) => {
    const { pathname, searchParams } = new URL(path, 'http://sandbox')
    return api?.answer(pathname, searchParams, new Date(now)) ?? api?.missing()
  }
  const ask = <T>(path: string, now: string): T => JSON.parse(answerTo(path, now)?.body.toString() ?? '') as T

  return {
    bytes: (path: string, now: string) => answerTo(path, now)?.body.toString(),
    status: (path: string, now: string) => answerTo(path, now)?.status,
    ask,
    page: (query: string, now: string) => ask<Page & { results: ResultRace[] }>(`/v1/results?${query}`, now),
    /** All results of a day. */
    results: (day: Day, now: string) =>
      ask<{ results: ResultRace[] }>(`/v1/results?start_date=${day}&end_date=${day}&limit=100`, now).results,
    /** All cards of a day, in the plan pro. */
    cards: (day: Day, now: string) => ask<{ racecards: CardRace[] }>(`/v1/racecards/pro?date=${day}`, now).racecards,
  }
}

/** Every so many days of a year, from a day on. */
export const daysOf = (from: Day, count: number, apart = 1): Day[] =>
  Array.from({ length: count }, (_, i) => addDays(from, i * apart))
