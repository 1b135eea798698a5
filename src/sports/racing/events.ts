import type { EventTable } from '../../pipeline/event-table.ts'
import { races } from './tables.ts'

/** The races of all courses. They are asked for by day, so watermarks stand on days. */
export const raceTable: EventTable = {
  noun: 'races',
  table: races,
  columns: { day: 'raceDate', startsAt: 'offAt', lastCheckedAt: 'lastCheckedAt' },
  statuses: { ahead: ['scheduled'], on: ['live'], over: ['final'], off: ['abandoned', 'void'], moved: [] },
  label: sql => sql`e.course`,
}
