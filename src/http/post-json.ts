import { request } from 'undici'
import { ProviderUnavailableError } from '../core/errors.ts'

/**
 * Posts a value as JSON, once, and checks only for a 2xx.
 * @throws ProviderUnavailableError for any other answer, and for none in time
 */
export async function postJson(
  url: string,
  value: unknown,
  { headers, timeoutMs, signal }: { headers: Record<string, string>; timeoutMs: number; signal: AbortSignal },
): Promise<void> {
  let status: number
  try {
    const answer = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'sports-ingest', ...headers },
      body: JSON.stringify(value),
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    })
    await answer.body.dump()
    status = answer.statusCode
  } catch (cause) {
    signal.throwIfAborted()
    throw new ProviderUnavailableError(`No answer: ${(cause as Error).message || (cause as Error).name}.`, { cause })
  }
  if (status < 200 || status > 299) throw new ProviderUnavailableError(`It answered ${status}.`)
}
