import type { App } from '../app.ts'
import { channelsOf } from './channels.ts'
import { deliver } from './deliver.ts'
import { evaluate } from './evaluate.ts'
import type { DirectRun } from './judge-jobs.ts'

export interface TellOptions {
  sandbox: boolean
  /** Jobs that the command at hand has run by itself. */
  direct?: readonly DirectRun[]
}

/** A run is not held up for longer by channels that do not answer. */
const deliveryMs = 8_000

/**
 * Looks whether something is an incident, or is none any more, and sends what is due to the channels. Whatever goes wrong in it is reported,
 * and fails nothing.
 */
export async function tellAlerts(app: App, { sandbox, direct = [] }: TellOptions): Promise<void> {
  const { config, clock, log, signal } = app
  if (!config.alerts.enabled || config.features.dryRun || signal.aborted) return
  const { channels, incomplete } = channelsOf(config)
  for (const problem of incomplete)
    log.warn('alerts.incomplete', { problem, hint: 'sports-ingest alerts test tries all channels.' })
  const names = channels.map(({ name }) => name)
  const report = (error: Error) => signal.aborted || log.warn('alerts.failed', { reason: error.message })
  await evaluate({ app, now: clock.now(), sandbox }, names, direct).catch(report)
  await deliver(app, channels, deliveryMs).catch(report)
}
