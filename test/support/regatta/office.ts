import { csv } from '../csv.ts'
import { type ProviderServer, type Reply, reply, startProviderServer } from '../provider-server.ts'
import type { ResultsPage, SentRace } from './sport.ts'

/** What the provider has. It may change between runs. */
export interface Office {
  /** Races that have been rowed, by day. */
  results: Record<string, SentRace[]>
  /** How many races a day is said to have, where that is not the number of its races. */
  totals: Record<string, number>
  /** Races to come, by league and season: `eng.1 2024-25`. */
  fixtures: Record<string, SentRace[]>
  /** CSV by season. */
  rowers: Record<string, string>
  /** What is sent instead, by path. */
  instead: Record<string, Reply | Reply[]>
}

export interface OfficeServer extends ProviderServer {
  /** Paths asked for since this was called last. */
  asked(): string[]
}

const clubs = ['Mallard', 'Heron', 'Grebe', 'Kingfisher', 'Bittern', 'Coot'] as const

/** The nth race of a day, in which two or more boats were rowed. */
export function race(day: string, n: number, more: Partial<SentRace> = {}): SentRace {
  const lanes = [1, 2].map(lane => ({ lane, club: clubs[(n + lane) % clubs.length] as string, seconds: 400 + 10 * n + lane }))
  return { id: `${day.replaceAll('-', '')}-${n}`, day, title: `Heat ${n}`, status: 'rowed', boats: lanes, ...more }
}

/** The same race before it is rowed. */
export function fixture(day: string, n: number, more: Partial<SentRace> = {}): SentRace {
  const { boats: _, ...known } = race(day, n)
  return { ...known, status: 'listed', ...more }
}

/** Two seasons: a day of three races and one of one race in each, and two races to come in the later one. */
export function twoSeasons(): Office {
  return {
    results: {
      '2024-12-26': [race('2024-12-26', 1), race('2024-12-26', 2), race('2024-12-26', 3)],
      '2024-12-28': [race('2024-12-28', 1)],
      '2025-01-01': [race('2025-01-01', 1), race('2025-01-01', 2), race('2025-01-01', 3)],
      '2025-01-03': [race('2025-01-03', 1)],
    },
    totals: {},
    fixtures: {
      'eng.1 2024-25': [fixture('2025-01-03', 1), fixture('2025-01-08', 1)],
      'esp.1 2024-25': [fixture('2025-01-09', 1)],
    },
    rowers: { '2023-24': rowersOf('2023-24'), '2024-25': rowersOf('2024-25') },
    instead: {},
  }
}

/** A season's file of rowers. */
export const rowersOf = (season: string, count = 3): string =>
  csv(Array.from({ length: count }, (_, i) => ({ season, rower_id: `r${i + 1}`, name: `Rower ${i + 1}`, weight: 70 + i })))

const pageSize = 2

/** Serves it on loopback: two races a page; for a league without fixtures an empty list; no file for a season without rowers. */
export async function startOffice(office: Office): Promise<OfficeServer> {
  const server = await startProviderServer(({ path, earlier }) => {
    const instead = office.instead[path]
    const given = Array.isArray(instead) ? instead[earlier] : instead
    return given ?? answerTo(office, path)
  })
  let told = 0
  return {
    ...server,
    asked: () => {
      const paths = server.requests.slice(told).map(({ path }) => path)
      told = server.requests.length
      return paths
    },
  }
}

function answerTo(office: Office, path: string): Reply | undefined {
  const [, day = '', page = ''] = /^\/results\/([\d-]+)\?page=(\d+)$/.exec(path) ?? []
  if (day) return reply(200, {}, pageOf(office, day, Number(page)))
  const [, league = '', season = ''] = /^\/fixtures\/(.+)\/(.+)\.json$/.exec(path) ?? []
  if (league) return reply(200, {}, { races: office.fixtures[`${league} ${season}`] ?? [] })
  const file = office.rowers[/^\/rowers\/(.+)\.csv$/.exec(path)?.[1] ?? '']
  return file === undefined ? undefined : reply(200, { 'content-type': 'text/csv' }, file)
}

function pageOf({ results, totals }: Office, day: string, page: number): ResultsPage {
  const races = results[day] ?? []
  const isLast = page * pageSize >= races.length
  return {
    total: totals[day] ?? races.length,
    next: isLast ? null : page + 1,
    races: races.slice((page - 1) * pageSize, page * pageSize),
  }
}
