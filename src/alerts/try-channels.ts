import { hostname } from 'node:os'
import type { Config } from '../core/config/config.ts'
import { ConfigError } from '../core/errors.ts'
import { channelsOf } from './channels.ts'
import { sendTimeoutMs } from './deliver.ts'
import { toMessage } from './message.ts'
import { ping } from './pings.ts'

/** What has become of a message to one channel. */
export interface Tried {
  channel: string
  sent: boolean
  /** Why it was not. */
  reason: string | null
}

/**
 * Sends a message to each channel of the settings, and a ping, at the same time; of those that are named, to that one.
 * @throws ConfigError where there is none
 */
export async function tryChannels(
  config: Pick<Config, 'alerts'>,
  { only, signal }: { only: string | undefined; signal: AbortSignal },
): Promise<Tried[]> {
  const { channels, incomplete } = channelsOf(config)
  const { pingUrl, enabled } = config.alerts
  const message = toMessage(
    {
      title: 'test: this channel works',
      sports: [],
      lines: [
        ['sent by', `sports-ingest alerts test on ${hostname()}`],
        ...(enabled ? [] : ([['note', 'alerts.enabled is false, so no other message will follow']] as [string, string][])),
      ],
      commands: [],
    },
    { event: 'test', incident: null, at: new Date() },
  )
  const ways = [
    ...channels.map(({ name, send }) => ({ name, run: () => send(message, { timeoutMs: sendTimeoutMs, signal }) })),
    ...(pingUrl
      ? [{ name: 'ping', run: () => ping(pingUrl.reveal(), 'success', undefined, 'sports-ingest alerts test', signal) }]
      : []),
    ...incomplete.map(problem => ({
      name: /^alerts\.(\w+)/.exec(problem)?.[1] ?? '',
      run: () => Promise.reject(new Error(problem)),
    })),
  ].filter(({ name }) => only === undefined || name === only)
  if (ways.length === 0) throw nothingSet(only)
  return await Promise.all(
    ways.map(async ({ name, run }): Promise<Tried> => {
      try {
        await run()
        return { channel: name, sent: true, reason: null }
      } catch (error) {
        signal.throwIfAborted()
        return { channel: name, sent: false, reason: (error as Error).message }
      }
    }),
  )
}

const settingsOf: Record<string, string> = {
  webhook: 'alerts.webhook',
  hook: 'alerts.hook.url and alerts.hook.secret',
  mail: 'alerts.mail.url, alerts.mail.from and alerts.mail.to',
  sentry: 'alerts.sentry_dsn',
  ping: 'alerts.ping_url',
}

function nothingSet(only: string | undefined): ConfigError {
  if (only) return new ConfigError(`The settings have no ${only}.`, { hint: `Set ${settingsOf[only]}.` })
  const all = Object.values(settingsOf).join('; or ')
  return new ConfigError('The settings have no channel for alerts.', { hint: `Set ${all}.` })
}
