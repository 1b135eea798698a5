import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { sharedFolder } from './shared-data.ts'

/** Serves the real payloads on loopback; with faults, as its own `--faults` and `--fault-rate` have them. */
export async function startRealProvider(
  args: readonly string[] = [],
): Promise<AsyncDisposable & { nbaCdn: string; nbaStats: string; nflEnv: Record<string, string>; espn: string; racing: string }> {
  const program = join(sharedFolder ?? '', 'tools', 'provider-server.mjs')
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise(resolve => child.once('close', resolve))
  for await (const line of createInterface(child.stdout)) {
    const { url } = JSON.parse(line) as { url: string }
    return {
      nbaCdn: `${url}/cdn.nba.com`,
      nbaStats: `${url}/stats.nba.com`,
      espn: `${url}/site.api.espn.com`,
      racing: `${url}/api.theracingapi.com`,
      nflEnv: {
        SPORTS_INGEST_PROVIDER_NFLVERSE_URL: `${url}/github.com`,
        SPORTS_INGEST_PROVIDER_NFLDATA_URL: `${url}/raw.githubusercontent.com`,
      },
      [Symbol.asyncDispose]: async () => {
        child.kill()
        await ended
      },
    }
  }
  throw new Error('The server of real payloads ended before it was ready.')
}
