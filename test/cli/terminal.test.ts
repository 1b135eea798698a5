import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { boxScoreOf, type HandMadeGame, startHandMadeNba } from '../support/hand-made-nba.ts'
import { hang, type Reply, reply } from '../support/provider-server.ts'
import { hasTerminals, startOnTerminal } from '../support/terminal.ts'

const games: HandMadeGame[] = Array.from({ length: 12 }, (_, i) => ({
  id: `00224005${60 + i}`,
  day: '2025-01-15',
  sides: [1610612737 + 2 * i, 1610612738 + 2 * i],
}))
const escapeCode = String.fromCharCode(27)
const colour = new RegExp(`${escapeCode}\\[\\d+m`)

describe.skipIf(!hasTerminals)('on a terminal (skipped where script, which makes one, is not installed)', () => {
  let store: TestDatabase
  let api: Awaited<ReturnType<typeof startHandMadeNba>>
  let env: Record<string, string>
  let last: (() => Reply) | undefined
  beforeAll(async () => {
    const [first, second] = games as [HandMadeGame, HandMadeGame]
    let asked = 0
    api = await startHandMadeNba({
      games,
      boxes: {
        [first.id]: () => (asked++ === 0 ? reply(500) : reply(200, {}, boxScoreOf(first))),
        [second.id]: () => last?.() ?? reply(200, {}, boxScoreOf(second)),
      },
    })
    store = await createTestDatabase()
    env = {
      ...api.env,
      DATABASE_URL: store.url,
      SPORTS_INGEST_NOW: '2025-01-16T12:00:00Z',
      SPORTS_INGEST_SPORTS_RACING_ENABLED: 'false',
    }
  })
  afterAll(async () => {
    await api[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
  })
  const show = (args: string[], how: { columns?: number; more?: Record<string, string> } = {}) =>
    startOnTerminal(args, { ...how, env: { ...env, ...how.more } }).done
  const daily = ['schedule', 'daily']

  test('there are colours, a progress line that is gone in the end, a warning and a line for the day, and no log', async () => {
    const { code, written, lines } = await show(daily)
    expect(written).toMatch(colour)
    expect(written).toMatch(/ of 12 games/)
    expect({ code, lines }).toEqual({
      code: 0,
      lines: [
        'warning: nba-cdn answered 500 to GET …/boxscore_0022400560.json; trying again',
        expect.stringMatching(/^ {2}at \d\d:\d\d:\d\dZ$/),
        expect.stringMatching(/^nba 2025-01-15: 12 games, \d+ rows new or changed, \S+ s$/),
        expect.stringMatching(/^nba daily 2025-01-15 +done in /),
        ...Array.from({ length: 4 }, () => expect.stringMatching(/^ {2}(games|rows|requests|watermark) /)),
      ],
    })
  })

  test('a remark beside a result is made to fit, too', async () => {
    expect(await show(['watermark', 'get', 'backfill', 'nba:2023-24'])).toMatchObject({
      code: 1,
      lines: [
        'There is no watermark backfill nba:2023-24 yet. Hint: The first run of that job',
        '  sets it; see sports-ingest watermark list.',
      ],
    })
  })

  test.each([
    ['--verbose', {}, 'INFO  job.start job=daily'],
    ['', { LOG_LEVEL: 'debug' }, 'DEBUG http.request'],
    ['', { SPORTS_INGEST_LOG_FORMAT: 'json' }, '"event":"job.start"'],
  ])('who asks for the log gets it (%s %j)', async (flag, more, line) => {
    const { written, lines } = await show([...daily, flag].filter(Boolean), { columns: 400, more: { NO_COLOR: '1', ...more } })
    expect(lines.join('\n')).toContain(line)
    expect(written).not.toMatch(/nba 2025-01-15: 12 games/)
  })

  test('NO_COLOR takes the colours away; without a width, or a cursor that can go back, there is no progress line', async () => {
    const plain = await show(daily, { more: { NO_COLOR: '1' } })
    const unknown = await show(daily, { columns: 0 })
    const dumb = await show(daily, { more: { TERM: 'dumb' } })
    expect(plain.written).not.toMatch(colour)
    expect(plain.written).toMatch(/ of 1[0-9] games/)
    for (const { written } of [unknown, dumb]) {
      expect(written).toContain('nba daily 2025-01-15')
      expect(written).toMatch(/^nba 2025-01-15: \d+ games, nothing changed/m)
      expect(written).not.toMatch(/ of 1[0-9] games/)
    }
    expect(dumb.written).not.toContain(escapeCode)
  })

  test('Ctrl-C leaves neither a progress line nor a half one: what was loaded, and that it was stopped, in lines that fit', async () => {
    last = hang
    const running = startOnTerminal(['schedule', 'backfill', '--sport', 'nba', '--season', '2024-25', '--restart'], {
      env,
      columns: 60,
    })
    await running.wrote(/ 11 of 12 games/)
    running.type('\u0003')
    const { code, lines } = await running.done
    last = undefined
    expect({ code, lines }).toEqual({
      code: 130,
      lines: [
        'Stopped by SIGINT. Hint: What was committed stays; resume',
        '  with: sports-ingest schedule backfill --sport nba',
        '  --season 2024-25',
      ],
    })
  })
})
