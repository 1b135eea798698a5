import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { startSandbox } from './providers.ts'

export interface SeasonResult {
  games: number
  rows: number
  ms: number
  /** Undefined where the system does not tell of it (no `/proc`). */
  memory: { atTenth: number; atHalf: number; atEnd: number; peak: number } | undefined
}

/** Resident memory, in MB. */
interface Resident {
  now: number
  peak: number
}

/** Loads a whole simulated season into an empty database as fast as it goes, and watches the memory of the process that does. */
export async function loadSeason(program: string, env: Record<string, string>): Promise<SeasonResult> {
  await using sandbox = await startSandbox(program, env)
  const startedMs = performance.now()
  const child = spawn(process.execPath, [program, 'schedule', 'backfill', '--sport', 'nba', '--season', '2024-25'], {
    env: { ...env, ...sandbox.env, SPORTS_INGEST_API_RATE_LIMIT: '500', SPORTS_INGEST_LOG_FORMAT: 'json' },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 240_000,
  })
  const closed = once(child, 'close')
  let peak = 0
  const look = () => {
    const found = readResident(child)
    peak = Math.max(peak, found?.peak ?? 0)
    return found?.now ?? 0
  }
  const timer = setInterval(look, 50)
  let [games, rows] = [0, 0]
  const steps: { games: number; resident: number }[] = []
  const said: string[] = []
  for await (const line of createInterface(child.stderr)) {
    said.push(line)
    const fields = toFields(line)
    if (fields.event !== 'unit.done') continue
    games += fields.items ?? 0
    rows += fields.rows ?? 0
    steps.push({ games, resident: look() })
  }
  const [status] = await closed
  clearInterval(timer)
  if (status !== 0) throw new Error(`schedule backfill ended with ${status}: ${said.at(-1)}`)
  const ms = performance.now() - startedMs
  const at = (share: number) => steps.find(step => step.games >= games * share)?.resident ?? 0
  const memory = peak > 0 ? { atTenth: at(0.1), atHalf: at(0.5), atEnd: at(1), peak } : undefined
  return { games, rows, ms, memory }
}

function toFields(line: string): { event?: string; items?: number; rows?: number } {
  try {
    return JSON.parse(line) as object
  } catch {
    return {}
  }
}

/** Undefined where there is no `/proc`, and of a process that has ended. */
function readResident({ pid }: ChildProcess): Resident | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const mb = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024
    return { now: mb('VmRSS'), peak: mb('VmHWM') }
  } catch {
    return undefined
  }
}
