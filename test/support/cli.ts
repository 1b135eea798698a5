import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { inject } from 'vitest'
import { connectionOptions, urlTarget } from '../../src/store/target.ts'

const program = join(import.meta.dirname, '../../bin/run.js')

export interface CliResult {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

export interface CliProcess {
  child: ChildProcess
  pid: number
  done: Promise<CliResult>
}

/** Nothing of the machine's own settings reaches the program. */
export const clean = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) =>
      !/^(SPORTS_INGEST_|DATABASE_(DIRECT_)?URL|LOG_LEVEL|NODE_ENV|NODE_EXTRA_CA_CERTS|PG|VITEST|NO_COLOR|FORCE_COLOR)/.test(
        name,
      ),
  ),
)

/** Settings under which nothing waits: the provider is on loopback and ours; whoever wants the NFL names it, and says where it is. */
export const quick = {
  SPORTS_INGEST_SPORTS_NFL_ENABLED: 'false',
  SPORTS_INGEST_API_RATE_LIMIT: '500',
  SPORTS_INGEST_RETRY_INITIAL_DELAY: '0.01',
  SPORTS_INGEST_BACKGROUND_JOBS_MATCH_DELAY: '0',
}

/** Without V8's background threads: where tests and the database share two cores, they cost a short process a seventh more than they save. */
const nodeOptions = ['--v8-pool-size=0']

/** Starts the built program as a user would. */
export function startCli(args: readonly string[], env: Record<string, string | undefined> = {}, cwd?: string): CliProcess {
  const child = spawn(process.execPath, [...nodeOptions, program, ...args], {
    env: { ...clean, ...quick, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd ? { cwd } : {}),
  })
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal }))
  })
  const done = Promise.all([ended, text(child.stdout), text(child.stderr)]).then(async ([end, stdout, stderr]) => {
    if (end.signal === 'SIGKILL' && env['DATABASE_URL']) await endLeases(env['DATABASE_URL'], child.pid as number)
    return { ...end, stdout, stderr }
  })
  return { child, pid: child.pid as number, done }
}

/** Behind a pooler the leases of a killed process last for their time; here that is over at once. Elsewhere its sessions have ended with it. */
async function endLeases(url: string, pid: number): Promise<void> {
  // The scripts of torture and bench start it as well, and have no pooler.
  if (!process.env['VITEST'] || !inject('poolerUrl')) return
  const sql = urlTarget(url, undefined).connect({ ...connectionOptions(), max: 1 })
  await sql`update ingest_leases set expires_at = now() - interval '1 second' where pid = ${pid}`
  await sql.end()
}

/** Runs the built program to its end. */
export const runCli = (args: readonly string[], env: Record<string, string | undefined> = {}, cwd?: string): Promise<CliResult> =>
  startCli(args, env, cwd).done
