import type { LiveFeed } from '../../pipeline/live-feed.ts'
import type { Sport } from '../../pipeline/sport.ts'

/** A sport that declares how its events are followed. */
export type LiveSport = Sport & { live: LiveFeed }

export const isLive = (sport: Sport): sport is LiveSport => sport.live !== undefined

/** Whether a dataset of live work is wanted, where some are named. */
export const isWanted = (only: readonly string[], name: string): boolean => only.length === 0 || only.includes(name)
