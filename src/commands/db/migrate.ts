import { BaseCommand } from '../../cli/base-command.ts'
import { sandboxFlag } from '../../cli/flags.ts'
import { migrate, newerSchema, readSchemaStatus } from '../../store/migrations.ts'

export default class Migrate extends BaseCommand {
  static override summary = "Bring the database's schema up to date."
  static override description =
    'An empty database and the embedded one are migrated automatically. Safe to run from several processes at once.'
  static override examples = ['<%= config.bin %> <%= command.id %>']
  static override flags = sandboxFlag

  async run(): Promise<{ applied: string[] }> {
    const { flags } = await this.parse(Migrate)
    const database = await this.database(flags, { schema: 'as-is' })
    const before = await database.run(readSchemaStatus)
    if (before.newer) throw newerSchema(database)
    const applied = before.migrations.filter(migration => !migration.applied).map(migration => migration.tag)
    if (applied.length > 0) await migrate(database)
    const { description } = database
    this.show(applied.length === 0 ? `${description} is up to date.` : `Applied ${applied.join(', ')} to ${description}.`)
    return { applied }
  }
}
