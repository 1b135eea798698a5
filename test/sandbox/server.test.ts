import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { UsageError } from '../../src/core/errors.ts'
import { seasonSchedulePath } from '../../src/providers/nba-stats.ts'
import { jsonAnswer } from '../../src/sandbox/provider.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts'
import { createTestClock } from '../support/test-clock.ts'
import { ask, askStats, boxScorePath, schedulePath, scoreboardPath } from './ask.ts'
import { gamesPath, scoreboardPath as nflScoreboardPath, releasePath } from './nfl/world.ts'

const clock = createTestClock('2026-11-22T12:00:00Z')
let sandbox: Sandbox

beforeAll(async () => {
  sandbox = await startSandbox({ clock })
})
afterAll(() => sandbox.close())

test('serves a provider under its host on loopback', () => {
  expect(sandbox.baseUrlOf('nba-cdn')).toBe(`${sandbox.url}/cdn.nba.com`)
  expect(sandbox.baseUrlOf('nba-stats')).toBe(`${sandbox.url}/stats.nba.com`)
  expect(sandbox.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
})

test('says what it simulates when asked for something else', async () => {
  expect(() => sandbox.baseUrlOf('sofascore')).toThrow(UsageError)
  const answer = await fetch(`${sandbox.url}/elsewhere.com/x`)
  expect([answer.status, await answer.text()]).toEqual([
    404,
    'There is no such provider here. Simulated: cdn.nba.com, stats.nba.com, raw.githubusercontent.com, github.com, release-assets.githubusercontent.com, site.api.espn.com, api.theracingapi.com\n',
  ])
  expect(sandbox.providers).toEqual(['nba-cdn', 'nba-stats', 'nfldata', 'nflverse', 'espn', 'the-racing-api'])
})

test('serves the NFL, and its release files behind a redirect to another host, packed only once', async () => {
  const games = await fetch(sandbox.baseUrlOf('nfldata') + gamesPath)
  expect(await games.text()).toMatch(/^game_id,season,/)
  const board = await fetch(sandbox.baseUrlOf('espn') + nflScoreboardPath)
  expect(await board.json()).toMatchObject({ week: { number: 11 } })

  const path = releasePath('rosters/roster_2026.csv.gz')
  const redirect = await fetch(sandbox.baseUrlOf('nflverse') + path, { redirect: 'manual' })
  expect([redirect.status, redirect.headers.get('location')]).toEqual([302, expect.stringMatching(/^\/release-assets\./)])
  const followed = await fetch(sandbox.baseUrlOf('nflverse') + path)
  expect([followed.status, followed.redirected, followed.headers.get('content-encoding')]).toEqual([200, true, null])
  const bytes = Buffer.from(await followed.arrayBuffer())
  expect(gunzipSync(bytes).toString()).toMatch(/^season,team,/)
  const etag = followed.headers.get('etag') ?? ''
  expect((await fetch(sandbox.baseUrlOf('nflverse') + path, { headers: { 'if-none-match': etag } })).status).toBe(304)
})

test.each(['/nothing', boxScorePath('0022699999'), boxScorePath('9999999999'), '/'])(
  'has no %s, in the words of the real cdn',
  async path => {
    const answer = await ask(sandbox, path)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([403, 'application/xml'])
    expect(await answer.text()).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>',
    )
  },
)

test.each(['', 'https://example.com/'])('refuses a client that comes from "%s"', async referer => {
  expect((await ask(sandbox, schedulePath, { referer })).status).toBe(403)
})

test.each(['', 'https://example.com/'])('stats.nba.com refuses a client that comes from "%s"', async referer => {
  const path = seasonSchedulePath('2026-27')
  expect((await askStats(sandbox, path, { referer })).status).toBe(403)
  expect((await askStats(sandbox, path)).status).toBe(200)
})

test('stats.nba.com has no other paths', async () => {
  expect((await askStats(sandbox, '/stats/scoreboardv2?GameDate=2026-11-21')).status).toBe(404)
})

test('answers nothing but GET', async () => {
  expect((await ask(sandbox, schedulePath, {}, { method: 'POST' })).status).toBe(405)
})

