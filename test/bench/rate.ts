import { spawnSync } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { fullestSecond, startBudgetClient } from '../support/budget-clients.ts'
import { reply, startProviderServer } from '../support/provider-server.ts'
import { startProvider } from './providers.ts'

/** What a provider may be asked per second where no setting says otherwise. */
export const ratePerSecond = 2

export interface RateResult {
  /** Requests that arrived, as a part of what is allowed in the time. */
  used: number
  fullestSecond: number
}

/** How much of a rate four processes use that share it, and how closely they keep to it, as the provider sees it. */
export async function measureSharedRate(databaseUrl: string, seconds: number): Promise<RateResult> {
  await using stack = new AsyncDisposableStack()
  const api = stack.use(await startProviderServer([reply(200, {}, { ok: true })]))
  const start = async () => stack.use(await startBudgetClient({ databaseUrl, url: api.url, ratePerSecond }))
  await Promise.all(Array.from({ length: 4 }, start))
  await delay(seconds * 1000)
  const arrivals = api.requests.map(({ arrivedMs }) => arrivedMs)
  return { used: usedOf(arrivals), fullestSecond: fullestSecond(arrivals) }
}

/** What a simulated provider is asked for at the default rate, and which of the requests are counted. */
const backfills = {
  /** A little over a minute's work: 130 games, in three chunks. */
  nba: { words: ['--season', '2024-25', '--from', '2025-01-03', '--to', '2025-01-20'], counted: '/boxscore/', settings: {} },
  /** Half a minute's: 30 days, most of two pages, of which the second is asked for after the first is read. */
  racing: {
    words: ['--from', '2025-05-31', '--to', '2025-06-29', '--only', 'results'],
    counted: '/v1/results?',
    settings: { SPORTS_INGEST_RACING_PAGE_SIZE: '20' },
  },
}

export type PacedSport = keyof typeof backfills

/** The same of a backfill at the defaults: what it loads from the first to the last, and the second with most of all it asked. */
export async function measureBackfillRate(
  program: string,
  { sport, env, latencyMs }: { sport: PacedSport; env: Record<string, string>; latencyMs: number },
): Promise<RateResult> {
  await using provider = await startProvider(sport, latencyMs)
  const { words: own, counted, settings } = backfills[sport]
  const words = [program, 'schedule', 'backfill', '--sport', sport, ...own]
  const { status, stderr } = spawnSync(process.execPath, words, {
    env: { ...env, ...provider.env, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 180_000,
  })
  if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}: ${stderr}`)
  const arrivals = await provider.arrivals()
  const loads = arrivals.filter(({ path }) => path.includes(counted))
  return {
    used: usedOf(loads.map(({ arrivedMs }) => arrivedMs)),
    fullestSecond: fullestSecond(arrivals.map(({ arrivedMs }) => arrivedMs)),
  }
}

function usedOf(arrivals: readonly number[]): number {
  const elapsedMs = (arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0)
  return ((arrivals.length - 1) * 1000) / elapsedMs / ratePerSecond
}
