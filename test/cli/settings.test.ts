import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runCli } from '../support/cli.ts'
import { createTestDatabase } from '../support/database.ts'
import { createScratch } from '../support/scratch.ts'
import { expectOneLine } from '../support/told.ts'

/** `config show --json`, by key. */
async function shown(env: Record<string, string | undefined>, cwd: string, ...args: string[]) {
  const run = await runCli(['config', 'show', '--json', ...args], { SPORTS_INGEST_API_RATE_LIMIT: undefined, ...env }, cwd)
  expect(run.code, run.stderr).toBe(0)
  const settings = JSON.parse(run.stdout) as { path: string; value: unknown; source: string }[]
  return Object.fromEntries(settings.map(({ path, value, source }) => [path, { value, source }]))
}

describe('config show', () => {
  test('environment beats file beats default, and each value says where it came from', async () => {
    using dir = createScratch()
    const file = join(dir.path, 'sports-ingest.config.yaml')
    writeFileSync(file, 'api:\n  rate_limit: 3\n  timeout: 20\n')
    const settings = await shown({ SPORTS_INGEST_API_RATE_LIMIT: '4' }, dir.path)
    expect(settings['api.rate_limit']).toEqual({ value: 4, source: 'SPORTS_INGEST_API_RATE_LIMIT' })
    expect(settings['api.timeout']).toEqual({ value: 20, source: expect.stringMatching(/sports-ingest\.config\.yaml:3/) })
    expect(settings['retry.backoff_factor']).toEqual({ value: 2, source: 'default' })
  })

  test('the file is found upwards, or named by SPORTS_INGEST_CONFIG, or by --config, which beats it', async () => {
    using dir = createScratch()
    const deep = join(dir.path, 'a', 'b')
    mkdirSync(deep, { recursive: true })
    const rate = (at: string, value: number) => writeFileSync(join(dir.path, at), `api: { rate_limit: ${value} }\n`)
    rate('sports-ingest.config.yaml', 3)
    rate('one.yaml', 5)
    rate('two.yaml', 6)
    expect((await shown({}, deep))['api.rate_limit']?.value).toBe(3)
    const named = { SPORTS_INGEST_CONFIG: join(dir.path, 'one.yaml') }
    expect((await shown(named, deep))['api.rate_limit']?.value).toBe(5)
    expect((await shown(named, deep, '--config', join(dir.path, 'two.yaml')))['api.rate_limit']?.value).toBe(6)
  })

  test('secrets are masked, however they are given, and so is the password in DATABASE_URL', async () => {
    using dir = createScratch()
    writeFileSync(join(dir.path, 'key'), 's3cret-file\n')
    const env = {
      DATABASE_URL: 'postgres://me:s3cret-url@127.0.0.1:5/sports',
      RACING_API_USERNAME: 's3cret-plain',
      RACING_API_PASSWORD: 'env:HIDDEN',
      HIDDEN: 's3cret-env',
      INTERNAL_API_KEY: `file:${join(dir.path, 'key')}`,
    }
    for (const args of [
      ['config', 'show'],
      ['config', 'show', '--json'],
      ['config', 'validate'],
      ['db', 'status'],
    ]) {
      const { stdout, stderr } = await runCli(args, { ...env, LOG_LEVEL: 'trace' }, dir.path)
      expect(stdout + stderr).not.toContain('s3cret')
    }
  })

  test.each([
    ['XDG_DATA_HOME', { XDG_DATA_HOME: '/xdg' }, '/xdg/sports-ingest'],
    ['SPORTS_INGEST_DATA_DIR', { XDG_DATA_HOME: '/xdg', SPORTS_INGEST_DATA_DIR: '/own' }, '/own'],
  ])('the data directory follows %s', async (name, env, expected) => {
    using dir = createScratch()
    const isRoot = process.getuid?.() === 0 && name === 'XDG_DATA_HOME'
    expect((await shown(env, dir.path))['data_dir']?.value).toBe(isRoot ? '/var/lib/sports-ingest' : expected)
  })
})

