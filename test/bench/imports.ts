import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import postgres from 'postgres'
import { median } from './pairs.ts'
import { rowsOfSeason, seasons, writePlayerWeeks } from './player-weeks.ts'
import type { ServerDatabase } from './server.ts'

const table = 'nfl_player_game_stats'

/** As multiples of what psql's `\copy` of the same rows takes into the same empty tables. */
export interface ImportResult {
  rows: number
  copyMs: number
  first: number
  /** Read and compared, nothing written; as multiples of the first import. */
  again: number
  /** Asked for, and the same as before by its tags. */
  asked: number
  changed: number
  rowsPerSecond: number
  /** WAL of the import that wrote nothing, as a share of the first's. */
  walAgain: number
  /** Peak resident memory in MB, with all the rows and with a tenth; undefined where the system does not tell. */
  peak: { all: number; tenth: number } | undefined
}

/** Times the import of 720,000 player weeks, and what comes after it, beside `\copy`, round by round. Undefined where there is no psql. */
export async function measureImports(
  program: string,
  env: Record<string, string>,
  server: ServerDatabase,
  rounds: number,
): Promise<ImportResult | undefined> {
  if (spawnSync('psql', ['--version']).error) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'sports-ingest-bench-'))
  try {
    await writePlayerWeeks(join(folder, 'all'), { rows: rowsOfSeason, changed: 0 })
    await writePlayerWeeks(join(folder, 'changed'), { rows: rowsOfSeason, changed: 0.01 })
    await writePlayerWeeks(join(folder, 'tenth'), { rows: rowsOfSeason / 10, changed: 0 })
    await using files = await startFiles(folder)
    const work = { program, env, files: files.url, dump: join(folder, 'rows.tsv') }
    const small = await server.createEmpty('imports_tenth')
    const tenth = await importSet(work, small, 'tenth')
    const found: Round[] = []
    for (let i = 0; i < rounds; i++) found.push(await measureRound(work, server, i))
    const of = (pick: (round: Round) => number) => median(found.map(pick))
    const peaks = found.flatMap(({ peak }) => peak ?? [])
    return {
      rows: seasons.length * rowsOfSeason,
      copyMs: of(round => round.copyMs),
      first: of(round => round.firstMs / round.copyMs),
      again: of(round => round.againMs / round.firstMs),
      asked: of(round => round.askedMs / round.firstMs),
      changed: of(round => round.changedMs / round.firstMs),
      rowsPerSecond: of(round => (seasons.length * rowsOfSeason * 1000) / round.firstMs),
      walAgain: of(round => round.walAgain / round.walFirst),
      peak: peaks.length > 0 && tenth.peak ? { all: Math.max(...peaks), tenth: tenth.peak } : undefined,
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Work {
  program: string
  env: Record<string, string>
  files: string
  dump: string
}

interface Round {
  copyMs: number
  firstMs: number
  againMs: number
  askedMs: number
  changedMs: number
  walFirst: number
  walAgain: number
  peak: number | undefined
}

/** The first round's rows are what `\copy` loads in all of them. */
async function measureRound(work: Work, server: ServerDatabase, round: number): Promise<Round> {
  const [own, copied] = [await server.createEmpty(`imports_${round}`), await server.createEmpty(`copied_${round}`)]
  const copy = () => {
    const startedMs = performance.now()
    psql(copied, `\\copy ${table} from '${work.dump}'`)
    return performance.now() - startedMs
  }
  // Which of the two goes first changes from round to round.
  const early = round % 2 === 1 ? copy() : undefined
  const first = await importSet(work, own, 'all')
  if (round === 0) psql(own, `\\copy (select * from ${table} order by season, week) to '${work.dump}'`)
  const copyMs = early ?? copy()
  const asked = await importSet(work, own, 'all')
  const again = await importSet(work, own, 'all', ['--restart'])
  const changed = await importSet(work, own, 'changed')
  await drop(server.url, own, copied)
  return {
    copyMs,
    firstMs: first.ms,
    againMs: again.ms,
    askedMs: asked.ms,
    changedMs: changed.ms,
    walFirst: first.wal,
    walAgain: again.wal,
    peak: first.peak,
  }
}

interface Imported {
  ms: number
  /** Bytes. */
  wal: number
  /** MB. */
  peak: number | undefined
}

async function importSet(
  { program, env, files }: Work,
  url: string,
  set: string,
  flags: readonly string[] = [],
): Promise<Imported> {
  const range = `${seasons[0]}..${seasons.at(-1)}`
  const words = ['schedule', 'backfill', '--sport', 'nfl', '--season', range, '--only', 'player-stats', ...flags]
  const before = await readWal(url)
  const startedMs = performance.now()
  const child = spawn(process.execPath, [program, ...words], {
    env: {
      ...env,
      DATABASE_URL: url,
      SPORTS_INGEST_PROVIDER_NFLVERSE_URL: `${files}/${set}`,
      SPORTS_INGEST_PROVIDER_NFLDATA_URL: `${files}/none`,
      SPORTS_INGEST_API_RATE_LIMIT: '500',
      LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: 240_000,
  })
  let peak = 0
  const timer = setInterval(() => {
    peak = Math.max(peak, readPeak(child))
  }, 50)
  const [status] = await once(child, 'close')
  clearInterval(timer)
  const ms = performance.now() - startedMs
  if (status !== 0) throw new Error(`schedule backfill ended with ${status}.`)
  return { ms, wal: (await readWal(url)) - before, peak: peak > 0 ? peak : undefined }
}

/** The most memory that a process has had, in MB; 0 where there is no `/proc`. */
export function readPeak({ pid }: ChildProcess): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

async function readWal(url: string): Promise<number> {
  return await asking(url, async sql => {
    const [row] = await sql<{ bytes: string }[]>`select pg_current_wal_lsn() - '0/0'::pg_lsn as bytes`
    return Number(row?.bytes)
  })
}

async function drop(url: string, ...databases: string[]): Promise<void> {
  await asking(url, async sql => {
    for (const address of databases) await sql`drop database ${sql(new URL(address).pathname.slice(1))} with (force)`
    await sql`checkpoint`
  })
}

async function asking<T>(url: string, ask: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const { searchParams, pathname, username } = new URL(url)
  const sql = postgres({
    host: searchParams.get('host') ?? '',
    database: pathname.slice(1),
    username,
    max: 1,
    onnotice: () => {},
  })
  try {
    return await ask(sql)
  } finally {
    await sql.end()
  }
}

export function psql(url: string, command: string): void {
  const { status, stderr } = spawnSync('psql', ['-q', '-X', url, '-c', command], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`psql ended with ${status}: ${stderr}`)
}

async function startFiles(folder: string): Promise<{ url: string } & AsyncDisposable> {
  const program = fileURLToPath(new URL('./player-weeks-server.ts', import.meta.url))
  const child = spawn(process.execPath, [program, folder], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const [line] = await Promise.race([
    once(child.stdout, 'data'),
    ended.then(([code]) => Promise.reject(new Error(`The file server ended with ${code}.`))),
  ])
  return {
    url: String(line).trim(),
    [Symbol.asyncDispose]: async () => {
      child.stdin.end()
      await ended
    },
  }
}
