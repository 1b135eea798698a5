import type { App } from '../app.ts'
import { hasPassed } from '../core/clock.ts'
import { hasChannels } from './channels.ts'
import { createPings } from './pings.ts'
import type { TellOptions } from './tell-alerts.ts'

/** So often a process that goes on for months looks for incidents, and tells that it is alive. */
const lookMs = 10 * 60_000
const pulseMs = 5 * 60_000
const tickMs = 30_000

/** A sport whose next cycle has not begun so long after its time is not followed any more, whatever else the process does. */
const lateMs = 5 * 60_000

/** What a cycle says that matters here. */
interface Noted {
  sport: { id: string }
  nextPollAt: Date
}

/**
 * Alerts and pings of `live`, beside its work, which does not wait for them. The process is alive as long as it follows a sport, and each sport
 * that it follows has its cycles in time; one that stands by is not pinged for.
 */
export function watchLive(app: App, { sandbox }: Pick<TellOptions, 'sandbox'>) {
  const { config, clock, log } = app
  const { pingUrl, enabled } = config.alerts
  const pings = createPings(log)
  const next = new Map<string, Date>()
  const isWatched = enabled && hasChannels(config)
  let [lookedAt, pulsedAt] = [undefined as Date | undefined, undefined as Date | undefined]
  let looking: Promise<void> | undefined

  function look(): void {
    if (!isWatched || looking || (lookedAt && !hasPassed(clock, lookedAt, lookMs))) return
    lookedAt = clock.now()
    // Not loaded, and not held in memory for months, where there is nobody to tell.
    looking = import('./tell-alerts.ts')
      .then(({ tellAlerts }) => tellAlerts(app, { sandbox }))
      .finally(() => {
        looking = undefined
      })
  }

  function pulse(): void {
    if (!enabled || !pingUrl || sandbox || (pulsedAt && !hasPassed(clock, pulsedAt, pulseMs))) return
    const now = clock.now().getTime()
    const isAlive = next.size > 0 && [...next.values()].every(at => now < at.getTime() + lateMs)
    if (!isAlive) return
    pulsedAt = clock.now()
    pings.alive(pingUrl)
  }

  const timer = setInterval(pulse, tickMs)
  timer.unref()
  return {
    onCycle({ sport, nextPollAt }: Noted): void {
      next.set(sport.id, nextPollAt)
      pulse()
      look()
    },
    onStandby: ({ id }: Noted['sport']): void => void next.delete(id),
    /** For tests. */
    pulse,
    async stop(): Promise<void> {
      clearInterval(timer)
      await Promise.all([looking, pings.settle()])
    },
  }
}
