import { expect, test } from 'vitest'
import { checkConfig } from '../../../src/core/config/load.ts'
import { ConfigError } from '../../../src/core/errors.ts'
import { folderWith, load, mistakes } from './folder.ts'

const f = 'sports-ingest.config.yaml'

test.each([
  [
    'a key that is none',
    'tmezone: UTC',
    [`${f}:1:1: There is no setting called tmezone at the top of the file. Hint: did you mean timezone?`],
  ],
  [
    'a key that is none in its section',
    'api:\n  rate_limit: 2\n  tmeout: 3',
    [
      `${f}:3:3: There is no setting called tmeout in api. Hint: did you mean timeout? (rate_limit, live_share, timeout, connect_timeout, headers_timeout, body_timeout, max_body_bytes)`,
    ],
  ],
  [
    'a key that is none, deep down',
    'alerts: { thresholds: { stale_hours: 3 } }',
    [
      `${f}:1:25: There is no setting called stale_hours in alerts.thresholds. Hint: Known: consecutive_failures, stale_data_hours.`,
    ],
  ],
  [
    'a sport that is none',
    'sports:\n  nbaa: { enabled: true }',
    [`${f}:2:3: There is no setting called nbaa in sports. Hint: did you mean nba? (nba, nfl, racing, football)`],
  ],
  [
    'a key of a job that is none',
    'jobs:\n  a:\n    frequency: "* * * * *"\n    run: daily\n    day_back: 1',
    [
      `${f}:5:5: There is no setting called day_back in jobs.a. Hint: did you mean days_back? (frequency, timezone, timeout, run, sport, days_ahead, days_back, weekly, enabled, missed, missed_window, overlap)`,
    ],
  ],
  [
    'the clock, which is for the environment',
    'now: 2025-01-15T12:00:00Z',
    [expect.stringContaining('There is no setting called now')],
  ],
  [
    'a value of the wrong kind',
    'api:\n  timeout: soon',
    [`${f}:2:12: api.timeout must be a duration such as 30 (seconds), 30s or 5m, not "soon".`],
  ],
  [
    'a number out of range',
    'retry: { max_attempts: 0 }',
    [`${f}:1:24: retry.max_attempts must be a whole number from 1 to 100, not 0.`],
  ],
  ['a list for a value', 'api: { timeout: [1, 2] }', [`${f}:1:17: api.timeout must be a single value.`]],
  ['a key without a value', 'api:\n  timeout:\n', [`${f}:2:3: api.timeout has no value.`]],
  [
    'text for a section',
    'retry: often',
    [`${f}:1:8: retry must be a section. Hint: It holds max_attempts, initial_delay, backoff_factor.`],
  ],
  ['text for the jobs', 'jobs: all', [`${f}:1:7: jobs must be a section.`]],
  ['a list for the file', '- api', [`${f}:1:1: The file must be a list of settings, "key: value".`]],
  ['a job without its schedule', 'jobs:\n  a: { run: daily }', [`${f}:2:6: jobs.a.frequency is missing.`]],
  [
    'a job that does nothing known',
    'jobs:\n  a: { frequency: "0 6 * * *", run: dayly }',
    [`${f}:2:37: jobs.a.run must be one of daily, live, reference, prune, not "dayly". Hint: did you mean daily?`],
  ],
  [
    'a job that a later version does',
    'jobs:\n  a: { frequency: "0 6 * * *", run: stats }',
    [`${f}:2:37: jobs.a.run cannot be stats: this version does not have it. Hint: Remove the job, or make it a comment.`],
  ],
  [
    'an hour that no clock has',
    'jobs:\n  a: { frequency: "0 24 * * *", run: daily }',
    [
      `${f}:2:19: jobs.a.frequency must be five cron fields (minute hour day month weekday), not "0 24 * * *". Hint: The hour takes 0 to 23, *, a range such as 0-23, or one with a step such as */2; commas between several.`,
    ],
  ],
  [
    'four cron fields',
    'jobs:\n  a: { frequency: "0 6 * *", run: daily }',
    [
      `${f}:2:19: jobs.a.frequency must be five cron fields (minute hour day month weekday), not "0 6 * *". Hint: For example "0 6 * * *", in quotes, because * means something else in YAML.`,
    ],
  ],
  [
    'a zone that is none',
    'jobs:\n  a: { frequency: "0 6 * * *", run: daily, timezone: Europe/Lodnon }',
    [
      `${f}:2:54: jobs.a.timezone must be an IANA zone such as Europe/London, not "Europe/Lodnon". Hint: did you mean Europe/London?`,
    ],
  ],
  [
    'a job name with a dot',
    'jobs:\n  a.b: { frequency: "0 6 * * *", run: daily }',
    [`${f}:2:3: a.b cannot name a job: letters, digits, - and _ can.`],
  ],
  [
    'a job name that objects have by themselves',
    'jobs:\n  __proto__: { frequency: "0 6 * * *", run: daily }',
    [`${f}:2:3: __proto__ cannot name a job: letters, digits, - and _ can.`],
  ],
  ['a key given twice', 'api: { timeout: 3 }\nretry: {}\napi: { timeout: 4 }', [`${f}:3:1: Map keys must be unique.`]],
  [
    'a tab for indentation',
    'api:\n\ttimeout: 3',
    [expect.stringMatching(/^sports-ingest\.config\.yaml:2:\d+: Tabs are not allowed as indentation\.$/)],
  ],
  ['an open quote', 'timezone: "UTC', [expect.stringMatching(/^sports-ingest\.config\.yaml:1:15: Missing closing "quote\.$/)]],
  [
    'two documents',
    'api: {}\n---\napi: {}',
    [expect.stringContaining(': The file must be one document; remove what begins at ---.')],
  ],
  [
    'a cron line that was not quoted',
    'jobs:\n  a:\n    run: live\n    frequency: */15 * * * *',
    [`${f}:4:16: There is no anchor for this alias. Hint: Text that begins with * needs quotes.`],
  ],
  [
    'an alias without an anchor',
    'timezone: *zone',
    [`${f}:1:11: There is no anchor for this alias. Hint: Text that begins with * needs quotes.`],
  ],
])('%s is found where it stands', async (_, file, lines) => {
  expect(await mistakes({ file })).toEqual(lines)
})

test('all mistakes are reported together, in the order of the file', async () => {
  const file = 'timezone: Mars\napi:\n  tmeout: 3\n  rate_limit: fast\njobs:\n  a: {}\nlogg: {}\n'
  const places = (await mistakes({ file })).map(line => /:(\d+:\d+):/.exec(line)?.[1])
  expect(places).toEqual(['1:11', '3:3', '4:15', '6:6', '6:6', '7:1'])
  await expect(load({ file })).rejects.toBeInstanceOf(ConfigError)
})

test('a mistake behind an alias is found at its anchor', async () => {
  expect(await mistakes({ file: 'api: &a\n  timeout: soon\n  rate_limit: 2\n' })).toEqual([
    expect.stringContaining(':2:12: api.timeout'),
  ])
  const file = 'jobs:\n  a: &a { frequency: "0 6 * * *", run: dayly }\n  b: *a\n'
  expect(await mistakes({ file })).toEqual([
    expect.stringContaining(':2:40: jobs.a.run'),
    expect.stringContaining(':2:40: jobs.b.run'),
  ])
})

test('jobs may be an alias', async () => {
  const { config } = await load({
    file: 'timezone: UTC\nlive: {}\njobs:\n  a: &a { frequency: "0 6 * * *", run: daily }\n  b: *a\n',
  })
  expect(config.jobs['b']).toEqual(config.jobs['a'])
})

test('a file of aliases that multiply is refused', async () => {
  const file = `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n`
  expect(await mistakes({ file })).toEqual([`${f}:1:1: The aliases of this file expand to too much.`])
})

test('a variable for a job of a file with mistakes is not called unknown', async () => {
  const file = 'jobs:\n  a: { frequency: "0 6 * * *", run: dayly }\n'
  const env = { SPORTS_INGEST_JOBS_A_TIMEOUT: '5m' }
  expect(await mistakes({ file, env })).toHaveLength(1)
  expect(await mistakes({ file: `${file}\ttimezone: UTC`, env })).toHaveLength(1)
})

test('a mistake in the file is one also where the environment beats it', async () => {
  expect(await mistakes({ file: 'api: { timeout: soon }', env: { SPORTS_INGEST_API_TIMEOUT: '5' } })).toHaveLength(1)
})

// The text between the mistakes could be anybody's password.
test.each([
  'database: postgres://ann:hunter2@db/x',
  'database: { url: "mysql://ann:hunter2@db/x" }',
  'database: { url: [hunter2] }',
  'database: { "postgres://ann:hunter2@db/x": 1 }',
  'racing: { password: *hunter2 }',
  'racing: { password: !hunter2 x }',
  'racing: { password: "x" hunter2 }',
  'racing: { password: |hunter2 }',
  'racing:\n  password: |hunter2\n',
  'racing:\n  password: @hunter2\n',
  'racing:\n  password: "a\\hunter2"\n',
  'racing:\n  password: a: hunter2\n',
  'racing:\n  password: x\n hunter2\n',
  'jobs: { "hunter2 and more": { run: daily } }',
  '%hunter2 x\n---\na: 1',
  'alerts: { webhook: hunter2 }',
  'providers: { espn: { url: "ftp://ann:hunter2@x" } }',
])('no mistake repeats what stands in %j', async file => {
  await using folder = await folderWith({ [f]: file })
  const { problems, warnings } = await checkConfig({ env: {}, cwd: folder.path })
  expect(problems.length + warnings.length).toBeGreaterThan(0)
  expect(JSON.stringify({ problems, warnings })).not.toContain('hunter2')
})
