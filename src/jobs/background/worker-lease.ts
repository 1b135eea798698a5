import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { App } from '../../app.ts'
import { type Holder, workerLease } from '../../store/background-jobs.ts'
import { type Lease, type LeaseTimes, takeLease } from '../../store/leases.ts'

/** What a worker that is halted has begun is with another within 15 s: 10 until its lease is over, 2 until somebody looks. */
const workerTimes: LeaseTimes = { lifetimeS: 10, renewalMs: 3_000 }

/** The name under which people see a worker. */
export const workerName = ({ config }: Pick<App, 'config'>): string => config.worker.id ?? `${hostname()}:${process.pid}`

/** Takes the lease by which others see that this process works. */
export async function takeWorkerLease(app: App): Promise<{ lease: Lease; holder: Holder }> {
  const workerId = workerName(app)
  const lease = await takeLease(app.database, workerLease(`${workerId} ${randomUUID()}`), app.log, workerTimes)
  return { lease, holder: { lease: lease.name, workerId } }
}
