import { type CliResult, runCli } from './cli.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'
import { type HandMadeNfl, type NflFiles, startHandMadeNfl } from './hand-made-nfl.ts'

/** A league's files and a database of its own, for runs of the built program. */
export interface NflLeague extends AsyncDisposable {
  api: HandMadeNfl
  store: TestDatabase
  run(words: readonly string[], env?: Record<string, string>): Promise<CliResult>
}

/** `files` may change between runs. After the second week of 2024, unless `SPORTS_INGEST_NOW` is another time. */
export async function startNflLeague(files: NflFiles): Promise<NflLeague> {
  const api = await startHandMadeNfl(files)
  const store = await createTestDatabase()
  const own = { ...api.env, DATABASE_URL: store.url, SPORTS_INGEST_NOW: '2024-09-20T12:00:00Z' }
  return {
    api,
    store,
    run: (words, env = {}) => runCli(words, { ...own, ...env }),
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]()
      await api[Symbol.asyncDispose]()
    },
  }
}
