import type { LiveDays, LiveFeed } from '../../pipeline/live-feed.ts'
import type { Sport } from '../../pipeline/sport.ts'

/** A sport that declares how its events are followed. */
export type LiveSport = Sport & { live: LiveFeed | LiveDays }

export const isLive = (sport: Sport): sport is LiveSport => sport.live !== undefined
