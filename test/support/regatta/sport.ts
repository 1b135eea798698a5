import { PayloadError } from '../../../src/core/errors.ts'
import { linesOf } from '../../../src/pipeline/coverage.ts'
import type { FileDataset, RequestDataset } from '../../../src/pipeline/dataset.ts'
import type { EventTable } from '../../../src/pipeline/event-table.ts'
import { emptyItem, type Item } from '../../../src/pipeline/item.ts'
import type { EventRow } from '../../../src/pipeline/rows.ts'
import { byDay, bySeason, seasonsOf } from '../../../src/pipeline/seasons.ts'
import type { Sport } from '../../../src/pipeline/sport.ts'
import { boats, races, rowers } from './tables.ts'

/** A race as the provider sends it, in results and in fixtures. */
export interface SentRace {
  id: string
  day: string
  title: string
  status: string
  boats?: readonly { lane: number; club: string; seconds: number | null }[]
}

/** A page of a day's results. */
export interface ResultsPage {
  /** All races of the day, on all its pages. */
  total: number
  /** The number of the following page; null on the last one. */
  next: number | null
  races: readonly SentRace[]
}

export const leagues = ['eng.1', 'esp.1'] as const

const provider = 'regatta-office'

/** There are no results before; so a test's seasons have a few days only. */
const firstDay = '2024-12-20'

const seasons: Sport['seasons'] = {
  first: 2000,
  // Before New Year's regattas.
  turn: '12-30',
  label: year => `${year}-${String((year + 1) % 100).padStart(2, '0')}`,
}

const events: EventTable = {
  noun: 'races',
  table: races,
  columns: { day: 'raceDay', startsAt: 'startsAt', lastCheckedAt: 'lastCheckedAt' },
  statuses: { ahead: ['listed'], on: ['racing'], over: ['rowed'], off: ['abandoned'], moved: ['postponed'] },
  label: sql => sql`e.title`,
  ids: {
    form: /^\d{8}-\d+$/,
    words: 'day and number, e.g. 20250103-1',
    seasonOf: id => seasonOf(`${id.slice(0, 4)}-${id.slice(4, 6)}-${id.slice(6, 8)}`),
  },
}

const seasonOf = (day: string): string => seasonsOf({ seasons }, [day])[0]?.label ?? ''

function toItem({ id, day, title, status, boats: lines }: SentRace): Item {
  if (!id || !day) throw new PayloadError('A race has no id, or no day.')
  const event: EventRow = {
    ...{ provider, providerId: id, season: seasonOf(day), raceDay: day },
    ...{ startsAt: new Date(`${day}T10:00:00Z`), status, title },
  }
  const rows = lines?.map(({ lane, club, seconds }) => {
    return { raceId: id, lane, provider, providerId: `${id}/${lane}`, club, seconds }
  })
  return { ...emptyItem(id, day), event, tables: rows ? [{ table: boats, rows, group: 'raceId' }] : [] }
}

/** A day's races, page by page. */
const results: RequestDataset = {
  name: 'results',
  read: 'requests',
  cadence: ['daily'],
  coverage: [linesOf(boats, 'raceId', 1)],
  provider,
  units: scope => byDay(scope).filter(({ key }) => key >= firstDay),
  lookbackDays: 2,
  standing: 'final',
  mayBeMissing: () => false,
  requests: ({ key }) => [{ path: `/results/${key}?page=1` }],
  next: ({ path }, answer) => {
    const { next } = answer as ResultsPage
    return next === null ? undefined : { path: path.replace(/page=\d+$/, `page=${next}`) }
  },
  transform: answer => {
    const { total, races: sent } = answer as ResultsPage
    return { items: sent.map(toItem), expected: total }
  },
}

/** The races to come of a league's season, in one answer. */
const fixtures: RequestDataset = {
  name: 'fixtures',
  read: 'requests',
  cadence: ['daily'],
  coverage: [],
  provider,
  units: bySeason(2000, leagues),
  lookbackDays: 0,
  standing: 'provisional',
  mayBeMissing: () => true,
  requests: ({ key }) => [{ path: `/fixtures/${key.replace(' ', '/')}.json` }],
  transform: answer => ({ items: (answer as { races: SentRace[] }).races.map(toItem) }),
}

/** The rowers of a season, in a table of their own. */
const people: FileDataset = {
  name: 'people',
  read: 'file',
  cadence: ['daily'],
  coverage: [],
  units: bySeason(2000),
  sources: ({ season = '' }) => [{ provider, path: `/rowers/${season}.csv` }],
  content: { rows: { table: rowers, required: ['name', 'weight'] } },
}

/** A sport of three kinds of datasets, without a schedule; served from that address. */
export const regatta = (baseUrl: string, settledBy: Sport['settledBy'] = 'run'): Sport => ({
  id: 'regatta',
  zone: 'Europe/London',
  providers: [{ id: provider, baseUrl, headers: {} }],
  seasons,
  events,
  datasets: [results, fixtures, people],
  derivations: [],
  values: [],
  quality: [],
  settledBy,
})
