import { setTimeout as delay } from 'node:timers/promises'
import { fullestSecond, startBudgetClient } from '../support/budget-clients.ts'
import { reply, startProviderServer } from '../support/provider-server.ts'

export interface RateResult {
  /** Requests that arrived, as a part of what is allowed in the time. */
  used: number
  fullestSecond: number
}

/** How much of a rate four processes use that share it, and how closely they keep to it, as the provider sees it. */
export async function measureRate(databaseUrl: string, ratePerSecond: number, seconds: number): Promise<RateResult> {
  await using stack = new AsyncDisposableStack()
  const api = stack.use(await startProviderServer([reply(200, {}, { ok: true })]))
  const start = async () => stack.use(await startBudgetClient({ databaseUrl, url: api.url, ratePerSecond }))
  await Promise.all(Array.from({ length: 4 }, start))
  await delay(seconds * 1000)
  const arrivals = api.requests.map(({ arrivedMs }) => arrivedMs)
  const elapsedMs = (arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0)
  return { used: ((arrivals.length - 1) * 1000) / elapsedMs / ratePerSecond, fullestSecond: fullestSecond(arrivals) }
}
