import type { Clock } from '../core/clock.ts'
import type { Day } from '../core/days.ts'
import { BugError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Provider } from '../providers/open-provider.ts'
import type { Database } from '../store/database.ts'
import type { Audience } from '../store/outbox.ts'
import type { Frontier } from './frontier.ts'
import type { ProviderHealth } from './provider-health.ts'
import type { EventRow } from './rows.ts'
import type { Run } from './run.ts'
import type { Sport } from './sport.ts'
import type { Unit } from './unit.ts'

/** What the units of a run share. */
export interface UnitContext {
  sport: Sport
  run: Run
  database: Database
  providers: ReadonlyMap<string, Provider>
  clock: Clock
  log: Log
  /** In the sport's zone. */
  today: Day
  health: ProviderHealth
  /** There is somebody to tell when rows change. */
  notifies: Audience | undefined
  /** So long after their rows have changed, statistics are recomputed: what changes until then is one job. */
  statsDelayMs: number
  /** Rows are written again also where their hash is the same and their values are not: somebody may have changed them by hand. */
  byValue?: boolean | undefined
  /** In a dry run, the clubs and people that its units would have written by now. */
  seen: Set<string> | undefined
  /** The watermarks that a unit moves. */
  frontiersOf(unit: Unit): readonly Frontier[]
  /**
   * What becomes of events when the provider answers for none of many: they have dead letters, or their unit has failed and nothing of it
   * is kept.
   */
  onOutage: 'dead-letter' | 'fail'
  /** An event that is over and whose files must be there, where the caller knows one: asked for to tell its trouble from ours. */
  findProbe?: (() => EventRow | undefined) | undefined
  /** Called for each item, or file, that was asked for. */
  onItem(): void
}

/** @throws BugError where nobody has opened it */
export function providerOf({ providers }: Pick<UnitContext, 'providers'>, id: string): Provider {
  const found = providers.get(id)
  if (!found) throw new BugError(`No provider ${id} is open.`)
  return found
}
