import type { SideLines } from './lines.ts'
import type { Player } from './players.ts'
import type { Result, Side } from './plays.ts'

/** `2026-02-12T00:00:00Z` */
export const utc = (instant: number): string => new Date(instant).toISOString().replace('.000Z', 'Z')

/** `20260211/AWYHOM` */
export const gameCode = (day: string, away: string, home: string): string => `${day.replaceAll('-', '')}/${away}${home}`

/** A side's score per period, as on the scoreboard too. */
export const periodScores = (periods: Result['periods'], side: Side) =>
  periods.map(({ home, away }, index) => ({
    period: index + 1,
    periodType: index < 4 ? 'REGULAR' : 'OVERTIME',
    score: side === 0 ? home : away,
  }))

export const nameOf = ({ firstName, familyName }: Pick<Player, 'firstName' | 'familyName'>) => ({
  name: `${firstName} ${familyName}`,
  nameI: `${firstName.slice(0, 1)}. ${familyName}`,
  firstName,
  familyName,
})

/** `"1"` where the other side has five fouls in the period, and the timeouts left of seven. */
export const benchOf = (side: Side, both: readonly SideLines[], elapsed: number) => ({
  inBonus: flag((both[side === 0 ? 1 : 0]?.team.foulsInPeriod ?? 0) >= 5),
  timeoutsRemaining: Math.max(0, 7 - Math.floor(elapsed / 480)),
})

export const flag = (is: boolean): '1' | '0' => (is ? '1' : '0')
