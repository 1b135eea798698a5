import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { noSharedData, sharedFolder } from '../../support/shared-data.ts'
import { createWorld, parseCsv } from './world.ts'

const world = createWorld()
const now = '2026-11-29T21:00:00Z'
const releases = 'github.com/nflverse/nflverse-data/releases/download/'

const readReal = (path: string): string => {
  const bytes = readFileSync(join(sharedFolder ?? '', 'data/nfl', path))
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()
}
const headerOf = (text: string): string[] => parseCsv(text.slice(0, text.indexOf('\n'))).header

type Shape = Map<string, Set<string>>

/** The kinds of value found at each path of a document; items of a list share a path. */
function shapeOf(value: unknown, path = '', found: Shape = new Map()): Shape {
  const kind = value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value
  found.set(path, (found.get(path) ?? new Set()).add(kind))
  if (Array.isArray(value)) for (const item of value) shapeOf(item, `${path}[]`, found)
  else if (value !== null && typeof value === 'object')
    for (const [key, item] of Object.entries(value)) shapeOf(item, `${path}.${key}`, found)
  return found
}

describe.skipIf(noSharedData)('a simulated file has the columns of the real one, in its order', () => {
  test('games.csv', () => {
    const real = readReal('raw.githubusercontent.com/nflverse/nfldata/master/data/games.csv')
    expect(headerOf(world.bytes.games(now).toString())).toEqual(headerOf(real))
  })

  test.each([
    ['stats_player/stats_player_week_2026', 'stats_player/stats_player_week_2025.csv.gz'],
    ['player_stats/player_stats_2024', 'player_stats/player_stats_2024.csv.gz'],
    ['stats_team/stats_team_week_2026', 'stats_team/stats_team_week_2025.csv.gz'],
    ['snap_counts/snap_counts_2026', 'snap_counts/snap_counts_2025.csv.gz'],
    ['rosters/roster_2026', 'rosters/roster_2025.csv.gz'],
    ['weekly_rosters/roster_weekly_2026', 'weekly_rosters/roster_weekly_2025.csv.gz'],
    ['injuries/injuries_2024', 'injuries/injuries_2024.csv.gz'],
    ['injuries/injuries_2026', 'injuries/injuries_2025.csv'],
    ['players/players', 'players/players.csv.gz'],
  ])('%s', (ours, real) => {
    expect(world.file(ours, now)?.header).toEqual(headerOf(readReal(releases + real).replaceAll('\r', '')))
  })
})

/** Paths of ours that theirs does not have, with the kind of value there. */
const strangeIn = (ours: Shape, theirs: Shape): string[] =>
  [...ours].flatMap(([path, kinds]) => [...kinds].filter(kind => !theirs.get(path)?.has(kind)).map(kind => `${path}: ${kind}`))

test.skipIf(noSharedData)('the scoreboard has only keys and kinds of values that the real one has', () => {
  const paths = [
    'site.api.espn.com/apis/site/v2/sports/football/nfl/scoreboard.json',
    'captures/espn_scoreboard/2025-week1_01.json.gz',
    'captures/espn_scoreboard/2025-week1_02.json.gz',
  ]
  const theirs: Shape = new Map()
  for (const path of paths) shapeOf(JSON.parse(readReal(path)), '', theirs)
  expect(strangeIn(shapeOf(world.board('', now)), theirs)).toEqual([])
})

test.skipIf(noSharedData)(
  'a summary has only keys and kinds of values that real ones have, and their groups and statistics in their order',
  () => {
    const folder = '../more/nfl/site.api.espn.com/apis/site/v2/sports/football/nfl/summary/_query'
    const real = ['401547505', '401772838', '401547538'].map(id => JSON.parse(readReal(`${folder}/event=${id}.json`)))
    const theirs: Shape = new Map()
    for (const summary of real) shapeOf(summary, '', theirs)
    const events = world.board('', now).events
    const ours = events.map(({ id }) => world.summary(id, now)?.value)
    for (const summary of ours) expect(strangeIn(shapeOf(summary), theirs)).toEqual([])

    type WithGroups = { boxscore: { players?: { statistics: { name: string; keys: string[]; labels: string[] }[] }[] } }
    const groupsOf = ({ boxscore: { players } }: WithGroups) =>
      players?.[0]?.statistics.map(({ name, keys, labels }) => ({ name, keys, labels }))
    const played = (ours as unknown as WithGroups[]).filter(({ boxscore }) => boxscore.players)
    expect(played.length).toBeGreaterThan(5)
    for (const summary of played) expect(groupsOf(summary)).toEqual(groupsOf(real[0]))
  },
)
