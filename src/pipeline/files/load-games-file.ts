import type { TransactionSql } from 'postgres'
import { addDays, type Day } from '../../core/days.ts'
import { IngestError, PayloadError } from '../../core/errors.ts'
import type { GameRow, GameStatus } from '../contract.ts'
import type { FetchedGame } from '../fetch-game.ts'
import { loadGames } from '../load-games.ts'
import { addCounts, type Counts, noCounts } from '../receipt.ts'
import { readStoredGame } from '../stored-games.ts'
import { type CsvRecord, createCsvScanner, fieldText } from './csv-scanner.ts'
import type { GameFile } from './dataset.ts'
import type { FileRows } from './load-file.ts'
import { createVerdict } from './verdict.ts'

export interface LoadGamesOptions {
  sport: string
  dataset: string
  at: Date
  today: Day
  /** Gets the ids of games that were written. */
  changed?: Set<string>
}

/** Games that are written at a time: a file has thousands, and no more of them than these are held. */
const batchSize = 300

/** So many games may leave the file (an exhibition called off); when more do, it is not whole. */
const maxVanishedFinals = 3

/**
 * Writes a file of games within the caller's transaction, as they come. Games that are being played, or were put off meanwhile, stay as
 * they are until the file tells more of them. Games of its seasons that it no longer lists, and that were not played, are called off.
 * @throws PayloadError where it is not what it should be: nothing of it may be kept
 */
export async function loadGamesFile(
  tx: TransactionSql,
  { required, known, toGame }: GameFile,
  chunks: AsyncIterable<Buffer>,
  { sport, dataset, at, today, changed = new Set() }: LoadGamesOptions,
): Promise<FileRows & { counts: Counts }> {
  const before = await readStates(tx, sport)
  const ids = new Set<string>()
  const seasons = new Set<string>()
  const verdict = createVerdict(dataset)
  let records = 0
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
    records++
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
      const stored = before.get(fetched.id)
      if (!isBehind(fetched.game, stored, at)) waiting.push(withFreshScore(fetched, stored, at))
    } catch (error) {
      if (!(error instanceof IngestError)) throw error
      const raw = Uint8Array.prototype.slice.call(record.data, record.from, record.to)
      const item = read(places[0] ?? '') || `line ${record.line}`
      verdict.addBad({ line: record.line, item, reason: error.message, raw }, records)
    }
  }

  async function write(least: number): Promise<void> {
    while (waiting.length > 0 && waiting.length >= least) {
      const some = waiting.splice(0, batchSize)
      counts = addCounts(counts, await loadGames(tx, sport, some, { at, partial: false, changed }))
    }
  }

  const scanner = createCsvScanner(add)
  for await (const chunk of chunks) {
    scanner.write(chunk)
    await write(batchSize)
  }
  scanner.end()
  verdict.judge(records)
  if (ids.size === 0) throw new PayloadError(`The file ${dataset} has no games.`)
  const vanished = [...before].filter(([id, { season, day }]) => !ids.has(id) && seasons.has(season) && day < today)
  const finals = vanished.filter(([, { status }]) => status === 'final')
  if (finals.length > maxVanishedFinals + verdict.bad.length)
    throw new PayloadError(`The file ${dataset} lacks ${finals.length} games that were played, ${finals[0]?.[0]} among them.`)
  // A row that cannot be read may be any of them.
  for (const [id, { status, day }] of verdict.bad.length > 0 ? [] : vanished) {
    const isOff = status === 'scheduled' || status === 'postponed' || (status === 'live' && day < addDays(today, -1))
    const game = isOff ? await readStoredGame(tx, sport, id) : undefined
    if (game) waiting.push({ ...unread, id, game: { ...game, status: 'cancelled' } })
  }
  await write(0)
  return {
    rows: ids.size,
    written: counts.rows,
    tables: counts.tables,
    bad: verdict.bad,
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
  startsAt: Date | null
  homeScore: number | null
  awayScore: number | null
}

async function readStates(tx: TransactionSql, sport: string): Promise<Map<string, State>> {
  const rows = await tx<(State & { id: string })[]>`
    select provider_id as id, status, season, game_date as day, starts_at as "startsAt", home_score as "homeScore", away_score as "awayScore"
    from games where sport = ${sport}`
  return new Map(rows.map(({ id, ...state }) => [id, state]))
}

/**
 * Whether the file has no news of a game that it does not list as over. One that is over stays so; one that is live, put off or called
 * off does as long as the file lists it where it was: with another day or time it was moved.
 */
function isBehind(listed: GameRow | undefined, stored: State | undefined, at: Date): boolean {
  if (!stored || listed?.status !== 'scheduled' || stored.status === 'scheduled') return false
  if (stored.status === 'final') return true
  if (listed.gameDate !== stored.day) return false
  // A start that was put off while it is on, or a little wrong, makes it no game to come.
  const isPast = listed.startsAt !== null && listed.startsAt <= at
  return listed.startsAt?.getTime() === stored.startsAt?.getTime() || (stored.status === 'live' && isPast)
}

/** Until then a score is put right by those who follow the game, and the file has the one it began with. */
const freshMs = 12 * 3_600_000

/** The game with the score that is stored, where it has just ended with another one than the file has; that is told. */
function withFreshScore(fetched: FetchedGame, stored: State | undefined, at: Date): FetchedGame {
  const { id, game } = fetched
  if (game?.status !== 'final' || stored?.status !== 'final') return fetched
  const { homeScore, awayScore, startsAt } = stored
  if (game.homeScore === homeScore && game.awayScore === awayScore) return fetched
  if (startsAt === null || at.getTime() - startsAt.getTime() > freshMs) return fetched
  const message = `Game ${id} ended ${awayScore}:${homeScore} and is listed with ${game.awayScore}:${game.homeScore}; the former stays for now.`
  return { ...fetched, game: { ...game, homeScore, awayScore }, findings: [{ item: id, check: 'final-score', message }] }
}
