import { gunzipSync } from 'node:zlib'
import { createSimulatedNfl } from '../../../src/sandbox/nfl/providers.ts'

export const gamesPath = '/nflverse/nfldata/master/data/games.csv'
export const releasePath = (name: string) => `/nflverse/nflverse-data/releases/download/${name}`
export const scoreboardPath = '/apis/site/v2/sports/football/nfl/scoreboard'
const summaryPath = '/apis/site/v2/sports/football/nfl/summary'

export type Row = Readonly<Record<string, string>>

/** A CSV file as a client would read it: quotes, both line ends, nothing assumed of the columns. */
export function parseCsv(text: string): { header: string[]; rows: Row[] } {
  const cellsOf = (line: string) =>
    [...`,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
      ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
    )
  const [header = [], ...lines] = text
    .split(/\r?\n/)
    .filter(line => line !== '')
    .map(cellsOf)
  for (const cells of lines) if (cells.length !== header.length) throw new Error(`${cells.length} cells: ${cells.join(',')}`)
  return { header, rows: lines.map(cells => Object.fromEntries(header.map((name, index) => [name, cells[index] ?? '']))) }
}

interface Competitor {
  homeAway: string
  score: string
  team: { abbreviation: string }
  linescores?: { value: number }[]
}

// Only what the tests read.
export interface Event {
  id: string
  date: string
  competitions: { competitors: Competitor[]; situation?: { possession: string } }[]
  status: { period: number; displayClock: string; type: { name: string; state: string; completed: boolean; detail: string } }
}

export interface Board {
  leagues: unknown[]
  season: { type: number; year: number }
  week: { number: number }
  events: Event[]
}

export interface SummaryAnswer {
  boxscore: { teams: { statistics: { name: string; displayValue: string }[] }[]; players?: object[] }
  injuries: { injuries: { date: string }[] }[]
  header: { competitions: { competitors: { homeAway: string; score?: string }[]; status: { type: { name: string } } }[] }
}

/** The simulated providers at chosen instants. */
export function createWorld(seed = 1) {
  const [nfldata, nflverse, espn] = createSimulatedNfl(seed)
  const none = new URLSearchParams()

  function download(name: string, now: string) {
    const { location } = nflverse.answer(releasePath(name), none, new Date(now))?.headers ?? {}
    if (location === undefined) return undefined
    const { pathname, searchParams } = new URL(location, 'https://github.com')
    return nflverse.storage?.answer(pathname.replace(/^\/[^/]+/, ''), searchParams, new Date(now))?.body
  }

  const bytes = {
    games: (now: string) => nfldata.answer(gamesPath, none, new Date(now))?.body ?? Buffer.alloc(0),
    download,
    scoreboard: (query: string, now: string) =>
      espn.answer(scoreboardPath, new URLSearchParams(query), new Date(now))?.body ?? Buffer.alloc(0),
  }
  return {
    bytes,
    nflverse,
    status: (query: string, now: string) => espn.answer(scoreboardPath, new URLSearchParams(query), new Date(now))?.status,
    games: (now: string) => parseCsv(bytes.games(now).toString()).rows,
    /** A release file by its name without `.csv.gz`; undefined where there is none. */
    file: (name: string, now: string) => {
      const packed = download(`${name}.csv.gz`, now)
      return packed && parseCsv(gunzipSync(packed).toString())
    },
    /** As bytes and read; undefined where there is none. */
    summary: (event: string, now: string) => {
      const body = espn.answer(summaryPath, new URLSearchParams({ event }), new Date(now))?.body
      return body && { body, value: JSON.parse(body.toString()) as SummaryAnswer }
    },
    board: (query: string, now: string) => JSON.parse(bytes.scoreboard(query, now).toString()) as Board,
  }
}

export const sideOf = ({ competitions: [game] }: Event, side: 'home' | 'away') =>
  game?.competitors.find(({ homeAway }) => homeAway === side)

export const scoreOf = (event: Event, side: 'home' | 'away'): number => Number(sideOf(event, side)?.score)

/** Instants from one to another, some minutes apart. */
export const every = (minutes: number, from: string, to: string): string[] =>
  Array.from({ length: 1 + Math.floor((Date.parse(to) - Date.parse(from)) / (minutes * 60_000)) }, (_, index) =>
    new Date(Date.parse(from) + index * minutes * 60_000).toISOString(),
  )
