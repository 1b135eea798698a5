import type { ProviderDeclaration } from './declaration.ts'

/**
 * The NBA's static files. Since 2026-05-12 they answer 403 without the site's own `Referer`
 * (swar/nba_api issues 665 and 670); a browser's `User-Agent` belongs to it. A file that does not exist is 403, too.
 */
export const nbaCdn: ProviderDeclaration = {
  id: 'nba-cdn',
  baseUrl: 'https://cdn.nba.com',
  probe: { path: () => scoreboardPath, isFile: false },
  headers: {
    referer: 'https://www.nba.com/',
    'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
    accept: 'application/json, text/plain, */*',
  },
}

/** The current season's schedule; former seasons are not there. */
export const schedulePath = '/static/json/staticData/scheduleLeagueV2.json'

export const boxScorePath = (gameId: string): string => `/static/json/liveData/boxscore/boxscore_${gameId}.json`

/** The games of one day, as they stand: of the day before until about noon in the East. */
export const scoreboardPath = '/static/json/liveData/scoreboard/todaysScoreboard_00.json'
