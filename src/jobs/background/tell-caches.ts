import type { App } from '../../app.ts'
import type { createAlarm } from '../../core/alarm.ts'
import { sports } from '../../sports/index.ts'
import { audienceOf, sendDueNotices } from '../cache-invalidation.ts'

/** What could not be sent is due again after a while, and what another process has died in sending is with this one within 15 s. */
const lookEveryMs = 2_000

/** Sends the cache invalidations of all sports that are due. A cache that cannot be reached is told of, and harms nothing. */
export async function sendAllNotices(app: App): Promise<void> {
  if (!audienceOf(app.config)) return
  for (const { id } of sports) {
    await sendDueNotices(app, id, { tries: 3 }).catch((error: Error) => {
      if (!app.signal.aborted) app.log.debug('notices.unsent', { sport: id, reason: error.message })
    })
  }
}

/** The same, until told to stop: whenever the alarm rings, and once in a while. */
export async function tellCaches(app: App, alarm: ReturnType<typeof createAlarm>, signal: AbortSignal): Promise<void> {
  const ring = () => alarm.ring()
  signal.addEventListener('abort', ring)
  while (!signal.aborted) {
    await sendAllNotices(app)
    await alarm.wait(lookEveryMs)
  }
}
