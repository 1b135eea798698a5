import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runCli } from '../support/cli.ts'
import { createScratch } from '../support/scratch.ts'
import { expectOneLine } from '../support/told.ts'

// Nothing here gets as far as a database: one that cannot be reached would be exit code 102.
const nowhere = { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none', SPORTS_INGEST_NOW: '2025-01-16T12:00:00Z' }

describe('wrong use ends with 100 and one line that says what would be right', () => {
  test.for<[string, RegExp]>([
    ['schedule daily --sport nbaa', /^There is no sport called nbaa\. Hint: did you mean nba\?/],
    ['schedule daily --sprot nba', /^There is no flag --sprot here\. Hint: did you mean --sport\?/],
    ['schedule daily --zzz', /^There is no flag --zzz here\./],
    ['schedule dayly', /^There is no command "schedule dayly"\. Hint: did you mean schedule daily\?/],
    ['schedul daily', /^There is no command "schedul daily"\. Hint: did you mean schedule daily\?/],
    ['sched', /^There is no command "sched"\. Hint: /],
    ['help sched', /^There is no command "sched"\. Hint: /],
    ['--sport nba', /^--sport needs a command before it\. Hint: /],
    ['schedule daily today', /^Unexpected argument: today\. Hint: See sports-ingest schedule daily --help\./],
    ['schedule daily --date 2025-02-30', /^There is no day 2025-02-30\. Hint: Give one as YYYY-MM-DD/],
    ['schedule daily --date 2025-1-5', /^There is no day 2025-1-5\. Hint: /],
    ['schedule daily --date yesterday', /^There is no day yesterday\. Hint: /],
    ['schedule daily --date 2025-01-17', /^2025-01-17 is in the future: in America\/New_York it is 2025-01-16\. Hint: /],
    ['schedule daily --days-back 0', /^--days-back: Expected an integer greater than or equal to 1 but received: 0\. Hint: /],
    ['schedule daily --days-ahead soon', /^--days-ahead: Expected an integer but received: soon\. Hint: /],
    ['schedule daily --weekly --days-back 3', /^--days-back=3 cannot also be provided when using --weekly\. Hint: /],
    ['schedule daily --only box-score', /^There is no dataset called box-score\. Hint: did you mean box-scores\?/],
    [
      'schedule daily --only players,schedule',
      /^players,schedule is not one value: .* Hint: Write --only players --only schedule\.$/,
    ],
    ['schedule reference --sport nba,nfl --sport nfl', /^nba,nfl is not one value: .* Hint: Write --sport nba --sport nfl\.$/],
    ['live --only a,b', /^a,b is not one value: .* Hint: Write --only a --only b\.$/],
    ['export games,teams', /^games,teams is not one value: .* Hint: Write games teams\.$/],
    ['dead-letters discard 1,2 --reason x', /^1,2 is not the id of a dead letter\. Hint: Separate ids by spaces\.$/],
    ['schedule daily --sandbox-faults 429', /--sandbox\b.*Hint: /],
    ['schedule daily --config', /^Flag --config expects a value\. Hint: /],
    [
      'watermark get schedule',
      /^Missing argument KEY: sport and season, e\.g\. daily:nba or nba:2024-25; the name of the job\. Hint: See sports-ingest watermark get --help\.$/,
    ],
    ['watermark set schedule', /^Missing arguments KEY, VALUE\. Hint: /],
    ['watermark set schedule dayly 2025-01-10', /^There is no watermark schedule dayly\. Hint: did you mean daily\?$/],
    ['watermark get schedule daily:nbaa', /^There is no watermark schedule daily:nbaa\. Hint: did you mean daily:nba\?$/],
    [
      'watermark history schedule weather',
      /^There is no watermark schedule weather\. Hint: Keys are daily and a sport: daily:nba\.$/,
    ],
    ['watermark get backfill nbaa:2024-25', /^There is no watermark backfill nbaa:2024-25\. Hint: did you mean nba:2024-25\?$/],
    [
      'watermark get backfill nba:2024-26',
      /^There is no watermark backfill nba:2024-26\. Hint: Keys are a sport and a season: nba:2024-25\.$/,
    ],
    [
      'watermark set backfill nba:2024-25 2025-01-01',
      /^2025-01-01 is not a game id; .*Hint: Ids of nba are 10 digits, e\.g\. 0022400561\.$/,
    ],
    [
      'runs show 99999999999999999999',
      /^Expected an integer less than or equal to 9007199254740991 but received: 9{20}\. Hint: /,
    ],
    ['runs show 0', /^Expected an integer greater than or equal to 1 but received: 0\. Hint: /],
    ['watermark get schedul daily', /^There is no stage called schedul\. Hint: did you mean schedule\?/],
    ['watermark history stage daily', /^There is no stage called stage\. Hint: /],
    ['watermark set schedule daily soon', /^soon is not a day; the value of schedule daily:nba is a day\. Hint: /],
    ['watermark set schedule daily 2025-02-30', /^2025-02-30 is not a day; /],
    [
      'watermark set schedule daily 2025-01-16',
      /^2025-01-16 is not over yet, so it cannot be complete\. Hint: The latest possible is 2025-01-15\.$/,
    ],
    ['watermark set backfil nba:2024-25 0022400561', /^There is no stage called backfil\. Hint: did you mean backfill\?/],
    ['dead-letters show x', /^Expected an integer but received: x\. Hint: /],
    ['dead-letters list --status opn', /^Expected --status=opn to be one of: open, resolved, discarded, all\. Hint: /],
    ['runs list --limit 0', /^--limit: Expected an integer greater than or equal to 1 but received: 0\. Hint: /],
  ])('%s', async ([words, says]) => {
    await expectOneLine(words.split(' '), { code: 100, says, env: nowhere })
  })

  test('watermark set backfill with a value that cannot be a game id', async () => {
    const args = ['watermark', 'set', 'backfill', 'nba:2024-25', 'two words']
    await expectOneLine(args, {
      code: 100,
      says: /^two words is not a game id; backfill nba:2024-25 takes one\. Hint: /,
      env: nowhere,
    })
  })

  test('an unknown sandbox fault', async () => {
    using dir = createScratch()
    const args = ['schedule', 'daily', '--sandbox', '--sandbox-faults', '42']
    const env = { SPORTS_INGEST_DATA_DIR: dir.path }
    await expectOneLine(args, { code: 100, says: /^There is no fault called "42"\. Hint: did you mean 429\?/, env })
  })
})

describe('wrong settings end with 101 and one line that says where', () => {
  const show = ['config', 'show']

  test('a file that is no YAML is named with line and column', async () => {
    using dir = createScratch()
    writeFileSync(join(dir.path, 'sports-ingest.config.yaml'), 'api:\n  rate_limit: [2\n')
    for (const args of [show, ['config', 'validate'], ['schedule', 'daily'], ['watermark', 'list']])
      await expectOneLine(args, { code: 101, says: /sports-ingest\.config\.yaml:\d+:\d+: /, cwd: dir.path })
  })

  test('an unknown key is named with line, column and what was meant', async () => {
    using dir = createScratch()
    writeFileSync(join(dir.path, 'sports-ingest.config.yaml'), 'api:\n  rate_limt: 2\n')
    const says = /sports-ingest\.config\.yaml:2:3: There is no setting called rate_limt in api\. Hint: did you mean rate_limit\?/
    await expectOneLine(show, { code: 101, says, cwd: dir.path })
  })

  test('a value out of range is named with line and column', async () => {
    using dir = createScratch()
    writeFileSync(join(dir.path, 'sports-ingest.config.yaml'), 'retry: { max_attempts: 0 }\n')
    await expectOneLine(['config', 'validate'], {
      code: 101,
      says: /sports-ingest\.config\.yaml:1:24: retry\.max_attempts /,
      cwd: dir.path,
    })
  })

  test('config validate tells all mistakes at once, a line each', async () => {
    using dir = createScratch()
    writeFileSync(join(dir.path, 'sports-ingest.config.yaml'), 'api: { rate_limt: 2 }\nretry: { max_attempts: 0 }\n')
    const { code, stderr } = await runCli(['config', 'validate'], {}, dir.path)
    expect(code).toBe(101)
    expect(stderr.trim().split('\n')).toEqual([expect.stringContaining(':1:8: '), expect.stringContaining(':2:24: ')])
  })

  test('a file named by --config or SPORTS_INGEST_CONFIG that is not there', async () => {
    await expectOneLine([...show, '--config', '/no/such.yaml'], {
      code: 101,
      says: '/no/such.yaml cannot be used: there is no such file. Hint: It is named by --config.',
    })
    await expectOneLine(show, {
      code: 101,
      says: 'Hint: It is named by SPORTS_INGEST_CONFIG.',
      env: { SPORTS_INGEST_CONFIG: '/no/such.yaml' },
    })
  })

  test.skipIf(process.getuid?.() === 0)('a file this user may not read (skipped as root, who may)', async () => {
    using dir = createScratch()
    const file = join(dir.path, 'closed.yaml')
    writeFileSync(file, '')
    chmodSync(file, 0)
    await expectOneLine([...show, '--config', file], { code: 101, says: 'this user may not read it' })
  })

  test.for<[string, string, RegExp]>([
    [
      'SPORTS_INGEST_API_RATE_LIMT',
      '2',
      /^There is no setting for the variable SPORTS_INGEST_API_RATE_LIMT\. Hint: did you mean SPORTS_INGEST_API_RATE_LIMIT\?/,
    ],
    ['SPORTS_INGEST_PROVIDER_NBA_CDM_URL', 'http://x', /^There is no provider called nba-cdm, .*Hint: did you mean nba-cdn\?/],
    ['SPORTS_INGEST_PROVIDER_NBA_CDN_URL', 'cdn.nba.com', /^SPORTS_INGEST_PROVIDER_NBA_CDN_URL /],
    ['SPORTS_INGEST_NOW', 'tomorrow', /^SPORTS_INGEST_NOW .*tomorrow/],
    ['SPORTS_INGEST_NOW', '2025-02-30T00:00:00Z', /^SPORTS_INGEST_NOW /],
    ['SPORTS_INGEST_API_RATE_LIMIT', 'fast', /^SPORTS_INGEST_API_RATE_LIMIT .*fast/],
    ['SPORTS_INGEST_LOG_FORMAT', 'xml', /^SPORTS_INGEST_LOG_FORMAT .*(pretty|json)/],
    ['LOG_LEVEL', 'loud', /^LOG_LEVEL .*loud/],
  ])('%s=%s', async ([name, value, says]) => {
    await expectOneLine(show, { code: 101, says, env: { [name]: value } })
  })

  test('a DATABASE_URL that is none is not repeated: it may hold a password', async () => {
    const env = { DATABASE_URL: 'mysql://me:s3cretpass@host/db' }
    await expectOneLine(['db', 'status'], { code: 101, says: /^DATABASE_URL /, env, secret: 's3cretpass' })
  })

  test.for<[string, string]>([
    ['postgres://me:s3cret%zz@127.0.0.1/x', 'a % in it is not followed by two hexadecimal digits'],
    ['postgres://me:s3cret@127.0.0.1:99999/x', 'its port is not a number from 0 to 65535'],
  ])('DATABASE_URL=%s: what is wrong is said, and not the password', async ([url, why]) => {
    const says = `DATABASE_URL is not a Postgres address: ${why}. Hint: `
    await expectOneLine(['watermark', 'list'], { code: 101, says, env: { DATABASE_URL: url }, secret: 's3cret' })
  })

  test('a secret that is not there is told beside the other mistakes of its file', async () => {
    using dir = createScratch()
    writeFileSync(join(dir.path, 'sports-ingest.config.yaml'), 'database: { url: "env:NOPE" }\nretry: { max_attempts: 0 }\n')
    const { code, stderr } = await runCli(['config', 'validate'], {}, dir.path)
    expect(code).toBe(101)
    expect(stderr.trim().split('\n')).toEqual([
      expect.stringContaining(':2:24: retry.max_attempts '),
      expect.stringContaining(':1:18: database.url is env:NOPE, but NOPE is not set.'),
    ])
  })

  test('a secret that is not where env: or file: says', async () => {
    const env = { RACING_API_PASSWORD: 'env:NO_SUCH_VARIABLE' }
    await expectOneLine(show, { code: 101, says: 'NO_SUCH_VARIABLE', env })
  })
})
