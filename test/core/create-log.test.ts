import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Clock } from '../../src/core/clock.ts'
import { createLog, type LogOptions } from '../../src/core/create-log.ts'
import type { Log } from '../../src/core/log.ts'

const clock: Clock = { now: () => new Date('2025-01-16T14:05:00.123Z'), elapsedMs: () => 0, sleep: async () => {} }

/** What a log writes while `use` speaks to it. */
function written(options: Partial<LogOptions>, use: (log: Log) => void): string {
  const stream = new PassThrough()
  use(createLog({ level: 'info', format: 'pretty', clock, stream, ...options }))
  return stream.read()?.toString() ?? ''
}

test('pretty is one line: time, level, event, fields in their order', () => {
  const line = written({}, log => log.info('job.start', { job: 'daily', target_date: '2025-01-15', chunk: 3, weekly: false }))
  expect(line).toBe('14:05:00Z INFO  job.start job=daily target_date=2025-01-15 chunk=3 weekly=false\n')
})

test('json is one object: level as text, the instant, the event, its fields, and the same text as pretty', () => {
  const line = written({ format: 'json' }, log => log.warn('job.start', { job: 'daily', chunk: 3 }))
  expect(line.endsWith('}\n')).toBe(true)
  expect(JSON.parse(line)).toEqual({
    level: 'warn',
    time: '2025-01-16T14:05:00.123Z',
    event: 'job.start',
    job: 'daily',
    chunk: 3,
    msg: 'job.start job=daily chunk=3',
  })
})

test.each([
  ['plain', 'a=plain'],
  ['two words', 'a="two words"'],
  ['say "no"', 'a="say \\"no\\""'],
  ['x=y', 'a="x=y"'],
  ['', 'a=""'],
  ['one\ntwo', 'a="one\\ntwo"'],
  ['\u001b[2Jgone', 'a="\\u001b[2Jgone"'],
  ['\u009b2J', 'a="\\u009b2J"'],
  ['a\u2028b', 'a="a\\u2028b"'],
  ['Dončić', 'a=Dončić'],
])('the value %j is written %s', (value, expected) => {
  expect(written({}, log => log.info('event', { a: value }))).toBe(`14:05:00Z INFO  event ${expected}\n`)
})

test('values that are undefined are left out', () => {
  expect(written({}, log => log.info('event', { sport: undefined, day: '2025-01-15' }))).toContain('event day=2025-01-15\n')
})

test('a field cannot take the place of what every line has', () => {
  const line = written({ format: 'json' }, log =>
    log.info('event', { level: 'high', time: 'noon', msg: 'hello', event: 'other' }),
  )
  expect(JSON.parse(line)).toMatchObject({
    level: 'info',
    event: 'event',
    level_: 'high',
    time_: 'noon',
    msg_: 'hello',
    event_: 'other',
  })
})

test('with adds its fields to each event, and later ones win', () => {
  const lines = written({}, log => {
    const ofRun = log.with({ run: 'r1', sport: 'nba' })
    ofRun.info('one', { sport: 'nfl' })
    ofRun.with({ chunk: 2 }).error('two')
    log.info('three')
  })
  expect(lines).toBe(
    '14:05:00Z INFO  one run=r1 sport=nfl\n14:05:00Z ERROR two run=r1 sport=nba chunk=2\n14:05:00Z INFO  three\n',
  )
})

test.each([
  ['trace', ['trace', 'debug', 'info', 'warn', 'error']],
  ['info', ['info', 'warn', 'error']],
  ['error', ['error']],
] as const)('level %s says %j', (level, said) => {
  const lines = written({ level }, log => {
    for (const name of ['trace', 'debug', 'info', 'warn', 'error'] as const) log[name](name)
  })
  expect(lines.match(/[a-z]+$/gm)).toEqual(said)
})

test('colours are for terminals only', () => {
  const terminal = Object.assign(new PassThrough(), { isTTY: true })
  const before = process.env['NO_COLOR']
  try {
    delete process.env['NO_COLOR']
    createLog({ level: 'info', format: 'pretty', clock, stream: terminal }).info('event')
    expect(terminal.read().toString()).toContain('\u001b[')
    process.env['NO_COLOR'] = '1'
    createLog({ level: 'info', format: 'pretty', clock, stream: terminal }).info('event')
    expect(terminal.read().toString()).toBe('14:05:00Z INFO  event\n')
  } finally {
    if (before === undefined) delete process.env['NO_COLOR']
    else process.env['NO_COLOR'] = before
  }
  expect(written({}, log => log.info('event'))).not.toContain('\u001b')
})

const module = new URL('../../src/core/create-log.ts', import.meta.url).href
const clockModule = new URL('../../src/core/clock.ts', import.meta.url).href

/** A process of its own that logs to its stderr, a pipe nobody reads yet. */
function startLogger(body: string) {
  const script = `import { createLog } from '${module}'
    import { createClock } from '${clockModule}'
    const log = createLog({ level: 'info', format: 'json', clock: createClock() })
    ${body}`
  return spawn(process.execPath, ['--input-type=module-typescript', '--no-warnings', '-e', script], {
    stdio: 'pipe',
  })
}

test('no line is lost when the process exits at once, however slowly stderr is read', async () => {
  const child = startLogger(`for (let i = 0; i < 2000; i++) log.info('line', { i, text: 'x'.repeat(500) })
    process.exit(7)`)
  let lines = 0
  const read = (async () => {
    let rest = ''
    for await (const piece of child.stderr) {
      const parts = (rest + piece).split('\n')
      rest = parts.pop() ?? ''
      lines += parts.length
      await delay(1) // the pipe is full most of the time
    }
  })()
  const [code] = await once(child, 'exit')
  await read
  expect({ code, lines }).toEqual({ code: 7, lines: 2000 })
})

test('a reader of stderr that went away stops nothing', async () => {
  const child = startLogger(`process.stdin.once('data', () => {
      for (let i = 0; i < 100; i++) log.error('nobody listens')
      setImmediate(() => process.stdout.write('still here', () => process.exit(0)))
    })`)
  let said = ''
  child.stdout.on('data', piece => {
    said += piece
  })
  child.stderr.destroy()
  await once(child.stderr, 'close')
  child.stdin.write('go')
  const [code] = await once(child, 'close')
  expect({ said, code }).toEqual({ said: 'still here', code: 0 })
})

test('a stream that breaks silences its log and nothing else', async () => {
  const stream = new PassThrough()
  const log = createLog({ level: 'info', format: 'json', clock, stream })
  const closed = new Promise(resolve => stream.once('close', resolve))
  stream.destroy(new Error('the disk is full'))
  await closed
  log.info('nobody listens')
  expect(stream.writableLength).toBe(0)
})
