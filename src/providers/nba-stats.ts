import type { Day } from '../core/days.ts'
import type { ProviderDeclaration } from './declaration.ts'
import { nbaCdn } from './nba-cdn.ts'

/**
 * The NBA's statistics service. It requires a browser's headers, throttles bursts (0.6 to 1 s between requests is the advice in
 * swar/nba_api issue 176), and keeps cloud hosts waiting until they give up rather than answering (issues 176 and 320):
 * these time-outs detect that within 15 seconds, while a host that is answered has its answers in 2 or 3.
 */
export const nbaStats: ProviderDeclaration = {
  id: 'nba-stats',
  baseUrl: 'https://stats.nba.com',
  // One day's lines.
  probe: { path: today => gameLogPath(seasonOn(today), 'regular', today, today) as string, isFile: false },
  isOptional: true,
  headers: { ...nbaCdn.headers, 'accept-language': 'en-US,en;q=0.9' },
  limits: { ratePerSecond: 1, maxConcurrent: 1, connectTimeoutMs: 3_000, headersTimeoutMs: 6_000, bodyTimeoutMs: 6_000 },
  retry: { maxAttempts: 2, initialDelayMs: 1_000, maxRetryAfterMs: 30_000 },
}

/** The season of a day, which begins in July: `2024-25`. */
function seasonOn(day: Day): string {
  const year = Number(day.slice(0, 4)) - (day.slice(5) < '07-01' ? 1 : 0)
  return `${year}-${String((year + 1) % 100).padStart(2, '0')}`
}

/** The schedule of any season (`2024-25`), in the shape of the cdn's. */
export const seasonSchedulePath = (season: string): string => `/stats/scheduleleaguev2int?LeagueID=00&Season=${season}`

/**
 * The service's names of our season types. Without the Cup final: other endpoints call it `IST`, but for this one that is not documented.
 */
const seasonTypeNames: Record<string, string> = {
  preseason: 'Pre+Season',
  regular: 'Regular+Season',
  'all-star': 'All+Star',
  'play-in': 'PlayIn',
  playoffs: 'Playoffs',
}

/**
 * All players' lines of a season type within some days, both included; undefined for a season type the service has no name for.
 * `Counter` is no limit: 2,460 rows came with this one.
 */
export function gameLogPath(season: string, seasonType: string, from: Day, to: Day): string | undefined {
  const name = seasonTypeNames[seasonType]
  if (!name) return undefined
  const which = `LeagueID=00&Season=${season}&SeasonType=${name}&PlayerOrTeam=P`
  return `/stats/leaguegamelog?${which}&Counter=1000&Sorter=DATE&Direction=DESC&DateFrom=${from}&DateTo=${to}`
}
