import type { GameStatus } from '../../pipeline/rows.ts'

/** From the id's third digit (`0022400561` is regular). */
const seasonTypes: Record<string, string> = {
  1: 'preseason',
  2: 'regular',
  3: 'all-star',
  4: 'playoffs',
  5: 'play-in',
  6: 'cup-final',
}

export const seasonTypeOf = (gameId: string): string => seasonTypes[gameId.charAt(2)] ?? 'other'

/**
 * The NBA numbers three states only: 1 not started, 2 live, 3 final. A postponed or cancelled game is recognized by its
 * text and stays at 1. Texts are trimmed and matched loosely: a real `Final` came with 15 spaces behind it.
 */
export function statusOf(gameStatus: number, text: string): GameStatus {
  if (gameStatus === 3) return 'final'
  if (gameStatus === 2) return 'live'
  if (/\bppd\b|postponed/i.test(text)) return 'postponed'
  return /cancel/i.test(text) ? 'cancelled' : 'scheduled'
}

/** The last period of a game by its final text: `Final` 4, `Final/OT` 5, `Final/OT2` 6; null for any other text. */
export function finalPeriodOf(text: string): number | null {
  const found = /^final(?:\/ot(\d*))?/i.exec(text.trim())
  if (!found) return null
  return found[1] === undefined ? 4 : 4 + Number(found[1] || 1)
}
