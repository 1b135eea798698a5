import type { App } from '../app.ts'
import type { Day } from '../core/days.ts'
import { PayloadError, ProviderRefusesError, StoppedError } from '../core/errors.ts'
import type { Calendar, CalendarGame, GameSport } from '../pipeline/contract.ts'
import { addCounts, type Counts, noCounts, rowsWritten } from '../pipeline/receipt.ts'
import { readStoredGame } from '../pipeline/stored-games.ts'
import { type DeadLetter, listOpenDeadLetters, setAside } from '../store/dead-letters.ts'
import { endRun } from '../store/runs.ts'
import { readWatermark } from '../store/watermarks.ts'
import type { Progress } from './daily/daily.ts'
import { beginHeldRun, type HeldRun, holdingLease, isOfChunk, openSportRun, type SportRun } from './sport-run.ts'

/** What trying dead letters of one sport again did. */
export interface RetryReceipt extends Counts {
  job: 'dead-letters-retry'
  sport: string
  /** Its id in `ingest_runs`. */
  run: number
  status: 'done' | 'failed'
  /** Dead letters tried. */
  tried: number
  /** Of these, loaded now. */
  resolved: number
  /** Open letters of the items tried. A schedule entry that can be read now may be followed by a box score that cannot. */
  failing: Failing[]
  failures: number
  requests: number
  startedAt: Date
  durationMs: number
}

type Failing = Pick<DeadLetter, 'id' | 'dataset' | 'item' | 'day' | 'attempts' | 'errorClass' | 'message'>

interface Retry {
  app: App
  sport: GameSport
  letters: readonly DeadLetter[]
  run: NonNullable<HeldRun>
  tally: { counts: Counts; requests: number }
  onProgress(progress: Progress): void
}

/** What a receipt says of a letter. */
export const toFailing = ({ id, dataset, item, day, attempts, errorClass, message }: Failing): Failing => {
  return { id, dataset, item, day, attempts, errorClass, message }
}

const job = 'dead-letters-retry'

/**
 * Asks again, now, for what is in the open dead letters of a sport: all of them, or those with these ids. A day's games are one chunk and
 * one transaction; what loads is resolved, what does not has one attempt more. Watermarks have passed these games and stay.
 * @throws BusyError where a daily run of the sport is at work, ProviderRefusesError, StoreError, StoppedError
 */
export async function retryDeadLetters(
  app: App,
  sport: GameSport,
  ids: readonly number[] | undefined,
  onProgress: Retry['onProgress'],
): Promise<RetryReceipt> {
  const name = `daily:${sport.id}`
  return await holdingLease(app, { name, dryRun: false }, async lease => {
    const [startedAt, startedMs] = [app.clock.now(), app.clock.elapsedMs()]
    const open = await app.database.run(sql => listOpenDeadLetters(sql, sport.id))
    // Read anew under the lease: a run that has just ended may have loaded some.
    const letters = ids ? open.filter(letter => ids.includes(letter.id)) : open
    const watermark = await app.database.run(sql => readWatermark(sql, { stage: 'schedule', key: name }))
    app.log.info('job.start', { job, sport: sport.id, letters: letters.length })
    const newRun = { job, sport: sport.id, targetDate: undefined, since: undefined, watermarkBefore: watermark, at: startedAt }
    const run = (await beginHeldRun(app, lease, newRun)) as NonNullable<HeldRun>
    const retry: Retry = {
      app,
      sport,
      letters,
      run,
      tally: { counts: noCounts(), requests: 0 },
      onProgress,
    }
    const end = async (failing: readonly Failing[], error?: Error): Promise<RetryReceipt> => {
      const receipt = toReceipt(retry, failing, { startedAt, durationMs: Math.round(app.clock.elapsedMs() - startedMs) })
      const ending = { counts: keptCounts(receipt), failures: receipt.failures, watermarkAfter: watermark, at: app.clock.now() }
      const how = error ? { status: 'stopped' as const, error: error.message } : { status: receipt.status }
      await app.database.transaction(tx => endRun(tx, run.id, { ...ending, ...how }))
      logEnd(app, receipt, error)
      return receipt
    }
    try {
      await tryAgain(retry)
      const items = letters.map(letter => letter.item)
      return await end(await app.database.run(sql => listOpenDeadLetters(sql, sport.id, items)))
    } catch (error) {
      // The database may be what failed; then the next run marks this one as lost.
      await end(letters, error as Error).catch(() => {})
      throw error
    }
  })
}

async function tryAgain(retry: Retry): Promise<void> {
  const { app, sport, tally } = retry
  const open = openSportRun(app, sport, retry.run)
  try {
    const days = await planDays(retry, open)
    const total = [...days.values()].reduce((sum, games) => sum + games.length, 0)
    let done = 0
    for (const [day, games] of [...days].sort(([a], [b]) => (a < b ? -1 : 1))) {
      app.signal.throwIfAborted()
      const tell = () => retry.onProgress({ sport: sport.id, day, done, total, requests: open.requests })
      tell()
      const onGame = () => {
        done++
        tell()
      }
      await loadDay(retry, open, { day, games, onGame })
    }
  } finally {
    tally.requests = open.requests
    await open.close()
  }
}

