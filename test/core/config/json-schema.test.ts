import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { firstFile } from '../../../src/core/config/first-file.ts'
import { settingsSchema } from '../../../src/core/config/json-schema.ts'
import { jobSettings, settings } from '../../../src/core/config/settings.ts'
import { mistakes } from './folder.ts'

const check = new Ajv({ strict: true, allowUnionTypes: true }).compile(settingsSchema())
const mistakesIn = (yaml: string) =>
  check(parse(yaml) ?? {}) ? [] : (check.errors ?? []).map(({ instancePath }) => instancePath)

describe('the JSON Schema of the settings file', () => {
  test('takes a first file, with its comments and without', () => {
    expect(mistakesIn(firstFile())).toEqual([])
    expect(mistakesIn(firstFile().replaceAll(/^#(?! )|^#(?= {2})/gm, ''))).toEqual([])
  })

  test("takes jobs of one's own", () => {
    const exec = 'jobs: { mine: { frequency: "0 6 * * *", run: exec, command: [./mine.sh, "5"], env: { A: "1", B: env:B } } }'
    expect(mistakesIn(exec)).toEqual([])
    expect(mistakesIn('jobs: { mine: { frequency: "0 6 * * *", run: sql, file: mine.sql } }')).toEqual([])
  })

  test.each([
    ['a key that is none', 'api: { rate_limits: 2 }', '/api'],
    ['a value out of its range', 'api: { rate_limit: -1 }', '/api/rate_limit'],
    ['a word that is none', 'racing: { plan: gold }', '/racing/plan'],
    ['what belongs into the environment', 'clock: leap', ''],
    ['a job without its frequency', 'jobs: { mine: { run: daily } }', '/jobs/mine'],
    ['a run of later versions', 'jobs: { mine: { frequency: "0 6 * * *", run: match_updates } }', '/jobs/mine/run'],
  ])('refuses %s', (_, yaml, place) => {
    expect(mistakesIn(yaml)).toContain(place)
  })

  const job = (text: string) => `jobs: { a: { frequency: "0 6 * * *", ${text} } }`
  const frequency = (text: string) => `jobs: { a: { frequency: "${text}", run: daily } }`
  const key = Buffer.alloc(24).toString('base64')

  test.each([
    ...['', '# nothing', 'api:', 'hello', '- a', 'api: fast', 'api: [rate_limit]', 'API: { rate_limit: 2 }', 'clock: leap'],
    ...['yes', '1', 'On', '"true"', '2', 'maybe', '[true]'].map(text => `sports: { nba: { enabled: ${text} } }`),
    ...['"2"', '1e1', '" 2 "', '"2x"', '.inf', '.nan', '-1', '"-1"', '~', '{ a: 1 }'].map(text => `api: { rate_limit: ${text} }`),
    ...['5m', '0.5s', '" 30 "', '5x', '-5', '""', '3000000'].map(text => `api: { timeout: ${text} }`),
    ...['90', '90d', '0', '"0"', '1.5 h', '90y'].map(text => `retention: { runs: ${text} }`),
    ...['PRO', 'gold', '5'].map(text => `racing: { plan: ${text} }`),
    ...['"gb, ire"', 'GB', 'all', '"gb, xx"', '[gb]', '[gb, IRE]', '[gb, xx]', '[]', '","'].map(
      text => `racing: { regions: ${text} }`,
    ),
    ...['europe/london', 'EST', 'Etc/GMT+5', '"+02:00"', '5', '"Europe London"'].map(text => `timezone: ${text}`),
    ...['0  6 * * *', '0 6 * jan mon-FRI', '*/5 8-20/2 1,15 * 5-7', '00 06 * * *', ' 0 6 * * * '].map(frequency),
    ...['0 0 6 * * *', '60 6 * * *', '0 6 ? * *', '0 6 L * *', '@daily', '*/0 6 * * *', '5/2 * * * *', '0 6 * * fun'].map(
      frequency,
    ),
    ...['run: daily, sport: nba', 'run: DAILY', 'run: daily, sport: cricket', 'run: stats', 'run: prune, weekly: true'].map(job),
    ...[
      'functions: [update_power_ratings, UPDATE_POWER_RATINGS]',
      'functions: update_power_ratings',
      'full: true, sport: nba',
    ].map(text => job(`run: stats, ${text}`)),
    ...[
      'functions: [update_power_rating]',
      'functions: []',
      'functions: "a,b"',
      'full: maybe',
      'weekly: true',
      'days_back: 1',
    ].map(text => job(`run: stats, ${text}`)),
    ...['run: daily, full: true', 'run: match_updates'].map(job),
    ...['run: exec', 'run: exec, command: [ls]', 'run: exec, command: [ls, 5]', 'run: exec, command: [ls], shell: ls'].map(job),
    ...['run: exec, command: ls', 'run: exec, command: []', 'run: exec, shell: ls, days_back: 1', 'run: daily, shell: ls'].map(
      job,
    ),
    ...['run: sql', 'run: sql, sql: "select 1"', 'run: sql, sql: "", file: x.sql', 'run: sql, sql: x, file: x.sql'].map(job),
    ...['{ A: "1" }', '', '{ A: 1 }', '{ "A B": x }', '{ SPORTS_INGEST_JOB: x }', '[A]'].map(env =>
      job(`run: exec, shell: ls, env: ${env}`),
    ),
    ...['run: daily, env: { A: x }', 'run: daily, env:', 'run: daily, timeout: 0.5', 'run: daily, missed: ALL'].map(job),
    ...['a b', '5', 'a.b', '__proto__', 'constructor'].map(name => `jobs: { ${name}: { frequency: "0 6 * * *", run: daily } }`),
    ...['jobs:', 'jobs: { a: }', 'jobs: [a]', 'jobs: { a: { run: daily } }', 'providers: { nba: { price: 1 } }'],
    ...['http://a', 'HTTPS://a', 'example.org', '5', 'env:HOME'].map(text => `alerts: { webhook: "${text}" }`),
    ...[`whsec_${key}`, `whsec_${key.slice(1)}`, 'abc'].map(text => `alerts: { hook: { secret: "${text}" } }`),
    ...['https://k@sentry.io/1', 'https://sentry.io/1', 'https://k@sentry.io/x'].map(text => `alerts: { sentry_dsn: "${text}" }`),
    ...['a@b', 'a@b, c@d', 'a@b c', 'a@b,'].map(text => `alerts: { mail: { to: "${text}" } }`),
    ...['smtps://u:p@h', 'http://h'].map(text => `alerts: { mail: { url: "${text}" } }`),
    ...['postgres://h/d', 'postgresql://h', 'mysql://h', 'h'].map(text => `database: { url: "${text}" }`),
    ...['12345', '"12345"', '""', 'pass'].map(text => `racing: { password: ${text} }`),
  ])('and config validate agree about %s', async yaml => {
    const told = await mistakes({ file: yaml, env: { HOME: 'https://example.org/x' } })
    expect(mistakesIn(yaml).length > 0, told.join()).toBe(told.length > 0)
  })

  test('explains every key, and has its default', () => {
    const { properties } = settingsSchema() as { properties: Record<string, { properties: Record<string, unknown> }> }
    expect(properties['api']?.properties['rate_limit']).toMatchObject({ type: ['number', 'string'], default: 2, minimum: 0.001 })
    const text = JSON.stringify(settingsSchema())
    for (const { about, environmentOnly } of [...settings, ...jobSettings])
      if (!environmentOnly) expect(text).toContain(JSON.stringify(about))
  })
})
