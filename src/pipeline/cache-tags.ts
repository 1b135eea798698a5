import { singular } from './event-table.ts'
import type { Sport } from './sport.ts'

/** More events than these are told as all there are. */
const mostEvents = 200

/** The caches' names for events that have changed; where one of them is over, the figures of clubs and people, too. */
export function tagsOfEvents(
  { id: sport, events }: Pick<Sport, 'id' | 'events'>,
  changed: ReadonlySet<string>,
  isAnyOver = false,
): string[] {
  if (changed.size === 0) return []
  const { noun } = events
  const each = changed.size > mostEvents ? [`${noun}:${sport}`] : [...changed].map(id => `${singular[noun]}:${sport}:${id}`)
  return [noun, ...each, ...(isAnyOver ? tagsOfPeople(sport) : [])]
}

/** The same for lines and people that come in files. */
export const tagsOfPeople = (sport: string): string[] => [`players:${sport}`, `teams:${sport}`]
