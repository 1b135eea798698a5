import { expect, test } from 'vitest'
import * as kinds from '../../../src/core/config/kinds.ts'

const anyDuration = kinds.seconds(0)

test.each<[string, kinds.Kind<unknown>, unknown, unknown]>([
  ['duration', anyDuration, 30, 30_000],
  ['duration', anyDuration, '30', 30_000],
  ['duration', anyDuration, 0.01, 10],
  ['duration', anyDuration, '.5', 500],
  ['duration', anyDuration, '30s', 30_000],
  ['duration', anyDuration, '5m', 300_000],
  ['duration', anyDuration, '1.5h', 5_400_000],
  ['duration', anyDuration, '250ms', 250],
  ['duration', anyDuration, '2d', 172_800_000],
  ['duration', anyDuration, '24d', 2_073_600_000],
  ['flag', kinds.flag, true, true],
  ['flag', kinds.flag, 'Yes', true],
  ['flag', kinds.flag, '0', false],
  ['flag', kinds.flag, 'off', false],
  ['regions', kinds.someOf(['gb', 'ire'], 'a region'), 'GB, ire gb', ['gb', 'ire']],
  ['text', kinds.text, 'one\ntwo', 'one\ntwo'],
  ['line', kinds.line, 'worker 1', 'worker 1'],
  ['whole', kinds.whole(1, 5), '5', 5],
  ['number', kinds.number(0.1, 5), '0.1', 0.1],
  ['zone', kinds.zone, 'UTC', 'UTC'],
  ['zone', kinds.zone, 'Asia/Kolkata', 'Asia/Kolkata'],
  ['cron', kinds.cron, ' */15  9-20 * * mon-FRI ', '*/15 9-20 * * mon-FRI'],
  ['cron', kinds.cron, '0,30 6 1-7 1 0', '0,30 6 1-7 1 0'],
  ['instant', kinds.instant, '2025-01-15T14:05Z', new Date('2025-01-15T14:05:00Z')],
  ['instant', kinds.instant, '2024-02-29T14:05:00.5-05:00', new Date('2024-02-29T19:05:00.500Z')],
  ['postgres', kinds.postgresUrl, 'postgresql:///sports?host=/run/pg', 'postgresql:///sports?host=/run/pg'],
  [
    'postgres',
    kinds.postgresUrl,
    ' postgres://me:p%40ss@[::1]:5432/sports?sslmode=require ',
    'postgres://me:p%40ss@[::1]:5432/sports?sslmode=require',
  ],
])('%s %#: %s takes %j', (_, kind, raw, value) => {
  expect(kind.check(raw, '/here')).toEqual({ value })
})

test.each<[string, kinds.Kind<unknown>, unknown]>([
  ['duration', anyDuration, '5 minutes'],
  ['duration', anyDuration, '-5'],
  ['duration', anyDuration, '25d'],
  ['duration', kinds.seconds(1), 0],
  ['duration', anyDuration, ''],
  ['flag', kinds.flag, 'maybe'],
  ['whole', kinds.whole(1, 5), 1.5],
  ['whole', kinds.whole(1, 5), 6],
  ['number', kinds.number(1, 5), '0x2'],
  ['number', kinds.number(1, 5), 'NaN'],
  ['number', kinds.number(1, 5), ''],
  ['text', kinds.text, 123],
  ['text', kinds.text, '  '],
  ['line', kinds.line, 'one\ntwo'],
  ['line', kinds.line, ''],
  ['zone', kinds.zone, '+02:00'],
  ['zone', kinds.zone, 'Mars/Olympus'],
  ['cron', kinds.cron, '0 6 * * * *'],
  ['cron', kinds.cron, '@daily'],
  ['cron', kinds.cron, '0 6 * * ; ls'],
  ['cron', kinds.cron, '60 6 * * *'],
  ['cron', kinds.cron, '0 6 0 * *'],
  ['cron', kinds.cron, '0 6 * 13 *'],
  ['cron', kinds.cron, '0 6 * * fri-mon'],
  ['cron', kinds.cron, '5/10 6 * * *'],
  ['cron', kinds.cron, '*/0 6 * * *'],
  ['cron', kinds.cron, '*/99 6 * * *'],
  ['instant', kinds.instant, '2025-01-15'],
  ['instant', kinds.instant, '2025-02-30T12:00:00Z'],
  ['instant', kinds.instant, '2025-01-15T25:00:00Z'],
  ['instant', kinds.instant, '2025-01-15T12:00:00'],
  ['postgres', kinds.postgresUrl, 'postgres://'],
  ['url', kinds.httpUrl, 'http://'],
  ['url', kinds.httpUrl, 'javascript:alert(1)'],
])('%s %#: %s refuses %j', (_, kind, raw) => {
  expect(kind.check(raw, '/here')).toHaveProperty('problem')
})

test('an address of a Postgres server is refused without a word of it, and warned of where parameters have no effect', () => {
  const refused = kinds.postgresUrl.check('postgres://me:s3/cret@db/x', '/')
  expect(refused).toMatchObject({ problem: expect.stringContaining('percent-encoded'), hint: expect.stringContaining('%2F') })
  expect(JSON.stringify(refused)).not.toMatch(/s3|cret/)
  const given = 'postgres://me:s3cret@db/x?connection_limit=5&channel_binding=require&sslmode=require'
  const warning = 'has parameters that have no effect here: connection_limit, channel_binding'
  expect(kinds.postgresUrl.check(given, '/')).toEqual({ value: given, warning })
})

test.each([
  [300_000, '5m'],
  [90_000, '90s'],
  [7_200_000, '2h'],
  [1_500, '1500ms'],
])('an interval of %d ms is shown as %s, and read back the same', (ms, shown) => {
  const kind = kinds.interval(0)
  expect(kind.print?.(ms)).toBe(shown)
  expect(kind.check(shown, '/here')).toEqual({ value: ms })
})

test('an address is shown without its user info and the values of its query', () => {
  expect(kinds.httpUrl.print?.('https://ann:hunter2@cache.example/drop?key=hunter2&all')).toBe(
    'https://***@cache.example/drop?key=***&all=***',
  )
  expect(kinds.httpUrl.print?.('https://cache.example/drop')).toBe('https://cache.example/drop')
})

test.each([
  ['90d', 7_776_000_000],
  ['1.5 h', 5_400_000],
  ['0', 0],
  [0, 0],
])('an age of %s', (said, ms) => expect(kinds.age.check(said, '/')).toEqual({ value: ms }))

test.each([['90'], [90], ['-1d'], ['99999d'], ['d'], ['']])('%s is no age: a number alone could be days or seconds', said =>
  expect(kinds.age.check(said, '/')).toMatchObject({
    problem: expect.stringMatching(/^must be a time with its unit, such as 90d/),
  }),
)
