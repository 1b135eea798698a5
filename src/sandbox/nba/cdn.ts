import { dayOf } from '../../core/zones.ts'
import { type Answer, jsonAnswer, type SimulatedProvider } from '../provider.ts'
import { boxScore } from './box-score.ts'
import { easternZone, minuteMs, seasonYearOf } from './calendar.ts'
import { seasonYearOfGame } from './game.ts'
import type { League } from './league.ts'
import { listGames, writtenAtOf } from './listing.ts'
import { createRosters } from './players.ts'
import { scheduleFile } from './schedule.ts'
import { scoreboardAt, scoreboardDay } from './scoreboard.ts'
import { createSeasons } from './season.ts'

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
export function createSimulatedNbaCdn(seed: number): SimulatedProvider {
  const league: League = { seed, season: createSeasons(seed), roster: createRosters(seed) }
  let latest: { minute: number; key: string; answer: Answer } | undefined

  /** The schedule, made once a minute while a game is live and else once per change: the same bytes until then. */
  function schedule(now: number): Answer {
    const minute = now - (now % minuteMs)
    if (latest?.minute === minute) return latest.answer
    const season = league.season(seasonYearAt(now))
    const listed = listGames(season, minute)
    const writtenAt = writtenAtOf(season, listed, minute)
    const key = `${season.label} ${writtenAt}`
    const answer = latest?.key === key ? latest.answer : jsonAnswer(scheduleFile(season, listed, writtenAt))
    latest = { minute, key, answer }
    return answer
  }

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
      if (path === '/static/json/staticData/scheduleLeagueV2.json') return schedule(at)
      if (path === '/static/json/liveData/scoreboard/todaysScoreboard_00.json')
        return jsonAnswer(scoreboardAt(league, league.season(seasonYearOf(scoreboardDay(at))), at))
      const asked = /^\/static\/json\/liveData\/boxscore\/boxscore_(\d{10})\.json$/.exec(path)
      return asked ? box(asked[1] as string, at) : undefined
    },
  }
}

const seasonYearAt = (now: number) => seasonYearOf(dayOf(new Date(now), easternZone))
