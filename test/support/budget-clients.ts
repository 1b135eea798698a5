import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

export interface BudgetClientOptions {
  databaseUrl: string
  /** Of the provider. */
  url: string
  ratePerSecond: number
  share?: 'live' | 'rest'
}

export interface BudgetClient extends AsyncDisposable {
  child: ChildProcess
}

/** Starts a process that shares a budget and asks as often as that lets it, until the end of the scope. */
export async function startBudgetClient(options: BudgetClientOptions): Promise<BudgetClient> {
  const { databaseUrl, url, ratePerSecond, share = 'rest' } = options
  const program = join(import.meta.dirname, 'budget-client.ts')
  const child = spawn(process.execPath, [program, databaseUrl, url, String(ratePerSecond), share], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  await Promise.race([once(child.stdout, 'data'), ended.then(([code]) => Promise.reject(new Error(`It ended with ${code}.`)))])
  return {
    child,
    [Symbol.asyncDispose]: async () => {
      child.stdin.end()
      await ended
    },
  }
}

/** The most of these times that lie within one second, the end not included. */
export function fullestSecond(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b)
  return Math.max(0, ...sorted.map((from, n) => sorted.slice(n).filter(at => at < from + 1000).length))
}
