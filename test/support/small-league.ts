import { createClock } from '../../src/core/clock.ts'
import { createSimulatedNbaCdn } from '../../src/sandbox/nba/cdn.ts'
import { jsonAnswer, type SimulatedProvider } from '../../src/sandbox/provider.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts'
import type { Database } from '../../src/store/database.ts'
import { moveWatermark } from '../../src/store/watermarks.ts'
import { hang, type ProviderServer, reply, startProviderServer } from './provider-server.ts'
import { at } from './test-clock.ts'

/** A noon in December: the day before had two games called off. */
export const noon = '2024-12-10T17:00:00Z'

/** Loaded through here before a test begins, so that a run catches up from the 6th to the 9th, a chunk each. */
export const loadedThrough = '2024-12-05'
export const missedDays = ['2024-12-06', '2024-12-07', '2024-12-08', '2024-12-09']

/** A game of the 8th whose box score is none: it ends in the dead letters. */
export const brokenGame = '0022400347'

interface ScheduleFile {
  leagueSchedule: { gameDates: { gameDate: string; games: { gameId: string }[] }[] }
}

/** A simulated NBA whose season has ten days of three games and so is quickly loaded: tests run it dozens of times. */
export function createSmallLeague({ broken = false } = {}): SimulatedProvider {
  const cdn = createSimulatedNbaCdn(1)
  return {
    ...cdn,
    answer(path, query, now) {
      if (broken && path.endsWith(`${brokenGame}.json`)) return jsonAnswer({ game: { gameId: brokenGame } })
      const answer = cdn.answer(path, query, now)
      if (!answer || !path.endsWith('scheduleLeagueV2.json')) return answer
      const file = JSON.parse(answer.body.toString()) as ScheduleFile
      const days = file.leagueSchedule.gameDates.filter(({ gameDate }) => /^12\/(0[3-9]|1[0-2])\/2024/.test(gameDate))
      file.leagueSchedule.gameDates = days.map(day => ({ ...day, games: day.games.slice(0, 3) }))
      return jsonAnswer(file)
    },
  }
}

/** The small league on loopback, with the broken game where asked for; `env` makes a run ask it, at noon. */
export async function startSmallLeague(options: { broken?: boolean } = {}): Promise<Sandbox & { env: Record<string, string> }> {
  const held = { ...createClock(), now: () => at(noon) }
  const server = await startSandbox({ clock: held, leagues: [createSmallLeague(options)] })
  const env = {
    SPORTS_INGEST_PROVIDER_NBA_CDN_URL: server.baseUrlOf('nba-cdn'),
    // Answers that it does not simulate it: no test asks the real one.
    SPORTS_INGEST_PROVIDER_NBA_STATS_URL: `${server.url}/stats.nba.com`,
    SPORTS_INGEST_NOW: noon,
  }
  return { ...server, env }
}

/** Makes a database look loaded through the 5th. */
export async function loadThroughFifth({ transaction }: Pick<Database, 'transaction'>): Promise<void> {
  const by = { user: 'test', reason: 'the days before were loaded elsewhere' }
  await transaction(tx => moveWatermark(tx, { stage: 'schedule', key: 'daily:nba', value: loadedThrough, at: at(noon), by }))
}

/** The same league, where the box scores that `held` names are asked for and never answered. */
export async function startHangingLeague(
  held: (path: string) => boolean,
): Promise<ProviderServer & { env: Record<string, string> }> {
  const league = createSmallLeague()
  const server = await startProviderServer(({ path }) => {
    const answer = league.answer(path, new URLSearchParams(), at(noon))
    return held(path) ? hang() : answer && reply(answer.status, { 'content-type': answer.type }, answer.body)
  })
  return { ...server, env: { SPORTS_INGEST_PROVIDER_NBA_CDN_URL: server.url, SPORTS_INGEST_NOW: noon } }
}
