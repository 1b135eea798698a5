import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Wall times of the first sandbox run of an empty data directory, with all it has to set up, and of the second. */
export function timeSandbox(program: string, env: Record<string, string>): { firstMs: number; secondMs: number } {
  const dataDir = mkdtempSync(join(tmpdir(), 'sports-ingest-bench-'))
  chmodSync(dataDir, 0o755)
  const once = () => {
    const startedMs = performance.now()
    const { status, stderr } = spawnSync(process.execPath, [program, 'schedule', 'daily', '--sandbox'], {
      env: { ...env, SPORTS_INGEST_DATA_DIR: dataDir },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 120_000,
    })
    if (status !== 0) throw new Error(`schedule daily --sandbox ended with ${status}: ${stderr}`)
    return performance.now() - startedMs
  }
  try {
    return { firstMs: once(), secondMs: once() }
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}
