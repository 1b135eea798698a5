import type { App } from '../../app.ts'
import { addDays, type Day } from '../../core/days.ts'
import { dayOf } from '../../core/zones.ts'
import type { Calendar, GameSport } from '../../pipeline/contract.ts'
import type { WatermarkName } from '../../store/watermarks.ts'
import { checkWhole } from '../calendar-entries.ts'
import { type BackfillPlan, planBackfill, type SeasonState } from './plan-backfill.ts'
import { readSeasonState } from './season-state.ts'

export interface BackfillOptions {
  /** Its label, `2024-25`. */
  season: string
  /** Only games from this id on, compared as text. */
  since: string | undefined
  from: Day | undefined
  /** Yesterday where missing. */
  to: Day | undefined
  /** Days of a chunk; chunks of even game counts where missing. */
  chunkDays: number | undefined
  /** Chunks that are loaded at a time. */
  concurrency: number
  /** Only what chunks that failed have left. */
  retryFailed: boolean
  /** Forgets what is settled, in the name of this person, and loads the season again. */
  restart: { user: string } | undefined
  /** Does all but the commits: no lease, no run, no payload is kept. */
  dryRun: boolean
}

/** `backfill` / `nba:2024-25` */
export const watermarkOf = (sport: GameSport, season: string): WatermarkName => ({
  stage: 'backfill',
  key: `${sport.id}:${season}`,
})

/** What is known of a season, and what follows from it for a backfill. */
export async function planSeason(
  { database, clock }: Pick<App, 'database' | 'clock'>,
  sport: GameSport,
  calendar: Calendar,
  { season, since, from, to: asked, chunkDays, retryFailed, restart }: BackfillOptions,
): Promise<{ state: SeasonState; plan: BackfillPlan }> {
  await checkWhole(database, sport, calendar)
  const today = dayOf(clock.now(), sport.zone)
  const to = asked ?? addDays(today, -1)
  const named = from !== undefined || asked !== undefined
  const watermark = watermarkOf(sport, season)
  const request = { season, watermark, today, from, to, named, retryFailed, restart: restart !== undefined }
  const state = await readSeasonState({ database }, sport, calendar, request)
  return { state, plan: planBackfill(calendar, { since, from, to, chunkDays }, state) }
}
