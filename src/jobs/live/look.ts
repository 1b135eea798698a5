import type { Day } from '../../core/days.ts'
import { BugError, ProviderRefusesError, ProviderRejectedError, ProviderUnavailableError } from '../../core/errors.ts'
import type { CalendarGame, Finding, GameRow, LiveGame } from '../../pipeline/contract.ts'
import type { FetchedGame } from '../../pipeline/fetch-game.ts'
import { type Fixture, findFixtures } from '../../pipeline/fixtures.ts'
import { type Counts, noCounts } from '../../pipeline/receipt.ts'
import { runChunk } from '../../pipeline/run-chunk.ts'
import { listPassingItems } from '../../pipeline/stored-games.ts'
import type { Provider } from '../../providers/open-provider.ts'
import { noteChange } from '../notices.ts'
import type { OpenLive } from './live-sport.ts'
import { hasMoved, type Pair, pairUp, withoutSchedule } from './moved.ts'

/** What one look at the live files has brought. */
export interface Look {
  /** The games that are listed and stored. */
  pairs: Pair[]
  /** Listed, and no stored one is meant by it, nor does the list say enough of it. */
  unknown: LiveGame[]
  /** Ids of those that had moved, and of those that are over since. */
  moved: string[]
  finals: string[]
  counts: Counts
  findings: Finding[]
  /** Something could not be had, and the rest could. */
  trouble: Error | undefined
}

/** Asks for the live files of some days, then for what there is of those games that have moved, and writes what is new. */
export async function lookAt(open: OpenLive, days: readonly Day[], fixtures: readonly Fixture[]): Promise<Look> {
  const { sport, app } = open
  const listed = await fetchLists(open, days)
  const ids = listed.games.map(({ id }) => id)
  const aliases = await app.database.run(async sql => (await sport.live.aliases?.(sql, ids)) ?? new Map<string, string>())
  const near = pairUp(listed.games, fixtures, aliases)
  // One that was moved here from another month is stored under its old day.
  const far = near.unknown.map(({ id }) => aliases.get(id) ?? id)
  const moreFixtures = far.length > 0 ? await app.database.run(sql => findFixtures(sql, sport.id, far)) : []
  const further = pairUp(near.unknown, moreFixtures, aliases)
  const { pairs: extra, unknown } = withoutSchedule(further.unknown, app.clock.now())
  const pairs = [...near.pairs, ...further.pairs, ...extra]
  const passing = new Set(pairs.length > 0 ? await app.database.run(sql => listPassingItems(sql, sport.id)) : [])
  const moved = pairs.filter(({ live, fixture: { game } }) => {
    // One that is over and could not be loaded whole, for a reason that passes, has another try.
    return hasMoved(game, live.state) || (live.state.status === 'final' && passing.has(game.providerId))
  })
  const look: Look = {
    pairs,
    unknown,
    moved: idsOf(moved),
    finals: [],
    counts: noCounts(),
    findings: listed.findings,
    trouble: undefined,
  }
  if (moved.length > 0) await load(open, moved, look)
  return look
}

async function fetchLists({ sport, providers, refusals }: OpenLive, days: readonly Day[]) {
  const { provider: declaration, path, parse } = sport.live
  const provider = providers.get(declaration.id)
  if (!provider) throw new BugError(`No provider ${declaration.id} is open.`)
  const games = new Map<string, LiveGame>()
  const findings: Finding[] = []
  for (const address of new Set(days.map(path))) {
    const parsed = parse(await fetchList(provider, address))
    for (const game of parsed.games) games.set(game.id, game)
    findings.push(...parsed.findings)
  }
  // Who gives the list does not refuse us: a file it lacks is one that is not there yet.
  if (sport.live.datasets.every(dataset => dataset.provider === declaration.id)) refusals.answered = true
  return { games: [...games.values()], findings }
}

/** Without its list a provider has given nothing, and no game is to blame. */
async function fetchList(provider: Provider, address: string): Promise<unknown> {
  try {
    return (await provider.get(address)).json()
  } catch (error) {
    if (!(error instanceof ProviderRejectedError)) throw error
    const hint = 'The provider may block this client or address: try from another network, or later.'
    throw new ProviderRefusesError(error.message.replace('; giving up on this item.', '.'), { hint, cause: error })
  }
}

async function load(open: OpenLive, moved: readonly Pair[], look: Look): Promise<void> {
  const { app, sport, run, providers, refusals } = open
  const { datasets } = sport.live
  const byId = new Map(moved.map(pair => [pair.fixture.game.providerId, pair]))
  const days = moved.map(({ fixture }) => fixture.game.gameDate).sort()
  const [from, to] = [days[0] as Day, days.at(-1) as Day]
  const refine = (game: FetchedGame): FetchedGame => {
    const pair = byId.get(game.id)
    const refined = pair ? settle(game, pair) : game
    look.trouble ??= game.failures.find(({ error }) => error instanceof ProviderUnavailableError)?.error
    look.findings.push(...malformed(game, refined))
    if (refined.game?.status === 'final' && pair?.fixture.game.status !== 'final') look.finals.push(game.id)
    return refined
  }
  look.counts = await runChunk(
    { from, to, games: moved.map(pair => toEntry(pair, datasets.length > 0)), recurring: true },
    {
      sport: sport.id,
      calendarDataset: sport.live.dataset,
      datasets,
      providers,
      database: app.database,
      run,
      clock: app.clock,
      log: app.log.with({ sport: sport.id, day: to }),
      refusals,
      outage: 'set-aside',
      partial: false,
      seen: undefined,
      onGame: () => {},
      refine,
      alsoWrite: (tx, changed) => noteChange(tx, app, sport.id, { changed, finals: look.finals }),
    },
  )
}

/** A game that is listed as over is so when its own files say it too: as long as they lag behind, there is more to come. */
const toEntry = ({ live, fixture: { game }, unscheduled }: Pair, hasFiles: boolean): CalendarGame => ({
  id: game.providerId,
  day: game.gameDate,
  read: () => ({
    game: { ...withState(game, live), ...(hasFiles && isOver(live) ? { status: 'live' as const } : {}) },
    teams: (unscheduled && live.unscheduled?.teams) ?? [],
  }),
  raw: () => Buffer.from(JSON.stringify(live.raw)),
})

const withState = (game: GameRow, { state }: LiveGame): GameRow => ({ ...game, ...state })

const isOver = ({ state }: LiveGame): boolean => state.status === 'final'

/**
 * The list says what state a game is in, which its files may be ahead of: else every look would find it moved. While it is played, a
 * file that is not to be had is no failure: at the next look it is asked for again.
 */
function settle(fetched: FetchedGame, { live }: Pair): FetchedGame {
  const { game, failures } = fetched
  if (!game) return fetched
  if (!isOver(live)) return { ...fetched, game: withState(game, live), failures: [] }
  const lagsBehind = failures.length === 0 && game.status === 'live' && fetched.tables.length > 0
  return lagsBehind ? fetched : { ...fetched, game: withState(game, live) }
}

/** What was left out because the game is not over, and will not come right by waiting. */
function malformed(before: FetchedGame, after: FetchedGame): Finding[] {
  return before.failures
    .filter(failure => !after.failures.includes(failure) && failure.stage === 'transform')
    .map(({ dataset, error }) => ({ item: before.id, check: dataset, message: error.message }))
}

const idsOf = (pairs: readonly Pair[]): string[] => pairs.map(({ fixture }) => fixture.game.providerId)
