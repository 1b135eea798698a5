import type { WatermarkName } from '../store/watermarks.ts'

/** The names of watermarks and leases, for everybody who makes or reads one. */

/** Which job moves a watermark. */
export const stages = ['schedule', 'backfill', 'job'] as const

/** `job` / `report`: what the program of that job of the settings has noted. */
export const jobWatermark = (job: string): WatermarkName => ({ stage: 'job', key: job })

/** `schedule` / `daily:nba`: the last day that is loaded. */
export const dailyWatermark = (sport: string): WatermarkName => ({ stage: 'schedule', key: `daily:${sport}` })

/** `backfill` / `nba:2024-25`: the last event, day or unit of a season up to which all are settled. */
export const seasonWatermark = (sport: string, season: string): WatermarkName => ({
  stage: 'backfill',
  key: `${sport}:${season}`,
})

/** What a watermark is of; `schedule daily` is short for `schedule daily:nba`. Undefined for others. */
export function parseWatermark(stage: string, key: string): (WatermarkName & { sport: string; season?: string }) | undefined {
  if (stage === 'schedule') {
    const [, sport] = /^daily:([a-z]+)$/.exec(key === 'daily' ? 'daily:nba' : key) ?? []
    return sport === undefined ? undefined : { ...dailyWatermark(sport), sport }
  }
  const [, sport = '', season = ''] = /^([a-z]+):(.+)$/s.exec(key) ?? []
  return stage === 'backfill' && isSeason(season) ? { ...seasonWatermark(sport, season), sport, season } : undefined
}

/** `2024-25`, or `2024` where a season is a year. */
export function isSeason(label: string): boolean {
  const [, first, second] = /^(\d{4})(?:-(\d\d))?$/.exec(label) ?? []
  return first !== undefined && (second === undefined || Number(second) === (Number(first) + 1) % 100)
}

/** The lease under which requests load days or a season: `daily:nba`, `backfill:nba:2024-25`. Who holds it is alone at that watermark. */
export const requestsLease = ({ stage, key }: WatermarkName): string => (stage === 'schedule' ? key : `${stage}:${key}`)

/** The lease under which a sport's files are loaded, of whatever season, and its watermarks are moved by what the tables cover. */
export const filesLease = (sport: string): string => `files:${sport}`

/** The lease under which requests load a sport's reference data. */
export const referenceLease = (sport: string): string => `reference:${sport}`

/** The lease under which a sport is followed live. */
export const liveLease = (sport: string): string => `live:${sport}`
