import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { GameRow } from '../../../src/pipeline/rows.ts'
import { toBoxScore } from '../../../src/sports/nba/box-score.ts'
import { parseSchedule } from '../../../src/sports/nba/schedule.ts'
import { noSharedData, sharedFolder } from '../../support/shared-data.ts'

const nba = join(sharedFolder ?? '', 'data/nba')
const read = (path: string) => {
  const raw = readFileSync(join(nba, path))
  return JSON.parse((path.endsWith('.gz') ? gunzipSync(raw) : raw).toString('utf8'))
}

test.skipIf(noSharedData)('every game of a whole season is read, and counted by what it is', () => {
  const payload = read('stats.nba.com/stats/scheduleleaguev2int/LeagueID=00&Season=2024-25.json.gz')
  const season = parseSchedule(payload)
  const ids: string[] = payload.leagueSchedule.gameDates.flatMap((date: { games: { gameId: string }[] }) =>
    date.games.map(game => game.gameId),
  )
  const games = ids.map(id => season.find(id)?.read().event as GameRow)
  const counts = Object.fromEntries([...Map.groupBy(games, game => game.seasonType)].map(([type, list]) => [type, list.length]))
  expect(counts).toEqual({ preseason: 73, regular: 1230, 'all-star': 6, playoffs: 84, 'play-in': 6, 'cup-final': 1 })
  expect(games.filter(game => game.period === 5)).toHaveLength(66)
  expect(games.filter(game => game.period === 6)).toHaveLength(4)
  expect(season.entriesOn('2025-01-15')).toHaveLength(11)
})

test.skipIf(noSharedData)('Eastern is 4 or 5 hours behind UTC, by the day', () => {
  const payload = read('stats.nba.com/stats/scheduleleaguev2int/LeagueID=00&Season=2024-25.json.gz')
  const season = parseSchedule(payload)
  for (const date of payload.leagueSchedule.gameDates) {
    for (const entry of date.games) {
      const game = season.find(entry.gameId)?.read().event as GameRow
      const standard = game.gameDate >= '2024-11-03' && game.gameDate < '2025-03-09'
      const local = Date.parse(entry.gameDateTimeEst)
      expect(((game.startsAt as Date).getTime() - local) / 3_600_000).toBe(standard ? 5 : 4)
    }
  }
})

test.skipIf(noSharedData)('captured box scores of four seasons are read whole and add up', () => {
  const folder = 'cdn.nba.com/static/json/liveData/boxscore'
  const files = readdirSync(join(nba, folder))
  expect(files.length).toBeGreaterThanOrEqual(4)
  for (const file of files) {
    const payload = read(join(folder, file))
    const game = {
      providerId: payload.game.gameId,
      status: 'final',
      homeTeamId: String(payload.game.homeTeam.teamId),
      awayTeamId: String(payload.game.awayTeam.teamId),
      homeScore: payload.game.homeTeam.score,
      awayScore: payload.game.awayTeam.score,
    }
    const result = toBoxScore(payload, game as GameRow)
    expect(result).toMatchObject({ findings: [], unknownFields: [] })
    expect(result.tables?.map(table => table.rows.length)).toEqual([
      payload.game.homeTeam.players.length + payload.game.awayTeam.players.length,
      payload.game.homeTeam.players.length + payload.game.awayTeam.players.length,
      2,
    ])
  }
})
