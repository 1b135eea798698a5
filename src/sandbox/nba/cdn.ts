import { type Answer, jsonAnswer, type SimulatedProvider } from '../provider.ts'
import { boxScore } from './box-score.ts'
import { seasonYearAt, seasonYearOf } from './calendar.ts'
import { seasonYearOfGame } from './game.ts'
import { createLeague } from './league.ts'
import { scoreboardAt, scoreboardDay } from './scoreboard.ts'

/** What the real cdn says to a missing file and to a client it does not like. */
const accessDenied: Answer = {
  status: 403,
  type: 'application/xml',
  body: Buffer.from(
    '<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>',
  ),
}

/**
 * A simulated cdn.nba.com: the schedule of the season that is on, box scores of this season and earlier ones, today's
 * scoreboard. All content follows from the seed and the instant asked about.
 */
export function createSimulatedNbaCdn(seed: number, league = createLeague(seed)): SimulatedProvider {
  function box(gameId: string, now: number): Answer | undefined {
    const year = seasonYearOfGame(gameId)
    if (year === undefined || year > seasonYearAt(now)) return undefined
    const season = league.season(year)
    const game = season.find(gameId)
    const file = game && boxScore(league, season, game, now)
    return file && jsonAnswer(file)
  }

  return {
    id: 'nba-cdn',
    host: 'cdn.nba.com',
    // Since May 2026 the real one refuses requests that do not come from a page of nba.com.
    refuse: ({ referer }) => (referer?.startsWith('https://www.nba.com') ? undefined : accessDenied),
    missing: () => accessDenied,
    answer(path, _query, now) {
      const at = now.getTime()
      if (path === '/static/json/staticData/scheduleLeagueV2.json') return league.schedule(seasonYearAt(at), at)
      if (path === '/static/json/liveData/scoreboard/todaysScoreboard_00.json')
        return jsonAnswer(scoreboardAt(league, league.season(seasonYearOf(scoreboardDay(at))), at))
      const asked = /^\/static\/json\/liveData\/boxscore\/boxscore_(\d{10})\.json$/.exec(path)
      return asked ? box(asked[1] as string, at) : undefined
    },
  }
}
