import { BaseCommand } from '../../cli/base-command.ts'
import { sandboxFlag } from '../../cli/flags.ts'
import { instantText, table } from '../../cli/table.ts'
import { type Connection, readConnection } from '../../store/connection.ts'
import { readSchemaStatus, type SchemaStatus } from '../../store/migrations.ts'
import type { TableFacts } from '../../store/retention.ts'

export default class Status extends BaseCommand {
  static override summary = 'Show which database is used, its version, its migrations and its tables.'
  static override description =
    'Exits with 1 if migrations are pending. An empty database needs none: the first run creates its tables. `connection` is direct, or ' +
    'the pool that a pooler such as PgBouncer keeps: of sessions or of transactions. Of each table: its size with indexes, its rows, and ' +
    'when the oldest one came. What jobs write about themselves is deleted in time: see the settings under retention.'
  static override examples = ['<%= config.bin %> <%= command.id %>']
  static override flags = sandboxFlag

  async run(): Promise<
    SchemaStatus & { database: string; server: string; bytes: number; connection: Connection; tables: TableFacts[] }
  > {
    const { flags } = await this.parse(Status)
    const database = await this.database(flags, { schema: 'as-is' })
    const status = await database.run(readSchemaStatus)
    const [facts] = await database.run(
      sql => sql<{ server: string; bytes: number }[]>`
        select current_setting('server_version') as server, pg_database_size(current_database()) as bytes`,
    )
    const { server, bytes } = facts as { server: string; bytes: number }
    const connection = await readConnection(database)
    if ((status.pending > 0 && !status.empty) || status.newer) process.exitCode = 1
    const verdict = status.newer
      ? 'newer than this program: update sports-ingest'
      : status.empty
        ? 'empty: the first run creates it'
        : status.pending
          ? `${status.pending} pending: run sports-ingest db migrate`
          : 'up to date'
    this.show(`${database.description}, PostgreSQL ${server.split(' ')[0]}, ${(bytes / 1e6).toFixed(1)} MB, schema ${verdict}`)
    this.show(`connection: ${connection}`)
    const rows = status.migrations.map(({ tag, applied }) => [tag, applied ? 'yes' : 'no'])
    this.show(table(['migration', 'applied'], rows, 'no migrations'))
    const [{ tableNames }, { listTableFacts }] = await Promise.all([
      import('../../sports/table-names.ts'),
      import('../../store/retention.ts'),
    ])
    const tables = await database.run(sql => listTableFacts(sql, tableNames()))
    const rowsOfTables = tables.map(one => [one.table, `${(one.bytes / 1e6).toFixed(1)} MB`, one.rows, instantText(one.oldest)])
    this.show(table(['table', 'size', 'rows', 'oldest'], rowsOfTables, 'no tables'))
    return { ...status, database: database.description, server, bytes, connection, tables }
  }
}
