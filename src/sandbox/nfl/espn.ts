import { parseDay } from '../../core/days.ts'
import { minuteMs } from '../eastern.ts'
import { keepLatest } from '../keep.ts'
import { type Answer, jsonAnswer, type SimulatedProvider } from '../provider.ts'
import { firstSeason, latestSeasonAt } from './calendar.ts'
import { eventOf, recordsAt } from './event.ts'
import { type Game, parseEspnId } from './game.ts'
import { createLeague } from './league.ts'
import { announcedSlot, isListed } from './state.ts'
import { summaryOf } from './summary.ts'
import { leagueOf, numberOf, partOf, weekAt } from './weeks.ts'

const scoreboardPath = '/apis/site/v2/sports/football/nfl/scoreboard'
const summaryPath = '/apis/site/v2/sports/football/nfl/summary'
const eventsByDefault = 25
const keptAnswers = 64

const refused = (code: number, message: string): Answer => ({ ...jsonAnswer({ code, message }), status: code })

/** The season a civil day lies in: it ends in February, and from March on a day belongs to the next one. */
const seasonOf = (day: string): number => Number(day.slice(0, 4)) - (day.slice(5) < '03-01' ? 1 : 0)

/**
 * A simulated site.api.espn.com: the scoreboard of the week that is on or of one Eastern day, and the summary of one game. What is live
 * moves on once a minute, so within one the bytes are the same.
 */
export function createSimulatedEspn(seed: number, league = createLeague(seed)): SimulatedProvider {
  function board(games: readonly Game[], year: number, week: number, now: number): unknown {
    const season = league.season(year)
    const records = recordsAt(season, now)
    const shown = [...games].sort((a, b) => announcedSlot(a, now).kickOffAt - announcedSlot(b, now).kickOffAt)
    return {
      leagues: [leagueOf(year, week)],
      season: { type: partOf(year, week).type, year },
      week: { number: numberOf(year, week) },
      events: shown.map(game => eventOf(season, game, records, now)),
    }
  }

  function answerTo(now: number, dates: string | null, limit: number): Answer {
    if (dates === null) {
      const { year, week } = weekAt(now)
      const games = league.season(year).games.filter(game => game.week === week && isListed(game, now))
      return jsonAnswer(board(games.slice(0, limit), year, week, now))
    }
    const day = /^\d{8}$/.test(dates) ? parseDay(`${dates.slice(0, 4)}-${dates.slice(4, 6)}-${dates.slice(6)}`) : undefined
    if (!day) return refused(400, 'Failed to get events endpoint.')
    const year = Math.min(latestSeasonAt(now), Math.max(firstSeason, seasonOf(day)))
    const games = league.season(year).games.filter(game => isListed(game, now) && announcedSlot(game, now).day === day)
    return jsonAnswer(board(games.slice(0, limit), year, games[0]?.week ?? 1, now))
  }

  const answers = keepLatest(keptAnswers, (key: string) => {
    const [minute, limit, ...dates] = key.split(' ')
    return answerTo(Number(minute), dates[0] ?? null, Number(limit))
  })

  const summaries = keepLatest(keptAnswers, (key: string): Answer | undefined => {
    const [minute = 0, event = 0] = key.split(' ').map(Number)
    const { season = 0, number = 0 } = parseEspnId(event) ?? {}
    if (season < firstSeason || season > latestSeasonAt(minute)) return undefined
    const game = league.season(season).games[number - 1]
    return game && isListed(game, minute) ? jsonAnswer(summaryOf(league, game, minute)) : undefined
  })

  return {
    id: 'espn',
    host: 'site.api.espn.com',
    missing: () => refused(404, 'Not Found'),
    answer(path, query, now) {
      const minute = now.getTime() - (now.getTime() % minuteMs)
      if (path === summaryPath) return summaries(`${minute} ${query.get('event')}`)
      if (path !== scoreboardPath) return undefined
      const limit = Math.max(1, Number(query.get('limit') ?? eventsByDefault) || eventsByDefault)
      const dates = query.get('dates')
      return answers([minute, limit, ...(dates === null ? [] : [dates.trim()])].join(' '))
    },
  }
}
