import type { Provider } from '../providers/open-provider.ts'
import type { RequestCounts } from './plan/count-requests.ts'
import type { Providers } from './providers.ts'

/** What requests cost, of a provider of which the settings say so. */
export interface Cost {
  provider: string
  requests: number
  /** Of all of them, in the currency of the setting. */
  price: number | null
  dailyQuota: number | null
  /** Of today's quota, by what all processes have sent. */
  leftToday: number | null
}

/** What some requests cost, of each provider with a price or a quota. */
export async function costsOf(providers: Providers, counts: RequestCounts): Promise<Cost[]> {
  const costs: Cost[] = []
  for (const [id, requests] of counts) {
    const { price, dailyQuota, left } = providers.get(id) ?? ({} as Partial<Provider>)
    if (price === undefined && dailyQuota === undefined) continue
    const leftToday = (await left?.()) ?? null
    costs.push({
      provider: id,
      requests,
      price: price === undefined ? null : round(price * requests),
      dailyQuota: dailyQuota ?? null,
      leftToday,
    })
  }
  return costs
}

/** Prices of a thousandth of a cent are a matter of adding up, not of this. */
const round = (price: number): number => Number(price.toFixed(4))

/** What is to be said before requests are sent of which the day's quota does not have enough; undefined where it has. */
export function shortageOf({ provider, requests, dailyQuota, leftToday }: Cost): string | undefined {
  if (dailyQuota === null || leftToday === null || leftToday >= requests) return undefined
  const days = 1 + Math.ceil((requests - leftToday) / dailyQuota)
  return `${provider}: about ${requests} requests are needed, and ${leftToday} of the daily_quota of ${dailyQuota} are left today (UTC); without a higher quota it takes ${days} days.`
}