/** The games of the letters, by day; a game with two letters is asked for once. */
async function planDays(retry: Retry, open: SportRun): Promise<Map<Day, CalendarGame[]>> {
  const calendar = await open.fetchCalendar()
  const former = new Map<string, ReturnType<typeof fetchFormer>>()
  const formerOf = (season: string) => {
    const fetched = former.get(season) ?? fetchFormer(open, season)
    former.set(season, fetched)
    return fetched
  }
  const days = new Map<Day, CalendarGame[]>()
  for (const letter of new Map(retry.letters.map(one => [one.item, one])).values()) {
    const game = calendar.find(letter.item) ?? (await findUnlisted(retry, calendar, formerOf, letter))
    days.set(game.day, [...(days.get(game.day) ?? []), game])
  }
  return days
}

/** The calendar of a season that is over, or why it cannot be had: then its letters have one attempt more, and the others go on. */
async function fetchFormer(open: SportRun, season: string): Promise<Calendar | Error> {
  try {
    return (await open.fetchCalendarOf(season)).calendar
  } catch (error) {
    if (error instanceof ProviderRefusesError || error instanceof PayloadError) return error
    throw error
  }
}

/**
 * A game that the calendar does not list: of the calendar's own season it will not be played, unless it was; of another season it is
 * asked for as it is stored. One that was never stored, because its entry was malformed, is asked for by that season's own calendar.
 */
async function findUnlisted(
  { app, sport }: Retry,
  calendar: Calendar,
  formerOf: (season: string) => ReturnType<typeof fetchFormer>,
  { item, day }: DeadLetter,
): Promise<CalendarGame> {
  const stored = await app.database.run(sql => readStoredGame(sql, sport.id, item))
  const season = sport.gameIds.seasonOf(item)
  const former = stored || season === calendar.season ? calendar : await formerOf(season)
  const listed = former instanceof Error ? undefined : former.find(item)
  if (listed) return listed
  return {
    id: item,
    day: stored?.gameDate ?? day,
    read: () => {
      if (former instanceof Error) throw new PayloadError(former.message, { cause: former })
      if (!stored) throw new PayloadError(`The schedule of ${former.season} does not list game ${item} (any more).`)
      const calledOff = stored.season === calendar.season && stored.status !== 'final'
      return { game: calledOff ? { ...stored, status: 'cancelled' } : stored, teams: [] }
    },
    raw: () => undefined,
  }
}

interface DayGames {
  day: Day
  games: readonly CalendarGame[]
  onGame(): void
}

/** Loads a day's games. Where that fails as a whole, each of its letters has one attempt more, and the next day goes on. */
async function loadDay({ app, run, letters, tally }: Retry, open: SportRun, { day, games, onGame }: DayGames): Promise<void> {
  try {
    tally.counts = addCounts(tally.counts, await open.loadChunk({ from: day, to: day, games }, { onGame }))
  } catch (error) {
    if (!isOfChunk(error)) throw error
    await open.recordFailure({ from: day, to: day }, error)
    const failed = letters.filter(letter => games.some(game => game.id === letter.item))
    await app.database.transaction(async tx => {
      await run.lease.check(tx)
      for (const { sport, dataset, item, day } of failed) {
        const again = { sport, dataset, item, day, stage: 'load' as const, error, payload: undefined }
        await setAside(tx, { ...again, runId: run.id, at: app.clock.now() })
      }
    })
  }
}

function toReceipt(
  { sport, letters, run, tally }: Retry,
  failing: readonly Failing[],
  times: Pick<RetryReceipt, 'startedAt' | 'durationMs'>,
): RetryReceipt {
  const stillOpen = letters.filter(letter => failing.some(({ id }) => id === letter.id))
  return {
    job,
    sport: sport.id,
    run: run.id,
    status: failing.length === 0 ? 'done' : 'failed',
    tried: letters.length,
    resolved: letters.length - stillOpen.length,
    failing: failing.map(toFailing),
    failures: failing.length,
    requests: tally.requests,
    ...times,
    ...tally.counts,
  }
}

/** What `ingest_runs.counts` keeps of a receipt; the rest are columns. */
function keptCounts({ tried, resolved, games, rows, tables, findings, requests, durationMs }: RetryReceipt): object {
  return { tried, resolved, games, rows, tables, findings, requests, durationMs }
}

function logEnd({ log }: App, receipt: RetryReceipt, error?: Error): void {
  const { sport, tried, resolved, failures, requests } = receipt
  const status = error ? 'stopped' : receipt.status
  const reason = error ? { reason: error.message } : {}
  const fields = { job, sport, status, failures, letters: tried, resolved, rows: rowsWritten(receipt.rows), requests, ...reason }
  if (error && !(error instanceof StoppedError)) log.error('job.end', fields)
  else log.info('job.end', { ...fields, duration_ms: receipt.durationMs })
}
