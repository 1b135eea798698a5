import type { App } from '../../app.ts'
import type { Receipt } from '../../pipeline/receipt.ts'
import { followSport, type LiveListener } from './follow-sport.ts'
import type { LiveSport } from './live-sport.ts'
import type { LiveOptions } from './session.ts'

/** What `live --once` did: a receipt for each sport that had its cycle. */
export interface LiveOutcome {
  runs: Receipt[]
  failures: number
}

/**
 * Follows all these sports at the same time, each by itself: the trouble of one is not the others'. Ends when told to stop, or,
 * with `once`, after one cycle of each; then trouble is thrown when all have had theirs.
 */
export async function runLive(
  app: App,
  sports: readonly LiveSport[],
  options: LiveOptions,
  listener: LiveListener,
): Promise<LiveOutcome> {
  const follow = (sport: LiveSport) =>
    followSport(app, sport, options, listener).catch((error: Error) => {
      // At once: the others may go on for months. Of one cycle it is known at its end.
      if (!options.once && !app.signal.aborted) app.log.error('live.failed', { sport: sport.id, reason: error.message })
      throw error
    })
  const ended = await Promise.allSettled(sports.map(follow))
  app.signal.throwIfAborted()
  const runs = ended.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []))
  const [failed, ...others] = ended.filter(result => result.status === 'rejected')
  // One can be thrown; what the other sports have come to is not lost with it.
  for (const { reason } of options.once ? others : []) app.log.error('live.failed', { reason: (reason as Error).message })
  for (const receipt of runs) listener.onReceipt(receipt)
  if (failed) throw failed.reason
  return { runs, failures: runs.reduce((sum, { failures }) => sum + failures, 0) }
}
