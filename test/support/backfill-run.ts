import type { Sql } from 'postgres'
import { createSimulatedNbaCdn } from '../../src/sandbox/nba/cdn.ts'
import { type Answer, jsonAnswer } from '../../src/sandbox/provider.ts'
import type { CliResult } from './cli.ts'
import { type DisturbedRun, type Environment, haltDisturbed, startDisturbed } from './disturbed-run.ts'
import { type ProviderServer, reply, type SeenRequest, startProviderServer } from './provider-server.ts'
import { createSmallLeague } from './small-league.ts'
import { at } from './test-clock.ts'

/** All ten days of the small league are over: five chunks of two days, about six games each, two chunks at a time. */
const afterwards = '2024-12-13T17:00:00Z'
const words = ['schedule', 'backfill', '--sport', 'nba', '--season', '2024-25']
const inSmallChunks = ['--chunk-days', '2', '--concurrency', '2']

/** What a provider is, and when. */
export interface SeasonToLoad {
  now: string
  answer(path: string): Answer | undefined
  /** Flags that make a few chunks of it. */
  flags: readonly string[]
}

/**
 * The small league with its broken game, a game that was moved and one that was put off: in the order of days, the watermark waits
 * for the lowest id until the end, and then stops before the game that is not over.
 */
export function createSmallSeason(): SeasonToLoad {
  const league = createSmallLeague({ broken: true })
  const make = (path: string) => {
    const answer = league.answer(path, new URLSearchParams(), at(afterwards))
    return answer && path.endsWith('scheduleLeagueV2.json') ? jsonAnswer(rearranged(JSON.parse(answer.body.toString()))) : answer
  }
  return { now: afterwards, flags: inSmallChunks, answer: madeOnce(make) }
}

/** A whole simulated season, in the program's own chunks. */
export function createFullSeason(): SeasonToLoad {
  const league = createSimulatedNbaCdn(1)
  const now = '2025-06-25T17:00:00Z'
  return { now, flags: [], answer: madeOnce(path => league.answer(path, new URLSearchParams(), at(now))) }
}

/** Dozens of runs ask for the same answers. */
function madeOnce(make: SeasonToLoad['answer']): SeasonToLoad['answer'] {
  const made = new Map<string, Answer | undefined>()
  return path => {
    if (!made.has(path)) made.set(path, make(path))
    return made.get(path)
  }
}

interface ScheduleFile {
  leagueSchedule: { gameDates: { games: { gameDateEst: string; gameStatus: number; gameStatusText: string }[] }[] }
}

function rearranged(file: ScheduleFile): ScheduleFile {
  const games = file.leagueSchedule.gameDates.flatMap(day => day.games)
  const [moved, putOff, last] = [games[0], games[20], games.at(-1)]
  if (!moved || !putOff || !last) throw new Error('The small league has fewer games than it should.')
  moved.gameDateEst = last.gameDateEst
  Object.assign(putOff, { gameStatus: 1, gameStatusText: 'PPD' })
  return file
}

export interface BackfillProvider extends ProviderServer {
  env: Record<string, string>
  /** Games whose box score was sent, in that order; one that was sent twice is in it twice. */
  readonly sent: string[]
}

export interface ProviderOptions {
  /** Box scores of every third game are had at the second time of asking. */
  hiccups?: boolean
}

/** Serves a season to one case's runs alone, so that what they asked for can be told. */
export async function startBackfillProvider(
  season: SeasonToLoad,
  { hiccups = false }: ProviderOptions = {},
): Promise<BackfillProvider> {
  const sent: string[] = []
  const server = await startProviderServer(({ path, earlier }: SeenRequest) => {
    const game = /boxscore_(\d+)\.json$/.exec(path)?.[1]
    if (hiccups && game && Number(game) % 3 === 0 && earlier === 0) return reply(500)
    if (game) sent.push(game)
    const answer = season.answer(path)
    return answer && reply(answer.status, { 'content-type': answer.type }, answer.body)
  })
  const env = {
    SPORTS_INGEST_PROVIDER_NBA_CDN_URL: server.url,
    // Answers 404: no test asks the real one.
    SPORTS_INGEST_PROVIDER_NBA_STATS_URL: `${server.url}/stats.nba.com`,
    SPORTS_INGEST_NOW: season.now,
  }
  return { ...server, env, sent }
}

/** Starts a backfill of the season. */
export const startBackfill = (env: Environment, flags: readonly string[] = inSmallChunks): DisturbedRun =>
  startDisturbed([...words, ...flags], env)

/** Starts it and waits until it has halted at a step of core/steps.ts. */
export const haltBackfill = (env: Environment, step: string, flags: readonly string[] = inSmallChunks): Promise<DisturbedRun> =>
  haltDisturbed([...words, ...flags], env, step)

/** Runs it to its end. */
export const runBackfill = (env: Environment, flags?: readonly string[]): Promise<CliResult> => startBackfill(env, flags).done

/** Games whose rows are committed, or that are set aside: nobody may ask for them again. */
export async function loadedGames(sql: Sql): Promise<Set<string>> {
  const rows = await sql<{ id: string }[]>`select game_id as id from nba_player_game_stats union select item from dead_letters`
  return new Set(rows.map(({ id }) => id))
}
