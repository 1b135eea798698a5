import { spawn, spawnSync } from 'node:child_process'
import { chownSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { processesIn } from '../store/embedded/processes.ts'
import { runCli, startCli } from '../support/cli.ts'
import { createTestDatabase } from '../support/database.ts'
import { createScratch } from '../support/scratch.ts'
import { noSystemPostgres, startSystemPostgres } from '../support/system-postgres.ts'
import { until } from '../support/until.ts'

const noPsql = spawnSync('psql', ['--version']).error !== undefined
if (noPsql) process.stderr.write('Skipped: psql is not installed.\n')

/** The arguments of all processes. */
const argumentsOfAll = () =>
  readdirSync('/proc').flatMap(pid => {
    try {
      return /^\d+$/.test(pid) ? [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')] : []
    } catch {
      return []
    }
  })
const isServed = (dataDir: string) => processesIn(join(dataDir, 'pgdata-18')).length > 0

describe.skipIf(noPsql)('with psql (skipped where it is not installed)', () => {
  test('runs on the same database, with its own arguments and exit code; signals reach it', async () => {
    await using store = await createTestDatabase()
    const env = { DATABASE_URL: store.url, PGHOST: '/nowhere', PGDATABASE: 'none' }
    const { code, stdout, stderr } = await runCli(['db', 'psql', '--', '-AtXc', 'select current_database()'], env)
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${store.name}\n`, stderr: '' })
    expect(await runCli(['db', 'psql', '--', '-Xf', '/nowhere.sql'], env)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/psql: error/),
    })

    for (const [signal, code] of [
      ['SIGINT', 1],
      ['SIGTERM', 143],
    ] as const) {
      const cli = startCli(['db', 'psql', '--', '-Xc', 'select pg_sleep(300)'], env)
      const running = () =>
        store.sql`select from pg_stat_activity where application_name = 'psql' and state = 'active' and datname = current_database()`
      await until('it runs', async () => (await running()).length === 1)
      cli.child.kill(signal)
      expect((await cli.done).code).toBe(code)
      await store.sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'psql' and datname = current_database()`
    }
  })

  test.skipIf(process.getuid?.() !== 0)(
    'what another user has left in HOME is not run (skipped where it is not root)',
    async () => {
      using home = createScratch()
      writeFileSync(join(home.path, '.psqlrc'), "\\echo 'of another user'\n")
      await using store = await createTestDatabase()
      const run = () => runCli(['db', 'psql', '--', '-Atc', 'select 42'], { DATABASE_URL: store.url, HOME: home.path })
      expect(await run()).toMatchObject({ code: 0, stdout: 'of another user\n42\n', stderr: '' })
      chownSync(home.path, 65_533, 65_533)
      expect(await run()).toEqual({
        ...{ code: 0, signal: null, stdout: '42\n' },
        stderr: `HOME is ${home.path}, which another user can change: psql uses ${userInfo().homedir}.\n`,
      })
    },
  )

  test.skipIf(noSystemPostgres)(
    'a password stands among nobody’s arguments (skipped where there is no PostgreSQL of the system)',
    async () => {
      const [password, encoded] = ['s/e@c:r%t', 's%2Fe%40c%3Ar%25t']
      await using server = await startSystemPostgres(password)
      const env = { DATABASE_URL: server.urlWith(encoded) }
      const cli = startCli(['db', 'psql', '--', '-AtXc', 'select 42; select pg_sleep(300)'], env)
      await until('psql runs', () => argumentsOfAll().some(line => /psql -AtXc/.test(line) && !line.includes('run.js')))
      expect(argumentsOfAll().filter(line => line.includes(password) || line.includes(encoded))).toEqual([])
      cli.child.kill('SIGTERM')
      await cli.done

      const shown = await runCli(['db', 'url'], env)
      expect(shown).toMatchObject({
        code: 0,
        stdout: `${server.urlWith(encoded).replace(`:${encoded}`, '')}\n`,
        stderr: expect.stringMatching(/--show-password/),
      })
      expect((await runCli(['db', 'url', '--show-password'], env)).stdout).toBe(`${server.urlWith(encoded)}\n`)
      const inside = await runCli(['db', 'url', '--', 'sh', '-c', 'echo "$DATABASE_URL"; psql -AtXc "select 42"; exit 7'], env)
      expect(inside).toMatchObject({ code: 7, stdout: `${server.urlWith(encoded)}\n42\n` })
    },
  )

  test('the embedded server stays up for a program that has its address, and then stops', async () => {
    using dir = createScratch()
    const dataDir = join(dir.path, `data-${'long'.repeat(30)}`)
    const env = { SPORTS_INGEST_DATA_DIR: dataDir }
    const { code, stdout } = await runCli(['db', 'url', '--stay', '1'], env)
    expect(code).toBe(0)
    const session = spawn('psql', ['-AtX', stdout.trim(), '-c', `select 'in'`, '-c', 'select pg_sleep(3)', '-c', `select 'out'`])
    expect(await text(session.stdout)).toBe('in\n\nout\n')
    await until('the server has stopped', () => !isServed(dataDir))
    const inside = await runCli(['db', 'psql', '--', '-AtXc', 'select 43'], env)
    expect(inside).toMatchObject({ code: 0, stdout: '43\n', stderr: '' })
    await until('the server has stopped again', () => !isServed(dataDir))
  })
})

test('a program that is not installed is one line with the remedy', async () => {
  await using store = await createTestDatabase()
  const env = { DATABASE_URL: store.url, PATH: dirname(process.execPath) }
  expect(await runCli(['db', 'psql'], env)).toMatchObject({
    code: 101,
    stdout: '',
    stderr: expect.stringMatching(/^psql is not installed\. Hint: Install it .*\n$/),
  })
  expect(await runCli(['db', 'url', '--', 'no-such-program'], env)).toMatchObject({
    code: 101,
    stderr: expect.stringMatching(/^no-such-program is not installed/),
  })
})
