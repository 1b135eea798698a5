import { type Answer, jsonAnswer, type SimulatedProvider, textAnswer } from '../provider.ts'
import { parseSeasonLabel, seasonYearAt } from './calendar.ts'
import { gameLog } from './game-log.ts'
import { readLogQuery } from './game-log-query.ts'
import { createLeague } from './league.ts'

// The real one lets a client it does not like wait until it gives up, which would teach nobody anything here.
const forbidden = textAnswer(403, 'Only pages of www.nba.com are answered here.\n')

/** What the real one says to a season that has not begun, or to nonsense, nobody has written down. */
const invalid = (parameter: string): Answer => textAnswer(400, `The value of ${parameter} is not valid.\n`)

/**
 * A simulated stats.nba.com: schedules of the season that is on and earlier ones, and the game log of their players. Given the
 * league of a cdn it says what the cdn says, and its schedule of the season that is on is the cdn's file, byte for byte.
 */
export function createSimulatedNbaStats(seed: number, league = createLeague(seed)): SimulatedProvider {
  const endpoints: Record<string, (year: number, query: URLSearchParams, now: number) => Answer> = {
    '/stats/scheduleleaguev2int': (year, _query, now) => league.schedule(year, now),
    '/stats/leaguegamelog': (year, query, now) => {
      const asked = readLogQuery(query)
      return 'invalid' in asked ? invalid(asked.invalid) : jsonAnswer(gameLog(league, league.season(year), asked, now))
    },
  }

  return {
    id: 'nba-stats',
    host: 'stats.nba.com',
    refuse: ({ referer }) => (referer?.startsWith('https://www.nba.com') ? undefined : forbidden),
    missing: () => textAnswer(404, 'There is no such endpoint.\n'),
    answer(path, query, now) {
      const endpoint = endpoints[path]
      if (!endpoint) return undefined
      if (query.get('LeagueID') !== '00') return invalid('LeagueID')
      const year = parseSeasonLabel(query.get('Season') ?? '')
      if (year === undefined || year > seasonYearAt(now.getTime())) return invalid('Season')
      return endpoint(year, query, now.getTime())
    },
  }
}
