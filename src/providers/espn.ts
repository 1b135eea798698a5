import type { Day } from '../core/days.ts'
import type { ProviderDeclaration } from './declaration.ts'

/** ESPN's scoreboards and summaries. Undocumented, without a key, and without a published rate limit. */
export const espn: ProviderDeclaration = {
  id: 'espn',
  baseUrl: 'https://site.api.espn.com',
  probe: { path: today => nflScoreboardPath(today), isFile: false },
  headers: { accept: 'application/json' },
}

/**
 * The NFL's games of one Eastern day. A range of days (`dates=A-B`) was answered with 400 from 2026-09-22 on (Pharaoh-Labs/teamarr
 * 873), and without `limit` there are 25 at most (ha-teamtracker 77).
 */
export const nflScoreboardPath = (day: Day): string =>
  `/apis/site/v2/sports/football/nfl/scoreboard?dates=${day.replaceAll('-', '')}&limit=100`

/** All of one NFL game, by ESPN's number of the event. 100 to 700 KB (captures of 2023 to 2025). */
export const nflSummaryPath = (eventId: string): string =>
  `/apis/site/v2/sports/football/nfl/summary?event=${encodeURIComponent(eventId)}`