test.each([schedulePath, scoreboardPath])('tags %s and says 304 to who has it', async path => {
  const first = await ask(sandbox, path)
  const etag = first.headers.get('etag') ?? ''
  expect(etag).toMatch(/^"[0-9a-f]{40}"$/)
  for (const tag of [etag, `W/${etag}`, `"other", ${etag}`]) {
    const again = await ask(sandbox, path, { 'if-none-match': tag })
    expect([again.status, again.headers.get('etag'), await again.text()]).toEqual([304, etag, ''])
  }
  expect((await ask(sandbox, path, { 'if-none-match': '"other"' })).status).toBe(200)
})

test('packs the body for who can unpack it, and only then', async () => {
  const [packed, plain] = await Promise.all(
    ['gzip', 'identity'].map(encoding => ask(sandbox, schedulePath, { 'accept-encoding': encoding })),
  )
  expect([packed?.headers.get('content-encoding'), plain?.headers.get('content-encoding')]).toEqual(['gzip', null])
  expect(Number(packed?.headers.get('content-length'))).toBeLessThan(Number(plain?.headers.get('content-length')) / 5)
  expect(await packed?.text()).toBe(await plain?.text())
})

test('keeps a list of the requests', async () => {
  await using own = await startSandbox({ clock })
  await ask(own, '/a?b=1')
  await ask(own, scoreboardPath)
  expect(own.requests()).toEqual([
    { at: clock.now(), host: 'cdn.nba.com', path: '/a?b=1', status: 403, fault: undefined },
    { at: clock.now(), host: 'cdn.nba.com', path: scoreboardPath, status: 200, fault: undefined },
  ])
})

test('serves the leagues it is given', async () => {
  const missing = () => jsonAnswer({ error: 'none' })
  const league = {
    id: 'mine',
    host: 'api.mine.test',
    missing,
    answer: (path: string) => (path === '/one' ? jsonAnswer(1) : undefined),
  }
  await using own = await startSandbox({ clock, leagues: [league] })
  const bodies = await Promise.all(['/one', '/two'].map(async path => (await fetch(own.baseUrlOf('mine') + path)).json()))
  expect(bodies).toEqual([1, { error: 'none' }])
})

test('a provider that fails breaks off that request and the sandbox goes on', async () => {
  const fail = () => {
    throw new Error('made up wrongly')
  }
  await using own = await startSandbox({ clock, leagues: [{ id: 'mine', host: 'api.mine.test', missing: fail, answer: fail }] })
  await expect(fetch(own.baseUrlOf('mine'))).rejects.toThrow('fetch failed')
  expect((await fetch(own.url)).status).toBe(404)
})

test('the same seed serves the same bytes, another seed another world', async () => {
  const etagOf = async (seed: number) => {
    await using own = await startSandbox({ clock, seed })
    return (await ask(own, schedulePath)).headers.get('etag')
  }
  expect(await etagOf(7)).toBe(await etagOf(7))
  expect(await etagOf(7)).not.toBe(await etagOf(8))
})

test('says so when its port is taken', async () => {
  const port = Number(new URL(sandbox.url).port)
  await expect(startSandbox({ clock, port })).rejects.toThrow(`The sandbox cannot listen on 127.0.0.1:${port}.`)
})

test('is gone after close, also when closed twice', async () => {
  const own = await startSandbox({ clock })
  await ask(own, scoreboardPath)
  await own.close()
  await own.close()
  await expect(fetch(own.url)).rejects.toThrow('fetch failed')
})

test('does not keep a process alive by itself, not even with an open connection', async () => {
  const file = (path: string) => JSON.stringify(fileURLToPath(new URL(path, import.meta.url)))
  const program = `
    import { once } from 'node:events'
    import { connect } from 'node:net'
    import { startSandbox } from ${file('../../src/sandbox/server.ts')}
    import { createClock } from ${file('../../src/core/clock.ts')}
    const sandbox = await startSandbox({ clock: createClock() })
    const socket = connect(new URL(sandbox.url).port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write('GET /cdn.nba.com')
    console.log((await fetch(sandbox.url)).status)
    socket.unref()`
  // Left to itself, the server would wait a minute for the rest of that request.
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { timeout: 30_000 })
  expect(stdout).toBe('404\n')
})

test('holds the process when asked to', async () => {
  await using own = await startSandbox({ clock })
  const listening = () => process.getActiveResourcesInfo().filter(name => name === 'TCPServerWrap').length
  const before = listening()
  own.hold()
  expect(listening()).toBe(before + 1)
})
