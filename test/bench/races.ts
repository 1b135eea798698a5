import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { psql, readPeak } from './imports.ts'
import type { ServerDatabase } from './server.ts'

/** A hundred days of forty races with ten runners, on two pages a day. */
export const [firstDay, lastDay] = ['2024-01-01', '2024-04-09']
export const [racesOfDay, runnersOfRace, pageSize] = [40, 10, 20]
const runners = 100 * racesOfDay * runnersOfRace

export interface RacesResult {
  runners: number
  ms: number
  runnersPerSecond: number
  /** What psql's `\copy` of the same rows of all tables takes; undefined where there is no psql. */
  copyMs: number | undefined
  /** MB; 0 where the system does not tell. */
  peak: number
}

const tables = ['races', 'runners', 'horses', 'jockeys', 'trainers', 'owners', 'courses']

/** Loads the results of a hundred days into an empty database as fast as it goes, and copies the same rows with psql. */
export async function measureRaces(program: string, env: Record<string, string>, server: ServerDatabase): Promise<RacesResult> {
  const folder = mkdtempSync(join(tmpdir(), 'sports-ingest-bench-'))
  const api = spawn(process.execPath, [fileURLToPath(new URL('./races-server.ts', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  try {
    const [address] = await once(api.stdout, 'data')
    const url = await server.createEmpty('races')
    const words = ['schedule', 'backfill', '--sport', 'racing', '--from', firstDay, '--to', lastDay, '--only', 'results']
    const startedMs = performance.now()
    const child = spawn(process.execPath, [program, ...words], {
      env: {
        ...env,
        ...{ DATABASE_URL: url, LOG_LEVEL: 'warn', RACING_API_USERNAME: 'user', RACING_API_PASSWORD: 'pass' },
        ...{ SPORTS_INGEST_PROVIDER_THE_RACING_API_URL: String(address).trim(), SPORTS_INGEST_RACING_RATE_LIMIT: '1000' },
      },
      stdio: ['ignore', 'ignore', 'inherit'],
      timeout: 240_000,
    })
    let peak = 0
    const timer = setInterval(() => {
      peak = Math.max(peak, readPeak(child))
    }, 50)
    const [status] = await once(child, 'close')
    clearInterval(timer)
    if (status !== 0) throw new Error(`schedule backfill ended with ${status}.`)
    const ms = performance.now() - startedMs
    const copyMs = spawnSync('psql', ['--version']).error
      ? undefined
      : copyAll(url, await server.createEmpty('races_copied'), folder)
    return { runners, ms, runnersPerSecond: (runners * 1000) / ms, copyMs, peak }
  } finally {
    api.kill()
    rmSync(folder, { recursive: true, force: true })
  }
}

function copyAll(from: string, to: string, folder: string): number {
  for (const table of tables) psql(from, `\\copy ${table} to '${join(folder, table)}'`)
  const startedMs = performance.now()
  for (const table of tables) psql(to, `\\copy ${table} from '${join(folder, table)}'`)
  return performance.now() - startedMs
}
