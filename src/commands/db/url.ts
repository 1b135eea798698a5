import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/base-command.ts'
import { examplesOf, sandboxFlag } from '../../cli/flags.ts'
import { runProgram } from '../../cli/run-program.ts'
import { StoreError, UsageError } from '../../core/errors.ts'
import type { Database } from '../../store/database.ts'
import { libpqVariables, withDatabase, withoutPassword } from '../../store/libpq.ts'

export default class Url extends BaseCommand {
  static override summary = 'Print the address of the database for other programs.'
  static override description =
    'The embedded server is started. On a terminal it stays up until Ctrl-C. Elsewhere, as in psql "$(sports-ingest db url)", the command ends, and the server stays up for as long as a program is connected, and for --stay seconds without one. With -- and a program, it runs that with DATABASE_URL and the variables of libpq (PGHOST, …) set, keeps the server up meanwhile, and exits with its code. The embedded server can be reached by programs of the same user and of root.'
  static override examples = examplesOf({
    'Another program, which reads DATABASE_URL': '-- npm run report',
    'A program that wants it as an argument': '--sandbox',
  })
  static override strict = false
  static override flags = {
    'show-password': Flags.boolean({ summary: 'Print the password, too, where DATABASE_URL has one.' }),
    stay: Flags.integer({ summary: 'Seconds without a connected program.', default: 60, min: 1, max: 86_400 }),
    hold: Flags.boolean({ hidden: true }),
    ...sandboxFlag,
  }

  async run(): Promise<{ url: string } | undefined> {
    const { argv, flags } = await this.parse(Url)
    const database = await this.database(flags, { schema: 'as-is' })
    const { address, embedded } = database
    if (flags.hold) return await this.#hold(database, flags.stay)
    const [program, ...args] = argv as string[]
    if (program !== undefined) {
      if (!embedded) await database.close()
      const env = withDatabase({ ...libpqVariables(address), DATABASE_URL: address }, embedded)
      process.exitCode = await runProgram(program, args, env, 'Check its name, and PATH.')
      return undefined
    }
    const isForeground = embedded && process.stdout.isTTY
    const found = embedded && !isForeground ? await this.#startHolder() : address
    const url = flags['show-password'] ? found : withoutPassword(found)
    if (url !== found) this.logToStderr('The password is left out; --show-password prints it.')
    this.show(url)
    if (!isForeground) return { url }
    this.logToStderr('The embedded server stays up until you press Ctrl-C.')
    if (!this.signal.aborted) await once(this.signal, 'abort')
    return undefined
  }

  /** A process of its own, which outlives this one and holds the server. Returns the address there. */
  async #startHolder(): Promise<string> {
    const [, script = ''] = process.argv
    const holder = fork(script, ['db', 'url', '--hold', ...this.argv], {
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    const address = await Promise.race([
      once(holder, 'message').then(([message]) => String(message)),
      once(holder, 'exit').then(() => undefined),
    ])
    if (address === undefined) throw new StoreError('The embedded server could not be kept up.')
    holder.disconnect()
    holder.unref()
    return address
  }

  /** Ends when no other program has been connected for a while. */
  async #hold(database: Database, stayS: number): Promise<undefined> {
    if (!process.send) throw new UsageError('--hold is for the program itself.')
    process.send(database.address)
    for (let idleS = 0; idleS < stayS; idleS++) {
      await setTimeout(1000, undefined, { signal: this.signal })
      const others = await database.run(
        sql => sql`select from pg_stat_activity
          where backend_type = 'client backend' and pid <> pg_backend_pid() and application_name not like 'sports-ingest %'`,
      )
      if (others.length > 0) idleS = -1
    }
    return undefined
  }
}
