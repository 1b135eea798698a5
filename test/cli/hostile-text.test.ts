import { expect, test } from 'vitest'
import { runCli } from '../support/cli.ts'
import { createTestDatabase } from '../support/database.ts'
import { boxScoreOf, type HandMadeGame, startHandMadeNba } from '../support/hand-made-nba.ts'
import { reply } from '../support/provider-server.ts'

const hostile = '\u001b]0;owned\u0007\nnba daily done\r\u009b2J\u202e\u2028'
const [one, two]: HandMadeGame[] = [
  { id: '0022400561', day: '2025-01-15', more: { arenaName: hostile } },
  { id: '0022400562', day: '2025-01-15', sides: [1610612739, 1610612740] },
] as const

test('text of a provider never drives the terminal, and forges no line', async () => {
  const league = {
    games: [one as HandMadeGame, two as HandMadeGame],
    boxes: {
      '0022400561': () => {
        const { game } = boxScoreOf(one as HandMadeGame) as { game: { homeTeam: object } }
        return reply(200, {}, { game: { ...game, homeTeam: { ...game.homeTeam, [hostile]: hostile } } })
      },
      '0022400562': () =>
        reply(200, {}, { game: { ...(boxScoreOf(two as HandMadeGame) as { game: object }).game, gameId: hostile } }),
    },
  }
  await using api = await startHandMadeNba(league)
  await using store = await createTestDatabase()
  const env = { ...api.env, DATABASE_URL: store.url, SPORTS_INGEST_NOW: '2025-01-16T12:00:00Z' }
  const run = (args: string[], more: Record<string, string> = {}) => runCli(args, { ...env, ...more })
  const [pretty, json] = [{ SPORTS_INGEST_LOG_FORMAT: 'pretty' }, { SPORTS_INGEST_LOG_FORMAT: 'json' }]
  const first = await run(['schedule', 'daily', '--sport', 'nba'], pretty)
  const results = [
    first,
    await run(['schedule', 'daily', '--sport', 'nba', '--json'], json),
    await run(['dead-letters', 'retry', '--all'], pretty),
    ...(await Promise.all([
      run(['dead-letters', 'list']),
      run(['dead-letters', 'show', '1']),
      run(['dead-letters', 'show', '1', '--json']),
      run(['runs', 'list']),
      run(['runs', 'show', '1']),
      run(['runs', 'show', '1', '--json']),
    ])),
    await run(['dead-letters', 'discard', '1', '--reason', hostile]),
  ]
  for (const { stdout, stderr } of results) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
    expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u202e]/)
    expect(stdout + stderr).not.toMatch(/^nba daily done/m)
  }
  const said = 'is that of \\x1b]0;owned\\x07\\nnba daily done\\r\\x9b2J\\u202e\\u2028.'
  expect(first.stderr).toContain('\\u001b]0;owned')
  const [, , , , shown, asJson] = results
  expect(shown?.stdout).toContain(said)
  expect(JSON.parse(asJson?.stdout ?? '')).toMatchObject({
    payload: expect.stringContaining('owned'),
    message: expect.stringContaining(hostile),
  })
})
