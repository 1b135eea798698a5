import { createInterface } from 'node:readline'
import postgres from 'postgres'
import { createClock } from '../../../src/core/clock.ts'
import { IngestError } from '../../../src/core/errors.ts'
import { silentLog } from '../../../src/core/log.ts'
import { openEmbeddedServer } from '../../../src/store/embedded/server.ts'

// A process that uses the server: told what to do on stdin, answers one line for each, `ok …` or `error …`.
const say = (text: string) => process.stdout.write(`${text}\n`)
const [dataDir = '', packageDir] = process.argv.slice(2)
const open = async () =>
  await openEmbeddedServer({ dataDir, clock: createClock(), log: silentLog, ...(packageDir ? { packageDir } : {}) })

async function serve(server: Awaited<ReturnType<typeof open>>): Promise<void> {
  const { path, user } = server.connection
  const sql = postgres({ path, host: 'localhost', user, database: 'postgres', max: 1, fetch_types: false, onnotice: () => {} })
  const actions: Record<string, () => Promise<unknown>> = {
    version: async () => server.version,
    query: async () => (await sql`select current_user as answer`)[0]?.['answer'],
    remember: async () => await sql`create table remembered ()`.then(() => 'remembered'),
    recall: async () => (await sql`select count(*)::int as answer from pg_class where relname = 'remembered'`)[0]?.['answer'],
    sleep: async () => void sql`select pg_sleep(600)`.catch(() => {}),
    settings: async () =>
      (await sql`select current_setting('fsync') || ' ' || current_setting('listen_addresses') as answer`)[0]?.['answer'],
    revive: async () => await server.revive(),
    close: async () => {
      await sql.end({ timeout: 1 })
      await server.close()
    },
  }
  for await (const line of createInterface(process.stdin)) {
    await actions[line]?.().then(
      answer => say(`ok ${answer ?? ''}`.trim()),
      error => say(`error ${error.message}`),
    )
    if (line === 'close') break
  }
}

try {
  const server = await open()
  say('ok')
  await serve(server)
} catch (error) {
  const { name, message, cause } = error as Error
  say(
    `error ${name}: ${message} Hint: ${error instanceof IngestError ? error.hint : ''} Cause: ${(cause as Error)?.message.replaceAll('\n', '⏎')}`,
  )
}
