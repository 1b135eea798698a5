import type { App } from '../app.ts'
import { sendNotices } from '../jobs/send-notices.ts'
import type { Channel } from './channels.ts'
import type { Message } from './message.ts'

/** For one message. */
export const sendTimeoutMs = 5_000

const takenMs = 60_000

/**
 * Sends what is due to the channels, all at the same time, one message after the other. What a channel does not take within the time is sent by
 * the next command.
 * @param withinMs by the host's own time
 */
export async function deliver(app: App, channels: readonly Channel[], withinMs: number): Promise<void> {
  const over = AbortSignal.timeout(withinMs)
  const signal = AbortSignal.any([app.signal, over])
  const sendAll = async ({ name, send }: Channel) => {
    const receiver = {
      ...{ queue: { channel: name }, atOnce: 1, takenMs, fields: { channel: name } },
      send: async ([notice]: readonly { message: unknown }[]) =>
        await send(notice?.message as Message, { timeoutMs: sendTimeoutMs, signal }),
    }
    while (!signal.aborted && (await sendNotices(app, receiver)));
  }
  const ended = await Promise.allSettled(channels.map(sendAll))
  app.signal.throwIfAborted()
  for (const [i, result] of ended.entries())
    if (result.status === 'rejected')
      app.log.warn('notices.unsent', { channel: channels[i]?.name, reason: String(result.reason?.message) })
}
