import { wallClock } from '../core/zones.ts'
import type { LiveReceipt } from '../jobs/live/live-receipt.ts'
import type { TurnNote } from '../jobs/live/tenure.ts'
import { paint } from './paint.ts'
import { findingLines, gamesText, heading, line, rowsLine } from './receipt-lines.ts'
import { cut } from './table.ts'

const width = 80

/** A turn as people follow it, on one line: `nba live until 22:40: LAL-BOS Q2 4:24, 3 more · next look 19:35:00 EST`. */
export function turnLine({ sport, mode, why, until, nextLookAt, incident }: TurnNote): string {
  const next = ` · next look ${wallClock(nextLookAt, sport.zone, 'HH:mm:ss zzz')}`
  const end = mode === 'live' && until ? ` until ${wallClock(until, sport.zone, 'HH:mm')}` : ''
  const said = incident ? `${sport.id} ${mode}, failing: ${incident.reason}` : `${sport.id} ${mode}${end}: ${why}`
  return `${cut(said, width - next.length)}${next}`
}

export const standbyLine = (sport: string, message: string): string => cut(`${sport} stands by: ${message}`, width)

/** What `live --once` did, within 80 columns. */
export function liveReceipt(receipt: LiveReceipt): string {
  const { sport, mode, why, games, requests, updates, failures } = receipt
  const notLoaded = failures - games.dead
  return [
    heading(`${sport} live`, receipt),
    line('mode', `${mode}: ${why}`),
    ...(updates && notLoaded <= 0 ? [line('schedule', 'brought up to date')] : []),
    ...(notLoaded > 0 ? [line('schedule', `${notLoaded} failures: runs list, dead-letters list`, paint.red)] : []),
    line('games', games.asked ? gamesText(games) : 'none had moved', games.dead ? paint.red : undefined),
    rowsLine({ ...receipt, dryRun: false }),
    line('requests', String(requests)),
    ...findingLines(receipt.findings, receipt.run),
  ].join('\n')
}
