import { ProviderUnavailableError } from '../core/errors.ts'
import { placeOf } from './bullmq.ts'

interface PublishOptions {
  /** For all of it. */
  timeoutMs: number
  signal: AbortSignal
}

/**
 * Gives a function that publishes texts on a channel of Redis, in their order, over a connection of its own: there is seldom something to
 * say. Undefined where the package ioredis is not installed. The function throws a ProviderUnavailableError.
 */
export async function createPublisher(url: string) {
  const ioredis = await import('ioredis').catch(() => undefined)
  if (!ioredis) return undefined
  return async (channel: string, texts: readonly string[], { timeoutMs, signal }: PublishOptions): Promise<void> => {
    const redis = new ioredis.Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 })
    let reason = ''
    redis.on('error', ({ message }: Error) => {
      reason ||= message
    })
    const late = AbortSignal.timeout(timeoutMs)
    const ending = AbortSignal.any([signal, late])
    const end = () => redis.disconnect()
    ending.addEventListener('abort', end)
    try {
      await redis.connect()
      await Promise.all(texts.map(text => redis.publish(channel, text)))
    } catch (cause) {
      signal.throwIfAborted()
      const why = late.aborted ? `no answer within ${timeoutMs / 1000} s` : reason || (cause as Error).message
      throw new ProviderUnavailableError(`Redis at ${placeOf(url)} does not take it: ${why}.`, { cause })
    } finally {
      ending.removeEventListener('abort', end)
      end()
    }
  }
}
