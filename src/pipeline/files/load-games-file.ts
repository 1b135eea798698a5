import type { TransactionSql } from 'postgres'
import type { Day } from '../../core/days.ts'
import { IngestError, PayloadError } from '../../core/errors.ts'
import type { GameStatus } from '../contract.ts'
import type { FetchedGame } from '../fetch-game.ts'
import { loadGames } from '../load-games.ts'
import { addCounts, type Counts, noCounts } from '../receipt.ts'
import { readStoredGame } from '../stored-games.ts'
import { type CsvRecord, createCsvScanner, fieldText } from './csv-scanner.ts'
import type { GameFile } from './dataset.ts'
import type { FileRows } from './load-file.ts'
import type { BadRow } from './row-encoder.ts'

export interface LoadGamesOptions {
  sport: string
  dataset: string
  at: Date
  today: Day
}

/** Games that are written at a time: a file has thousands, and no more of them than these are held. */
const batchSize = 300

/** So many games may leave the file (an exhibition called off); when more do, it is not whole. */
const maxVanishedFinals = 3

/**
 * Writes a file of games within the caller's transaction, as they come. Games that are being played stay as they are: the file tells
 * of none. Games of its seasons that it no longer lists, and that were not played, are called off.
 * @throws PayloadError where it is not what it should be: nothing of it may be kept
 */
export async function loadGamesFile(
  tx: TransactionSql,
  { required, known, toGame }: GameFile,
  chunks: AsyncIterable<Buffer>,
  { sport, dataset, at, today }: LoadGamesOptions,
): Promise<FileRows & { counts: Counts }> {
  const before = await readStates(tx, sport)
  const ids = new Set<string>()
  const seasons = new Set<string>()
  const bad: BadRow[] = []
  const waiting: FetchedGame[] = []
  let header: string[] | undefined
  let unknown: string[] = []
  let counts = noCounts()

  function add(record: CsvRecord): void {
    if (!header) {
      header = Array.from({ length: record.count }, (_, i) => fieldText(record, i).trim())
      const lacking = required.find(name => !header?.includes(name))
      if (lacking) throw new PayloadError(`The file ${dataset} lacks the column ${lacking}.`)
      unknown = header.filter(name => !known.includes(name))
      return
    }
    const places = header
    const read = (name: string) => {
      const place = places.indexOf(name)
      return place < 0 || place >= record.count ? '' : fieldText(record, place)
    }
    try {
      if (record.count !== places.length)
        throw new PayloadError(`has ${record.count} fields, and the header ${places.length} columns`)
      const others = unknown.map(name => [name, read(name)] as const).filter(([, text]) => text !== '')
      const fetched = toGame(read, others.length > 0 ? JSON.stringify(Object.fromEntries(others)) : null)
      if (ids.has(fetched.id)) throw new PayloadError('is there twice')
      ids.add(fetched.id)
      if (fetched.game) seasons.add(fetched.game.season)
      if (!isOn(before.get(fetched.id), fetched.game?.status)) waiting.push(fetched)
    } catch (error) {
      if (!(error instanceof IngestError)) throw error
      const raw = Uint8Array.prototype.slice.call(record.data, record.from, record.to)
      bad.push({ line: record.line, item: read(places[0] ?? '') || `line ${record.line}`, reason: error.message, raw })
      if (bad.length > Math.max(20, ids.size * 0.01))
        throw new PayloadError(
          `${bad.length} rows of ${dataset} cannot be read; the first, in line ${bad[0]?.line}, ${bad[0]?.reason}.`,
        )
    }
  }

  async function write(least: number): Promise<void> {
    while (waiting.length > 0 && waiting.length >= least) {
      const some = waiting.splice(0, batchSize)
      counts = addCounts(counts, await loadGames(tx, sport, some, { at, partial: false }))
    }
  }

  const scanner = createCsvScanner(add)
  for await (const chunk of chunks) {
    scanner.write(chunk)
    await write(batchSize)
  }
  scanner.end()
  if (ids.size === 0) throw new PayloadError(`The file ${dataset} has no games.`)
  const vanished = [...before].filter(([id, { season, day }]) => !ids.has(id) && seasons.has(season) && day < today)
  const finals = vanished.filter(([, { status }]) => status === 'final')
  if (finals.length > maxVanishedFinals)
    throw new PayloadError(`The file ${dataset} lacks ${finals.length} games that were played, ${finals[0]?.[0]} among them.`)
  for (const [id, { status }] of vanished) {
    const game = status === 'scheduled' || status === 'postponed' ? await readStoredGame(tx, sport, id) : undefined
    if (game) waiting.push({ ...unread, id, game: { ...game, status: 'cancelled' } })
  }
  await write(0)
  return {
    rows: ids.size,
    written: counts.rows,
    tables: counts.tables,
    bad,
    findings: counts.findings,
    unknown,
    counts,
  }
}

const unread = { teams: [], tables: [], findings: [], done: [], failures: [] }

interface State {
  status: GameStatus
  season: string
  day: Day
}

async function readStates(tx: TransactionSql, sport: string): Promise<Map<string, State>> {
  const rows = await tx<(State & { id: string })[]>`
    select provider_id as id, status, season, game_date as day from games where sport = ${sport}`
  return new Map(rows.map(({ id, ...state }) => [id, state]))
}

/** A game that is live, or over since, of which the file says nothing yet. */
const isOn = (stored: State | undefined, listed: GameStatus | undefined): boolean =>
  listed === 'scheduled' && (stored?.status === 'live' || stored?.status === 'final')
