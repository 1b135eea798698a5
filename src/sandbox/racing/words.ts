import type { Race } from './race.ts'
import { ukClock } from './uk.ts'

/** A clock of twelve hours that does not say which half of the day it means: `8:30`. */
const clockText = (local: string) => `${((Number(local.slice(11, 13)) + 11) % 12) + 1}${local.slice(13, 16)}`

/** `1m2f`. */
const furlongsText = (furlongs: number): string =>
  [Math.floor(furlongs / 8) ? `${Math.floor(furlongs / 8)}m` : '', furlongs % 8 ? `${furlongs % 8}f` : ''].join('')

/** What cards and results say of a race, though not always under the same name. */
export function raceWords(race: Race) {
  const { meeting, furlongs, yards, offAt } = race
  const { text, offset } = ukClock(offAt)
  const round = furlongsText(furlongs)
  const extra = yards - furlongs * 220
  return {
    clock: clockText(text),
    offDt: text + offset,
    surface: meeting.code === 'aw' ? 'AW' : 'Turf',
    distance: { round, exact: extra > 0 ? `${round}${extra}y` : round, metres: String(Math.round(yards * 0.9144)) },
    currency: meeting.course.region === 'IRE' ? '€' : '£',
  }
}

/** A number with at most two places behind the point: `3`, `3.25`, `5.50`. */
export const moneyText = (amount: number): string => amount.toFixed(2).replace(/\.00$/, '')
