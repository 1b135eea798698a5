import type { App } from '../../app.ts'
import { BusyError, StoreError } from '../../core/errors.ts'
import { reachStep } from '../../core/steps.ts'
import type { Receipt } from '../../pipeline/receipt.ts'
import { liveLease } from '../../pipeline/watermark-names.ts'
import { type Lease, type LeaseTimes, takeLease } from '../../store/leases.ts'
import type { LiveSport } from './live-sport.ts'
import { type LiveListener, type LiveOptions, runSession } from './session.ts'

/** Another host is at work within 15 s: 10 until the lease of a halted one is over, 3 until somebody asks. */
const liveTimes: LeaseTimes = { lifetimeS: 10, renewalMs: 3_000 }
const standbyMs = 3_000

/**
 * Follows one sport: alone, under its lease, until told to stop. Where another process is at it, it stands by and takes over when
 * that one is gone; and does so again when its own lease has gone to another.
 * @returns with `once` only
 */
export async function followSport(app: App, sport: LiveSport, options: LiveOptions, listener: LiveListener): Promise<Receipt> {
  for (;;) {
    const lease = await waitForLease(app, sport, options, listener)
    try {
      await reachStep('lease-taken')
      return await runSession(app, sport, lease, options, listener)
    } catch (error) {
      app.signal.throwIfAborted()
      if (options.once) throw error
      app.log.warn('live.stand-down', { sport: sport.id, reason: (error as Error).message })
      await app.clock.sleep(standbyMs, app.signal)
    } finally {
      await lease.release()
    }
  }
}

async function waitForLease(app: App, sport: LiveSport, { once }: LiveOptions, { onStandby }: LiveListener): Promise<Lease> {
  const told = new Set<string>()
  for (;;) {
    try {
      return await takeLease(app.database, liveLease(sport.id), app.log, liveTimes)
    } catch (error) {
      app.signal.throwIfAborted()
      if (once || !(error instanceof BusyError || error instanceof StoreError)) throw error
      if (!told.has(error.name)) {
        app.log.info('live.standby', { sport: sport.id, reason: error.message })
        onStandby(sport, error.message)
      }
      told.add(error.name)
      await app.clock.sleep(standbyMs, app.signal)
    }
  }
}
