import { keepLatest } from '../keep.ts'
import { type Answer, type SimulatedProvider, textAnswer } from '../provider.ts'
import { firstSeason, lastWeekOf, latestOf, latestSeasonAt, publishedAtOf, sundayOf, utcAt } from './calendar.ts'
import { gameRows, gamesHeader, listChangesOf } from './games-file.ts'
import { createLeague } from './league.ts'
import { createSeasons, type Season } from './season.ts'

const gamesPath = '/nflverse/nfldata/master/data/games.csv'

/** Simulated raw.githubusercontent.com: the list of all games of all seasons, whose only states are times and scores. */
export function createSimulatedNfldata(seed: number, league = createLeague(seed)): SimulatedProvider {
  const changes = keepLatest(2, (year: number) => listChangesOf(league.season(year)))
  const rowsOf = (season: Season, now: number) => gameRows(league, season, now).join('\n')
  // Of its own, or the many seasons of the list would drive out those of the league that are asked for again.
  const past = createSeasons(seed)
  // A season that is over does not change any more.
  const whole = keepLatest(100, (year: number) => rowsOf(past(year), utcAt(sundayOf(year, lastWeekOf(year)), 72)))

  const file = keepLatest(2, (writtenAt: number): Answer => {
    const latest = latestSeasonAt(writtenAt)
    const newest = rowsOf(league.season(latest), writtenAt)
    let made: Buffer | undefined
    const make = () => {
      const before = Array.from({ length: latest - firstSeason }, (_, index) => whole(firstSeason + index))
      return textAnswer(200, `${[gamesHeader(), ...before, newest].join('\n')}\n`).body
    }
    return {
      ...textAnswer(200, ''),
      // Seasons that are over do not change, and take a second to make.
      version: newest,
      get body() {
        made ??= make()
        return made
      },
    }
  })

  return {
    id: 'nfldata',
    host: 'raw.githubusercontent.com',
    missing: () => textAnswer(404, '404: Not Found'),
    answer(path, _query, now) {
      if (path !== gamesPath) return undefined
      const year = latestSeasonAt(now.getTime())
      return file(latestOf(changes(year), now.getTime()) ?? publishedAtOf(year))
    },
  }
}
