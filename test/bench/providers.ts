import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

/** The season 2024-25 is played, and still the one that is on: its schedule is the cdn's. Of racing, May is over. */
export const now = '2025-06-30T12:00:00Z'

export interface Arrival {
  path: string
  arrivedMs: number
}

export interface ProviderProcess extends AsyncDisposable {
  /** What points a run at it. */
  env: Record<string, string>
  /** What arrived and when, in ms; ends it. */
  arrivals(): Promise<Arrival[]>
}

/** Starts a provider in a process of its own, so that what the run does moves no arrival. */
export async function startProvider(sport: 'nba' | 'racing', latencyMs: number): Promise<ProviderProcess> {
  const program = fileURLToPath(new URL('./provider.ts', import.meta.url))
  const child = spawn(process.execPath, [program, sport, now, String(latencyMs)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const [line] = await Promise.race([
    once(child.stdout, 'data'),
    ended.then(([code]) => Promise.reject(new Error(`The provider ended with ${code}.`))),
  ])
  const url = String(line).trim()
  return {
    env: {
      SPORTS_INGEST_NOW: now,
      SPORTS_INGEST_PROVIDER_NBA_CDN_URL: url,
      SPORTS_INGEST_PROVIDER_NBA_STATS_URL: `${url}/stats.nba.com`,
      SPORTS_INGEST_PROVIDER_THE_RACING_API_URL: url,
      RACING_API_USERNAME: 'user',
      RACING_API_PASSWORD: 'pass',
    },
    arrivals: async () => {
      child.stdin.end()
      return JSON.parse(await text(child.stdout)) as Arrival[]
    },
    [Symbol.asyncDispose]: async () => {
      child.kill()
      await ended
    },
  }
}

/** Starts the program's own sandbox: its answers are packed and tagged as the real ones are. */
export async function startSandbox(
  program: string,
  env: Record<string, string>,
): Promise<Pick<ProviderProcess, 'env'> & AsyncDisposable> {
  const child = spawn(process.execPath, [program, 'sandbox', '--json'], {
    env: { ...env, SPORTS_INGEST_NOW: now },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const ended = once(child, 'exit')
  const [said] = await Promise.race([
    once(child.stdout, 'data'),
    ended.then(([code]) => Promise.reject(new Error(`The sandbox ended with ${code}.`))),
  ])
  return {
    env: { SPORTS_INGEST_NOW: now, ...(JSON.parse(String(said)) as { environment: Record<string, string> }).environment },
    [Symbol.asyncDispose]: async () => {
      child.kill()
      await ended
    },
  }
}
