import type { Sandbox } from '../../src/sandbox/server.ts'

export const schedulePath = '/static/json/staticData/scheduleLeagueV2.json'
export const scoreboardPath = '/static/json/liveData/scoreboard/todaysScoreboard_00.json'
export const boxScorePath = (gameId: string) => `/static/json/liveData/boxscore/boxscore_${gameId}.json`

/** Asks the simulated cdn as a browser on nba.com would. */
export const ask = (sandbox: Sandbox, path: string, headers: Record<string, string> = {}, init: RequestInit = {}) =>
  fetch(sandbox.baseUrlOf('nba-cdn') + path, { ...init, headers: { referer: 'https://www.nba.com/', ...headers } })

/** Asks the simulated stats.nba.com in the same way. */
export const askStats = (sandbox: Sandbox, path: string, headers: Record<string, string> = {}) =>
  fetch(sandbox.baseUrlOf('nba-stats') + path, { headers: { referer: 'https://www.nba.com/', ...headers } })
