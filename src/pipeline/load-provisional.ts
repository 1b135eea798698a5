import { ProviderRefusesError, ProviderUnavailableError, RateLimitedError } from '../core/errors.ts'
import { decideOutcome } from '../core/outcome.ts'
import { addNotice } from '../store/outbox.ts'
import { tagsOfEvents } from './cache-tags.ts'
import { providerOf, type UnitContext } from './context.ts'
import type { RequestDataset, Transformed } from './dataset.ts'
import { dayOfRow } from './event-table.ts'
import type { Item } from './item.ts'
import { addCounts, type Counts, noCounts } from './receipt.ts'
import type { EventRow, Finding } from './rows.ts'
import { byTable, writeTable } from './write-table.ts'

/** A game whose provisional rows are wanted. */
export interface ProvisionalGame {
  game: EventRow
  /** Its number in the live feed. */
  liveId: string
}

export interface ProvisionalContext extends Pick<UnitContext, 'sport' | 'providers' | 'run' | 'clock' | 'today' | 'notifies'> {
  dataset: RequestDataset
  signal: AbortSignal
  /** Games that failed at an earlier poll. They are asked for last, so that one of them does not keep the others waiting. */
  failing: Set<string>
}

type Fetched = Pick<Item, 'id' | 'tables'>

/**
 * Asks for a provisional dataset of some games, one after the other, and writes what came in one transaction. What fails is a finding:
 * no dead letter, no error, and the next poll asks again. Where the provider does not answer, or asks for a pause, the rest is left to
 * the next poll, so that the state of the games is not late.
 * @throws what concerns the work as a whole: a stop, a lost lease or database, a wrong setting
 */
export async function loadProvisional(games: readonly ProvisionalGame[], context: ProvisionalContext): Promise<Counts> {
  const { dataset, failing, signal } = context
  const findings: Finding[] = []
  const fail = (id: string, error: unknown) => {
    signal.throwIfAborted()
    if (isOfTheRun(error)) throw error
    failing.add(id)
    findings.push({ item: id, check: dataset.name, message: (error as Error).message })
  }
  const isFailing = ({ game }: ProvisionalGame) => failing.has(game.providerId)
  const inOrder = [...games.filter(one => !isFailing(one)), ...games.filter(isFailing)]
  const fetched: Fetched[] = []
  for (const { game, liveId } of inOrder) {
    failing.delete(game.providerId)
    try {
      const { tables = [], findings: found = [] } = await fetchOne({ game, liveId }, context)
      fetched.push({ id: game.providerId, tables })
      for (const finding of found) findings.push(finding)
    } catch (error) {
      fail(game.providerId, error)
      if (error instanceof ProviderUnavailableError || error instanceof RateLimitedError) break
    }
  }
  const counts = (await writeAll(fetched, context, fail)).reduce(addCounts, noCounts())
  return { ...counts, findings: [...counts.findings, ...findings] }
}

/** A stop, a lost lease or database, a wrong setting. That this provider refuses us, or asks us to wait, is its own trouble. */
const isOfTheRun = (error: unknown): boolean => decideOutcome(error).kind === 'stop' && !(error instanceof ProviderRefusesError)

async function fetchOne({ game, liveId }: ProvisionalGame, context: ProvisionalContext): Promise<Transformed> {
  const { dataset, sport, today } = context
  const day = dayOfRow(sport, game)
  const [ask] = dataset.requests({ key: day, from: day, to: day, season: undefined }, { today, event: game, liveId })
  if (!ask) return {}
  const answer = await providerOf(context, dataset.provider).get(ask.path)
  return dataset.transform(answer.json(), ask, game)
}

/** Writes all together; where a row of one game cannot be written, each game by itself. */
async function writeAll(
  fetched: readonly Fetched[],
  context: ProvisionalContext,
  fail: (id: string, error: unknown) => void,
): Promise<Counts[]> {
  if (fetched.length === 0) return []
  try {
    return [await write(fetched, context)]
  } catch (error) {
    if (isOfTheRun(error)) throw error
  }
  const written: Counts[] = []
  for (const one of fetched)
    await write([one], context).then(
      some => written.push(some),
      error => fail(one.id, error),
    )
  return written
}

async function write(fetched: readonly Fetched[], { run, sport, clock, notifies }: ProvisionalContext): Promise<Counts> {
  return await run.commit(async tx => {
    const at = clock.now()
    const changed = new Set<string>()
    let counts = noCounts()
    for (const batch of byTable(fetched.flatMap(({ tables }) => tables)))
      counts = addCounts(counts, await writeTable(tx, batch, { at, replaceGroup: true, changed }))
    const tags = tagsOfEvents(sport, changed)
    if (notifies && tags.length > 0) await addNotice(tx, { sport: sport.id, tags, at }, notifies)
    return counts
  })
}
