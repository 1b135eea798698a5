import {
  type BackfillProvider,
  loadedGames,
  type ProviderOptions,
  runBackfill,
  type SeasonToLoad,
  startBackfillProvider,
} from '../support/backfill-run.ts'
import type { CliResult } from '../support/cli.ts'
import { openDataDirectory } from '../support/data-directory.ts'
import type { TestDatabase } from '../support/database-server.ts'
import type { Environment } from '../support/disturbed-run.ts'
import { type TableHashes, tableHashes } from '../support/table-hashes.ts'

/** What all cases are measured against, and made with. */
export interface World {
  season: SeasonToLoad
  createDatabase(): Promise<TestDatabase>
  /** What an undisturbed run leaves behind, and the games it asks for. */
  whole: { tables: TableHashes; games: ReadonlySet<string> }
}

export async function openWorld(season: SeasonToLoad, createDatabase: World['createDatabase']): Promise<World> {
  await using db = await createDatabase()
  await using provider = await startBackfillProvider(season)
  const { code, stderr } = await runBackfill({ ...provider.env, DATABASE_URL: db.url }, season.flags)
  if (code === null || code > 1) throw new Error(`The undisturbed run failed: ${stderr}`)
  return { season, createDatabase, whole: { tables: await tableHashes(db.sql), games: new Set(provider.sent) } }
}

/** One thing that is done to a backfill. */
export interface Case {
  name: string
  provider?: ProviderOptions
  /** On an embedded server of its own, which the program starts by itself. */
  ownServer?: boolean
  act(trial: Trial): Promise<void>
}

/** What became of it. */
export interface Verdict {
  /** Of each process, in the order they ended: its signal or its exit code. */
  ended: string[]
  /** Made by the last run, the one that was left alone. */
  requests: number
  /** Games that were sent more than once. */
  repeated: number
  equal: boolean
  /** What should not be; none where all is well. */
  problems: string[]
}

/** A case under way, on a database and a provider of its own. */
export interface Trial {
  world: World
  db: TestDatabase
  provider: BackfillProvider
  env: Environment
  /** Notes how a process ended, and checks that it was one of these ways; where none is named, that all was loaded. */
  ended(result: CliResult, ...expected: (number | string)[]): void
  /** Notes as a problem what does not hold. */
  check(holds: boolean, problem: string): void
  /** Lets a run end the season, and checks that it asks for every game that is not loaded once, and for no other. */
  resume(): Promise<void>
}

export async function tryCase(world: World, { act, provider: options, ownServer }: Case): Promise<Verdict> {
  await using db = ownServer ? await openDataDirectory() : await world.createDatabase()
  await using provider = await startBackfillProvider(world.season, options)
  const ended: string[] = []
  const problems: string[] = []
  let requests = 0

  const trial: Trial = {
    world,
    db,
    provider,
    env: { ...provider.env, ...('dataDir' in db ? { SPORTS_INGEST_DATA_DIR: String(db.dataDir) } : { DATABASE_URL: db.url }) },
    ended(result, ...expected) {
      const how = result.signal ?? result.code
      ended.push(String(how))
      // 1: the broken game, where it was not set aside before.
      const wanted = expected.length > 0 ? expected : [0, 1]
      trial.check(wanted.includes(how as number | string), `ended with ${how}, not ${wanted.join(' or ')}: ${result.stderr}`)
    },
    check(holds, problem) {
      if (!holds) problems.push(problem)
    },
    async resume() {
      await checkWholeChunks(trial)
      const loaded = await loadedGames(db.sql)
      const due = [...world.whole.games].filter(id => !loaded.has(id)).sort()
      const [sentBefore, askedBefore] = [provider.sent.length, provider.requests.length]
      trial.ended(await runBackfill(trial.env, world.season.flags))
      const asked = provider.sent.slice(sentBefore).sort()
      requests = provider.requests.length - askedBefore
      trial.check(
        asked.join() === due.join(),
        `of ${due.length} games that were not loaded it asked for ${asked.length}: ${asked}`,
      )
    },
  }

  await act(trial)
  const tables = await tableHashes(db.sql)
  const other = Object.keys(tables).filter(name => tables[name]?.hash !== world.whole.tables[name]?.hash)
  trial.check(other.length === 0, `tables differ: ${other.join(', ')}`)
  await checkAtRest(trial)
  const repeated = provider.sent.length - new Set(provider.sent).size
  return { ended, requests, repeated, equal: other.length === 0, problems }
}

/** There are rows of chunks that are done only, and none is missing up to the watermark. */
async function checkWholeChunks({ world, db, check }: Trial): Promise<void> {
  const parts = await db.sql<{ id: string }[]>`
    select provider_id as id from games g where not exists (
      select from ingest_chunks c where c.status = 'done' and g.game_date between c.window_from and c.window_to)`
  check(parts.length === 0, `rows of chunks that are not done: ${parts.map(({ id }) => id)}`)
  const [watermark] = await db.sql<{ value: string }[]>`select value from ingest_watermarks where stage = 'backfill'`
  const loaded = await loadedGames(db.sql)
  const missing = [...world.whole.games].filter(id => watermark && id <= watermark.value && !loaded.has(id))
  check(missing.length === 0, `the watermark ${watermark?.value} covers games that are not loaded: ${missing}`)
}

/** Nobody is left at work. */
async function checkAtRest({ db, check }: Trial): Promise<void> {
  const leases = await db.sql`select from ingest_leases`
  check(leases.length === 0, 'a lease was not released')
  const running = await db.sql`select id from ingest_runs where status = 'running'`
  check(running.length === 0, 'a run still says that it is running')
  const chunks = await db.sql`select from ingest_chunks where status = 'running'`
  check(chunks.length === 0, 'a chunk still says that it is running')
}
