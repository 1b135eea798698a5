import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { createTerminalLog } from '../../src/cli/terminal-log.ts'
import type { Log, LogLevel } from '../../src/core/log.ts'

/** What is told on a terminal of that width while `use` speaks to its log. */
function told(use: (log: Log) => void, { columns = 80, level = 'info' as LogLevel } = {}): string {
  const stream = Object.assign(new PassThrough(), { columns })
  use(createTerminalLog(level, stream))
  return stream.read()?.toString() ?? ''
}

const warn =
  (event: string, fields: Record<string, string | number>) =>
  (log: Log): void =>
    log.with({ sport: 'nfl' }).warn(event, fields)

test('a warning is a sentence that names what it is about, with its hint, wrapped at words and indented', () => {
  const reason = 'espn refused the connection for GET /apis/site/v2/sports/football/nfl/scoreboard, 2 times in 1.0 s.'
  const lines = told(warn('live.incident', { reason, hint: 'Check the network.' })).split('\n')
  expect(lines).toEqual([
    'warning: nfl: espn refused the connection for GET',
    '  /apis/site/v2/sports/football/nfl/scoreboard, 2 times in 1.0 s. Check the',
    '  network.',
    '',
  ])
})

test.each([
  [
    'http.retry',
    { message: 'nflverse answered 500 to GET /a/b/c.csv.gz; trying again at 14:05:00Z' },
    'nflverse answered 500 to GET …/c.csv.gz; trying again at 14:05:00Z',
  ],
  [
    'http.retry',
    { message: 'espn answered 429 to GET /board?x=a/b; trying again at 14:05:00Z' },
    'espn answered 429 to GET …/board?x=a/b; trying again at 14:05:00Z',
  ],
  [
    'unit.failed',
    { season: '2024-25', unit: 'x', from: '2024-10-22', to: '2024-10-25', reason: 'No.' },
    'nfl 2024-10-22 to 2024-10-25: No.',
  ],
  ['unit.failed', { unit: 'x', day: '2024-10-22', dataset: 'results', reason: 'No.' }, 'nfl results 2024-10-22: No.'],
  ['file.failed', { dataset: 'snap-counts', season: '2024', reason: 'No.' }, 'nfl snap-counts 2024: No.'],
  [
    'database.retry',
    { attempt: 1, of: 3, reason: 'connect ECONNREFUSED 127.0.0.1:1' },
    'the database cannot be reached (connect ECONNREFUSED 127.0.0.1:1), attempt 1 of 3',
  ],
  ['provider.stopped', { reason: 'It is down.' }, 'nfl: nothing more is asked for in this run: It is down.'],
  ['one.of-tomorrow', { rows: 3 }, 'nfl: one.of-tomorrow, sport nfl, rows 3'],
])('%s %j', (event, fields, sentence) => {
  expect(told(warn(event, fields as Record<string, string>), { columns: 200 })).toBe(
    told(log => log.warn('', { message: sentence })),
  )
})

test('an error that ends a job is left to the command, and what is no trouble is not told', () => {
  const said = told(log => {
    log.error('job.end', { reason: 'The database is gone.' })
    log.info('job.start', { job: 'daily' })
    log.info('file.loaded', { rows: 3 })
    log.debug('http.request', { status: 200 })
  })
  expect(said).toBe('')
})

test('the level holds: error tells no warnings, and warn no good news', () => {
  const speak = (log: Log) => {
    log.info('live.recovered', { sport: 'nba', failures: 3 })
    log.warn('lease.renew', { lease: 'daily:nba', reason: 'time-out' })
    log.error('unit.failed', { sport: 'nba', reason: 'No.' })
  }
  const [good, warning, error] = told(speak).trimEnd().split('\n')
  expect(good).toBe('nba: answers again, after 3 failures')
  expect(told(speak, { level: 'warn' })).toBe(`${warning}\n${error}\n`)
  expect(told(speak, { level: 'error' })).toBe('error: nba: No.\n')
})

test.each([[40], [80], [200]])('nothing is wider than the terminal, or 80 columns (%i)', columns => {
  const path = `/${'long-path/'.repeat(12)}end`
  const lines = told(warn('unit.failed', { reason: `the provider has no ${path} at any of 2 places` }), { columns }).split('\n')
  expect(Math.max(...lines.map(line => line.length))).toBeLessThan(Math.min(columns, 80))
  expect(lines.map(line => line.trim()).join('')).toContain(path)
})

test('what a provider sent cannot drive the terminal', () => {
  expect(told(warn('unit.failed', { reason: 'a\u001b[2Jb\nc' }))).toBe('warning: nfl: a\\x1b[2Jb\\nc\n')
})
