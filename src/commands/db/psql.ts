import { userInfo } from 'node:os'
import { resolve } from 'node:path'
import { BaseCommand } from '../../cli/base-command.ts'
import { examplesOf, sandboxFlag } from '../../cli/flags.ts'
import { runProgram } from '../../cli/run-program.ts'
import { whoControls } from '../../core/control.ts'
import { libpqVariables, withDatabase } from '../../store/libpq.ts'

export default class Psql extends BaseCommand {
  static override summary = 'Run psql on the database.'
  static override description =
    'psql must be installed. Arguments behind -- are its own. It finds the database by variables of its environment (PGHOST, PGPASSWORD, …), so that no password stands among its arguments. The embedded server stays up while it runs. The exit code is that of psql.'
  static override examples = examplesOf({
    'A session': '',
    'A script': '-- -f report.sql',
    'Simulated data': '--sandbox -- -c "\\d games"',
  })
  static override strict = false
  static override flags = sandboxFlag

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Psql)
    const database = await this.database(flags, { schema: 'as-is' })
    const { address, embedded } = database
    if (!embedded) await database.close()
    const hint = 'Install it (Debian: apt install postgresql-client; macOS: brew install libpq), or use sports-ingest db query.'
    process.exitCode = await runProgram(
      'psql',
      argv as string[],
      withDatabase({ ...libpqVariables(address), ...this.#home() }, embedded),
      hint,
    )
  }

  /** psql runs the commands of a file in HOME, and writes another one. `sudo` may leave HOME as that of the user who has called it. */
  #home(): { HOME?: string } {
    const { HOME } = process.env
    if (!HOME || whoControls(resolve(HOME)).others.length === 0) return {}
    const { homedir } = userInfo()
    this.logToStderr(`HOME is ${HOME}, which another user can change: psql uses ${homedir}.`)
    return { HOME: homedir }
  }
}
