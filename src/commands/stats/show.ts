import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/base-command.ts'
import { sandboxFlag } from '../../cli/flags.ts'
import { playerText } from '../../cli/stats-text.ts'
import { UsageError } from '../../core/errors.ts'
import { guess } from '../../core/suggest.ts'
import { chooseStatsSport, statsSports } from '../../jobs/request/stats-request.ts'
import { findPlayers, listNames, type PlayerStats, readPlayer } from '../../stats/read-stats.ts'

export default class Show extends BaseCommand {
  static override summary = 'Show the stats of a player: career, seasons, form, bests and honours.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> player 203999',
    '<%= config.bin %> <%= command.id %> player "Ann Vale" --sport nba',
  ]
  static override args = {
    what: Args.string({ description: 'player.', required: true, options: ['player'] }),
    id: Args.string({ description: "The provider's id of the player (a horse, in racing), or the whole name.", required: true }),
  }
  static override flags = {
    ...sandboxFlag,
    sport: Flags.string({ summary: 'Sport; all by default.', helpValue: 'nba' }),
  }

  async run(): Promise<PlayerStats> {
    const { args, flags } = await this.parse(Show)
    const sports = flags.sport === undefined ? statsSports() : [chooseStatsSport(flags.sport)]
    const database = await this.database(flags)
    const found = await database.run(sql => findPlayers(sql, sports, args.id))
    const [first, ...others] = found
    if (!first) {
      const names: string[] = []
      for (const sport of sports) names.push(...(await database.run(sql => listNames(sql, sport))))
      throw new UsageError(`There are no stats of a player ${args.id}.`, {
        hint: guess(args.id, names) ?? 'sports-ingest stats leaders shows some; stats run computes those of new rows.',
      })
    }
    if (others.length > 0)
      throw new UsageError(`There are ${found.length} players ${args.id}.`, {
        hint: `Give an id, and --sport: ${found.map(({ sport, id }) => `${id} (${sport})`).join(', ')}.`,
      })
    const stats = await database.run(sql => readPlayer(sql, chooseStatsSport(first.sport), first.id, first.name))
    this.show(playerText(stats))
    return stats
  }
}