describe('config init and validate', () => {
  test('init proposes nothing that no command reads yet; config show marks what a file says of it', async () => {
    using dir = createScratch()
    const file = join(dir.path, 'sports-ingest.config.yaml')
    await runCli(['config', 'init'], {}, dir.path)
    expect(readFileSync(file, 'utf8')).not.toMatch(/batch_size:|football:/)
    writeFileSync(file, 'database: { batch_size: 100 }\n')
    const { stdout } = await runCli(['config', 'show'], {}, dir.path)
    expect(stdout).toMatch(/^database\.batch_size +100 +\S+:1, not used yet$/m)
    expect(stdout).toMatch(/^retry\.max_attempts +5 +default$/m)
    const settings = JSON.parse((await runCli(['config', 'show', '--json'], {}, dir.path)).stdout) as object[]
    expect(settings).toContainEqual({ path: 'database.batch_size', value: 100, source: `${file}:1`, used: false })
  })

  test('init writes a file that is valid and changes no value; it never overwrites one', async () => {
    using dir = createScratch()
    const before = await shown({}, dir.path)
    const file = join(dir.path, 'sports-ingest.config.yaml')
    expect(await runCli(['config', 'init'], {}, dir.path)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`Wrote ${file}.`),
    })
    expect(await runCli(['config', 'validate'], {}, dir.path)).toMatchObject({
      code: 0,
      stdout: `${file} is valid.\n`,
      stderr: '',
    })
    expect(await shown({}, dir.path)).toMatchObject(before)
    const text = readFileSync(file, 'utf8')
    await expectOneLine(['config', 'init'], { code: 101, says: 'exists already and was not changed', cwd: dir.path })
    expect(readFileSync(file, 'utf8')).toBe(text)
  })

  test("the contract's own file is valid", async () => {
    using dir = createScratch()
    const file = join(dir.path, 'contract.yaml')
    writeFileSync(file, contractFile)
    expect(await runCli(['config', 'validate', '--config', file], {}, dir.path)).toMatchObject({ code: 0, stderr: '' })
  })

  test('validate without a file checks the environment and says that there is none', async () => {
    using dir = createScratch()
    const run = await runCli(['config', 'validate', '--json'], {}, dir.path)
    expect(run.code).toBe(0)
    expect(JSON.parse(run.stdout)).toEqual({ file: null, valid: true })
  })
})

describe('db', () => {
  test('an empty database gets its schema by itself, also when several come at once', async () => {
    await using store = await createTestDatabase({ empty: true })
    const env = { DATABASE_URL: store.url }
    expect(await runCli(['db', 'status'], env)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(' MB, schema empty: the first run creates it\n'),
    })
    const runs = await Promise.all(Array.from({ length: 5 }, () => runCli(['watermark', 'list'], env)))
    for (const run of runs) expect(run, run.stderr).toMatchObject({ code: 0 })
    expect(await runCli(['db', 'status'], env)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^the database test_\w+ at .*, PostgreSQL \d+\S*, [\d.]+ MB, schema up to date/),
    })
  })

  test('migrate says what it applied, and the second time that there is nothing to do', async () => {
    await using store = await createTestDatabase({ empty: true })
    const env = { DATABASE_URL: store.url }
    expect(JSON.parse((await runCli(['db', 'migrate', '--json'], env)).stdout)).toEqual({
      applied: expect.arrayContaining([expect.stringMatching(/^0000_/)]),
    })
    expect(await runCli(['db', 'migrate'], env)).toMatchObject({ code: 0, stdout: expect.stringMatching(/ is up to date\.\n$/) })
    expect(JSON.parse((await runCli(['db', 'status', '--json'], env)).stdout)).toMatchObject({
      pending: 0,
      newer: false,
      empty: false,
    })
  })
})

const contractFile = `
timezone: America/New_York
sports:
  nba: { enabled: true }
api: { rate_limit: 2.0, timeout: 30 }
retry: { max_attempts: 5, initial_delay: 5, backoff_factor: 2 }
database: { batch_size: 500, query_timeout: 300 }
jobs:
  live_data:             { frequency: "*/15 9-20 * * *", timezone: UTC, timeout: 300, run: live, sport: racing }
  daily_data:            { frequency: "0 6 * * *", run: daily, days_ahead: 2, days_back: 1, missed: merge }
  weekly_reconciliation: { frequency: "0 23 * * 0", timezone: UTC, run: daily, weekly: true }
  reference_data:        { frequency: "0 3 1 * *", timezone: UTC, run: reference }
live: { live_interval: 5m, update_interval: 30m }
alerts: { enabled: true, thresholds: { consecutive_failures: 3, stale_data_hours: 24 } }
features: { dry_run: false, skip_entity_extraction: false }
`

test('config schema prints the same with and without --json, alone on stdout', async () => {
  const [plain, json] = await Promise.all([runCli(['config', 'schema']), runCli(['config', 'schema', '--json'])])
  expect(JSON.parse(plain.stdout)).toMatchObject({ properties: { api: { properties: { rate_limit: { default: 2 } } } } })
  expect(JSON.parse(json.stdout)).toEqual(JSON.parse(plain.stdout))
})
