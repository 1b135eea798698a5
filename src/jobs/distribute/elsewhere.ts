import { fromErrorValue } from '../../core/error-values.ts'
import { BugError } from '../../core/errors.ts'
import type { Unit } from '../../pipeline/unit.ts'
import type { BackfillOptions } from '../backfill-options.ts'
import type { Job } from '../job.ts'
import { idOf } from '../run-job.ts'
import type { Elsewhere } from '../work-units.ts'
import { fromFileValue, fromRequestsValue, toUnitName, type UnitOrder, type UnitResult } from './unit-order.ts'

/** Has a unit loaded by another process. @throws what concerns the run as a whole */
export type LoadElsewhere = (order: UnitOrder) => Promise<UnitResult>

/** Has the units of a backfill loaded by other processes, in the name of its run. */
export function createElsewhere(
  job: Job,
  { seasons, options }: { seasons: readonly string[]; options: BackfillOptions },
  load: LoadElsewhere,
): Elsewhere {
  const { run, sport, today } = job
  const about = { run: idOf(run), leases: run.leases, sport: sport.id, seasons, options, today }
  const ask = async <R extends Unit['read']>(unit: Unit & { read: R }): Promise<UnitResult & { read: R }> => {
    const result = await load({ ...about, unit: toUnitName(unit) })
    job.requestsElsewhere += result.requests
    if (result.read === 'none') throw fromErrorValue(result.error)
    if (result.read !== unit.read) throw new BugError(`The unit ${unit.key} was loaded as ${result.read}.`)
    return result as UnitResult & { read: R }
  }
  return {
    loadFile: async unit => fromFileValue(await ask(unit)),
    loadUnit: async unit => fromRequestsValue(await ask(unit)),
  }
}
