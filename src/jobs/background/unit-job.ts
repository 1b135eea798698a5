import type { App } from '../../app.ts'
import { ConfigError, CredentialsError, UnfitHostError } from '../../core/errors.ts'
import { rowsWritten } from '../../pipeline/receipt.ts'
import { createUnitLoader } from '../distribute/load-order.ts'
import type { UnitOrder } from '../distribute/unit-order.ts'
import type { JobKind } from './job-kind.ts'
import { workerName } from './worker-lease.ts'

type Loader = ReturnType<typeof createUnitLoader>

/** One for each process that works: it keeps what it knows of runs, such as the schedule of a season. */
const loaders = new WeakMap<object, Loader>()

/** Loads a unit of a distributed backfill, in the name of its run. Loaded already, it is not loaded again. */
export const runUnitJob: JobKind = async ({ app, job, signal }) => {
  const loader = loaders.get(app) ?? createUnitLoader(app)
  loaders.set(app, loader)
  const startedMs = app.clock.elapsedMs()
  signal.throwIfAborted()
  const value = await loader.load(job.payload as unknown as UnitOrder).catch((error: unknown) => {
    throw isOfHost(error)
      ? new UnfitHostError(`Worker ${workerName(app)} cannot load it: ${error.message}`, { cause: error })
      : error
  })
  const durationMs = Math.round(app.clock.elapsedMs() - startedMs)
  return { load: { status: 'completed', durationMs, rows: 'counts' in value ? rowsWritten(value.counts.rows) : 0, value } }
}

const isOfHost = (error: unknown): error is Error => error instanceof ConfigError || error instanceof CredentialsError

/** Lets go of the providers of runs, at the end of a process that has worked units. */
export async function closeUnits(app: App): Promise<void> {
  const loader = loaders.get(app)
  loaders.delete(app)
  await loader?.close()
}
