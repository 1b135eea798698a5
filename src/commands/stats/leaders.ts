import { Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/base-command.ts'
import { sandboxFlag } from '../../cli/flags.ts'
import { cut, table } from '../../cli/table.ts'
import { UsageError } from '../../core/errors.ts'
import { chooseStatsSport, fail, statsSports } from '../../jobs/request/stats-request.ts'
import type { StatsSport } from '../../stats/lines.ts'
import { type Leader, listLeaders, listSeasons, rankedBy } from '../../stats/read-stats.ts'
import type { Database } from '../../store/database.ts'

interface Leaders {
  sport: string
  season: string
  stage: string
  by: string
  leaders: Leader[]
}

export default class LeadersCommand extends BaseCommand {
  static override summary = 'Show the best players of a season.'
  static override description =
    'By an average (points_per_event, rating), only those who have played enough: docs/stats.md says how much that is. What --by takes depends on the sport: points, events, wins, and its measures, such as assists or passing_yards.'
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --sport nfl --season 2024 --by passing_yards',
  ]
  static override flags = {
    ...sandboxFlag,
    sport: Flags.string({ summary: 'Sport; by default the first that has stats.', helpValue: 'nba' }),
    season: Flags.string({ summary: 'Season; by default the newest that has stats.', helpValue: '2024-25' }),
    by: Flags.string({ summary: 'What they are ranked by.', default: 'points', helpValue: 'points' }),
    playoffs: Flags.boolean({ summary: 'Of the play-offs instead of the regular season.' }),
    limit: Flags.integer({ summary: 'How many to show.', default: 10, min: 1, max: 1000 }),
  }

  async run(): Promise<Leaders> {
    const { flags } = await this.parse(LeadersCommand)
    const asked = flags.sport === undefined ? undefined : chooseStatsSport(flags.sport)
    if (asked) checkBy(asked, flags.by)
    const database = await this.database(flags)
    const { sport, seasons } = await this.#choose(database, asked)
    checkBy(sport, flags.by)
    const [newest] = seasons
    if (!newest)
      throw new UsageError(`There are no stats${asked ? ` of ${asked.id}` : ''} yet.`, {
        hint: 'sports-ingest stats run computes them from the games that are stored.',
      })
    const { season = newest, by, limit } = flags
    if (!seasons.includes(season)) fail(`season of ${sport.id} with stats`, season, seasons)
    const stage = flags.playoffs ? 'playoffs' : 'regular'
    const leaders = await database.run(sql => listLeaders(sql, sport, { season, by, stage, limit }))
    const { points, rating } = sport.performances.words
    const isOwn = !['points', 'points_per_event', 'rating', 'events'].includes(by)
    const rows = leaders.map(({ rank, name, player, team, teamName, events, points, pointsPerEvent, rating, value }) => [
      ...[rank, cut(name ?? player, 24), cut(teamName ?? team ?? 'several', 12), events],
      ...[...(isOwn ? [value] : []), points, pointsPerEvent, rating],
    ])
    const heading = ['', 'player', 'team', 'events', ...(isOwn ? ['total'] : []), 'points', 'per event', 'rating']
    this.show(`${sport.id} ${season}, ${stage === 'regular' ? 'regular season' : 'play-offs'}, by ${by}`)
    this.show(table(heading, rows, 'Nobody has played enough.'))
    this.logToStderr(`points: ${points}; rating: ${rating}, mean of an event`)
    return { sport: sport.id, season, stage, by, leaders }
  }

  /** The sport that was asked for, or the first with stats, and its seasons. */
  async #choose(database: Database, asked: StatsSport | undefined): Promise<{ sport: StatsSport; seasons: string[] }> {
    const sports = asked ? [asked] : statsSports()
    for (const sport of sports) {
      const seasons = await database.run(sql => listSeasons(sql, sport.id))
      if (seasons.length > 0) return { sport, seasons }
    }
    return { sport: sports[0] as StatsSport, seasons: [] }
  }
}

function checkBy(sport: StatsSport, by: string): void {
  const known = rankedBy(sport)
  if (!known.has(by)) fail(`measure of ${sport.id}`, by, known.keys())
}
