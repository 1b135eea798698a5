import { expect, test } from 'vitest'
import { checkConfig } from '../../../src/core/config/load.ts'
import { ConfigError } from '../../../src/core/errors.ts'
import { folderWith, load, mistakes } from './folder.ts'

const f = 'sports-ingest.config.yaml'
const execHint = 'Write command: [program, argument, …], or shell: and a line for /bin/sh.'

test.each([
  [
    'a key that is none',
    'tmezone: UTC',
    [`${f}:1:1: There is no setting called tmezone at the top of the file. Hint: did you mean timezone?`],
  ],
  [
    'a key that is none, behind a byte order mark',
    '\ufeffapi: { rate_limt: 2 }\r\n',
    [expect.stringMatching(/^.*:1:8: There is no setting called rate_limt in api\./)],
  ],
  [
    'sections that are to be merged',
    'jobs:\n  a: &a { frequency: "0 6 * * *", run: daily }\n  b:\n    <<: *a\n    frequency: "0 7 * * *"\n    run: daily',
    [
      `${f}:4:5: Sections are not merged: there is no << in jobs.b. Hint: An anchor stands for a whole section; write the settings out that differ.`,
    ],
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
      `${f}:1:25: There is no setting called stale_hours in alerts.thresholds. Hint: Known: consecutive_failures, stale_data_hours, dead_letters.`,
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
    [`${f}:5:5: There is no setting called day_back in jobs.a. Hint: did you mean days_back?`],
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
    [
      `${f}:2:37: jobs.a.run must be one of daily, live, reference, stats, prune, exec, sql, not "dayly". Hint: did you mean daily?`,
    ],
  ],
  [
    'a job that a later version does',
    'jobs:\n  a: { frequency: "0 6 * * *", run: match_updates }',
    [`${f}:2:37: jobs.a.run cannot be match_updates: this version does not have it. Hint: Remove the job, or make it a comment.`],
  ],
  // The mark is where the mistake is found.
  ...[
    [
      'a program without arguments in a list',
      'run: exec, command: ^node report.js',
      'jobs.a.command must be a list of texts, not "node report.js". Hint: Write [program, argument, …]; a line for the shell is the setting shell.',
    ],
    [
      'an argument that is no text',
      'run: exec, command: [node, ^7]',
      'jobs.a.command must be a list of texts, not 7. Hint: Put it in quotes.',
    ],
    [
      'a list without a program',
      'run: exec, command: ^[]',
      'jobs.a.command is an empty list. Hint: Write [program, argument, …]; a line for the shell is the setting shell.',
    ],
    [
      'a program and a line for the shell',
      'run: exec, command: [a], shell: ^b',
      `jobs.a.shell cannot be given with command. Hint: ${execHint}`,
    ],
    [
      'a stats function that is none',
      'run: stats, functions: [update_power_ratings, ^update_power_rating]',
      'jobs.a.functions must be the name of a stats function such as update_power_ratings, or several with commas between them, not "update_power_rating". Hint: did you mean update_power_ratings?',
    ],
    [
      'stats functions of a job without stats',
      'run: daily, functions: ^update_power_ratings',
      'jobs.a.functions has no effect with run: daily. Hint: It is for run: stats.',
    ],
    [
      'all anew without stats',
      'run: prune, full: ^true',
      'jobs.a.full has no effect with run: prune. Hint: It is for run: stats.',
    ],
    ['no program', 'run: ^exec', `jobs.a.run is exec, which needs command or shell. Hint: ${execHint}`],
    [
      'no statement',
      'run: ^sql',
      'jobs.a.run is sql, which needs sql or file. Hint: Write sql: and the statement, or file: and the path of a file of statements.',
    ],
    [
      'a program for a job that starts none',
      'run: daily, shell: ^b',
      'jobs.a.shell has no effect with run: daily. Hint: It is for run: exec.',
    ],
    [
      'variables for a job that starts no program',
      'run: sql, sql: select 1, env: { A: ^b }',
      'jobs.a.env.A has no effect with run: sql. Hint: It is for run: exec.',
    ],
    [
      'a sport for a job that loads none',
      'run: exec, shell: b, sport: ^nba',
      'jobs.a.sport has no effect with run: exec. Hint: It is for run: daily, reference, live, stats.',
    ],
    [
      'days for a job without days',
      'run: prune, days_back: ^2',
      'jobs.a.days_back has no effect with run: prune. Hint: It is for run: daily.',
    ],
    [
      'a variable that no program can have',
      'run: exec, shell: b, env: { ^A-B: c }',
      'A-B cannot name a variable: letters, digits and _ can, no digit first.',
    ],
    [
      'a variable that is ours',
      'run: exec, shell: b, env: { ^SPORTS_INGEST_RUN: c }',
      'jobs.a.env.SPORTS_INGEST_RUN cannot be set: this program sets it.',
    ],
    ['a variable that is no text', 'run: exec, shell: b, env: { A: ^1 }', 'jobs.a.env.A must be text. Hint: Put it in quotes.'],
    ['variables that are no section', 'run: exec, shell: b, env: ^A=b', 'jobs.a.env must be a section.'],
  ].map(([title = '', job = '', line]): [string, string, string[]] => {
    const file = `jobs: { a: { frequency: "0 6 * * *", ${job} } }`
    return [title, file.replace('^', ''), [`${f}:1:${file.indexOf('^') + 1}: ${line}`]]
  }),
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
    [`${f}:2:3: a.b cannot name a job: letters, digits, - and _ can, a letter first.`],
  ],
  [
    'a job name that objects have by themselves',
    'jobs:\n  __proto__: { frequency: "0 6 * * *", run: daily }',
    [`${f}:2:3: __proto__ cannot name a job: letters, digits, - and _ can, a letter first.`],
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
