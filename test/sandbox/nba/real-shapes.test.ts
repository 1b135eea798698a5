import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { gameLogPath } from '../../../src/providers/nba-stats.ts'
import { createWorld, type GameLog, ofType } from './world.ts'

// Answers of the real provider are not ours to publish, so they lie beside the repository, where they are at all.
const real = fileURLToPath(new URL('../../../../shared/data/nba/', import.meta.url))
const absent = !existsSync(real)
if (absent) process.stderr.write(`real-shapes: skipped, no real answers at ${real}\n`)

const world = createWorld()
const evening = '2027-01-20T03:00:00Z'

const readReal = (path: string): unknown => {
  const bytes = readFileSync(real + path)
  return JSON.parse((path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString())
}

/** The kinds of value found at each path of a document; items of a list share a path. */
function shapeOf(value: unknown, path = '', found = new Map<string, Set<string>>()): Map<string, Set<string>> {
  const kind = value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value
  found.set(path, (found.get(path) ?? new Set()).add(kind))
  if (Array.isArray(value)) for (const item of value) shapeOf(item, `${path}[]`, found)
  else if (value !== null && typeof value === 'object')
    for (const [key, item] of Object.entries(value)) shapeOf(item, `${path}.${key}`, found)
  return found
}

const merged = (values: unknown[]) =>
  values.reduce<Map<string, Set<string>>>((found, value) => shapeOf(value, '', found), new Map())

/** What the real one never has, and, but for what is `left` out on purpose, what it has and ours lacks. */
function differences(ours: Map<string, Set<string>>, theirs: Map<string, Set<string>>, left: RegExp) {
  const strange = [...ours].flatMap(([path, kinds]) =>
    [...kinds].filter(kind => !theirs.get(path)?.has(kind)).map(kind => `${path}: ${kind}`),
  )
  const lacking = [...theirs.keys()].filter(path => !ours.has(path) && !left.test(path))
  return { strange, lacking }
}

const none = { strange: [], lacking: [] }

describe.skipIf(absent)('a simulated file has the keys and kinds of values of the real one', () => {
  test('box score', () => {
    const folder = 'cdn.nba.com/static/json/liveData/boxscore/'
    const theirs = merged(readdirSync(real + folder).map(name => readReal(folder + name)))
    const ids = world
      .games(evening)
      .filter(game => ofType(2)(game) && game.gameStatus > 1)
      .slice(-60)
    expect(differences(merged(ids.map(({ gameId }) => world.box(gameId, evening))), theirs, /^$/)).toEqual(none)
  })

  test('schedule', () => {
    const files = [
      'stats.nba.com/stats/scheduleleaguev2int/LeagueID=00&Season=2024-25.json.gz',
      'cdn.nba.com/static/json/staticData/scheduleLeagueV2.json',
    ]
    // One national station stands for all of them, and nobody reads who led in points.
    const left =
      /\.(pointsLeaders|national(Radio|Ott)Broadcasters|home(Tv|Radio|Ott)Broadcasters|away(Tv|Radio|Ott)Broadcasters|intl\w+Broadcasters)\[\]/
    expect(differences(shapeOf(world.schedule(evening)), merged(files.map(readReal)), left)).toEqual(none)
  })

  test('game log, column by column', () => {
    const folder = 'stats.nba.com/stats/leaguegamelog/'
    const theirs = readReal(folder + readdirSync(real + folder).find(name => name.includes('PlayerOrTeam=P'))) as GameLog
    const answer = world.askStats(gameLogPath('2026-27', 'regular', '2027-01-02', '2027-01-16') ?? '', evening)
    const ours = JSON.parse(answer?.body.toString() ?? '') as GameLog
    const outside = ({ resultSets: _, ...rest }: GameLog) => shapeOf(rest)
    const columns = ({ resultSets: [log] }: GameLog) =>
      log?.headers.map((name, index) => [name, shapeOf(log.rowSet.map(row => row[index])).get('[]')])
    expect(outside(ours)).toEqual(outside(theirs))
    expect(Object.keys(ours.resultSets[0] ?? {})).toEqual(Object.keys(theirs.resultSets[0] ?? {}))
    expect(columns(ours)).toEqual(columns(theirs))
  })

  test('scoreboard', () => {
    const folder = 'captures/todaysScoreboard_00/'
    const theirs = merged(readdirSync(real + folder).map(name => readReal(folder + name)))
    const ours = merged([evening, '2027-01-20T18:00:00Z'].map(now => world.scoreboard(now)))
    expect(differences(ours, theirs, /^$/)).toEqual(none)
  })
})
