import type { Clock } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import { reachStep } from '../core/steps.ts'
import type { Answer } from '../http/answer.ts'
import { createHttpClient, type HttpClient } from '../http/client.ts'
import type { Limits, RetryPolicy } from '../http/limits.ts'
import type { PayloadArchive } from '../store/payload-archive.ts'
import type { ProviderDeclaration } from './declaration.ts'

/** A provider that can be asked: politely, within its limits, and with each answer kept. */
export interface Provider {
  readonly id: string
  /** Requests made so far, retries included. */
  readonly requests: number
  /**
   * A JSON file by its path. Asks whether it changed where an earlier answer is kept; a changed one is kept before it is returned.
   * @throws one of the errors of `http`, sorted by what happens next
   */
  get(path: string): Promise<Answer>
  close(): Promise<void>
}

export interface ProviderOptions {
  declaration: ProviderDeclaration
  /** Instead of the declaration's: a mirror, a stand-in. */
  baseUrl: string | undefined
  limits: Partial<Limits>
  retry: Partial<RetryPolicy>
  archive: PayloadArchive
  /** Reads the archive but writes nothing to it. */
  dryRun: boolean
  clock: Clock
  log: Log
  signal: AbortSignal
}

export function openProvider(options: ProviderOptions): Provider {
  const { declaration, archive, clock, log, signal } = options
  const client: HttpClient = createHttpClient({
    provider: declaration.id,
    baseUrl: options.baseUrl ?? declaration.baseUrl,
    headers: declaration.headers,
    limits: options.limits,
    retry: options.retry,
    archive,
    clock,
    log,
  })
  return {
    id: declaration.id,
    get requests() {
      return client.requests
    },
    get: async path => {
      await reachStep('before-fetch')
      const answer = await client.get(path, { signal, accept: 'json' })
      await reachStep('after-fetch')
      if (!answer.fromCache && !options.dryRun) {
        const { url, body, etag, lastModified, fetchedAt } = answer
        await archive.keep({ provider: declaration.id, url, status: answer.status, body, etag, lastModified, fetchedAt })
        await reachStep('after-archive')
      }
      return answer
    },
    close: () => client.close(),
  }
}
