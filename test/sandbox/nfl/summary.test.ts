import { expect, test } from 'vitest'
import type { GameRow } from '../../../src/pipeline/rows.ts'
import { readSummary } from '../../../src/sports/nfl/summary.ts'
import { gameRow } from '../../sports/nfl/summaries.ts'
import { createWorld, every, type Row, sideOf } from './world.ts'

const world = createWorld()
const sunday = 'dates=20261129'
const afterSeason = '2027-03-01T12:00:00Z'
const listed = new Map(world.games(afterSeason).map(row => [row['espn'] ?? '', row]))
const events = world.board(sunday, afterSeason).events.map(({ id }) => id)
const [first = ''] = events

/** The stored game of an event, in a state. */
const rowOf = (event: string, status: GameRow['status']): GameRow => {
  const row = listed.get(event)
  const [homeTeamId = null, awayTeamId = null] = [row?.['home_team'], row?.['away_team']]
  const scores = { homeScore: Number(row?.['home_score']), awayScore: Number(row?.['away_score']) }
  return gameRow({ providerId: row?.['game_id'] ?? '', season: row?.['season'] ?? '', status, homeTeamId, awayTeamId, ...scores })
}

const readAt = (event: string, now: string, status: GameRow['status']) =>
  readSummary(world.summary(event, now)?.value, { eventId: event, game: rowOf(event, status) })

test('there is none of an event that nobody knows, or not yet', () => {
  expect(world.summary('1', afterSeason)).toBeUndefined()
  expect(world.summary('soon', afterSeason)).toBeUndefined()
  expect(world.summary('401926999', afterSeason)).toBeUndefined()
  const last = [...listed].findLast(([, row]) => row['game_type'] === 'SB' && row['season'] === '2026')?.[0] ?? ''
  expect(world.summary(last, '2026-12-01T12:00:00Z')).toBeUndefined()
  expect(world.summary(last, afterSeason)).toBeDefined()
})

test('before kick-off it has averages of the season and neither players nor scores', () => {
  const value = world.summary(first, '2026-11-29T12:00:00Z')?.value
  expect(value?.header.competitions[0]?.status.type.name).toBe('STATUS_SCHEDULED')
  expect(value?.header.competitions[0]?.competitors.map(({ score }) => score)).toEqual([undefined, undefined])
  expect(value?.boxscore.players).toBeUndefined()
  for (const { statistics } of value?.boxscore.teams ?? []) {
    expect(statistics[0]?.name).toBe('totalPointsPerGame')
    expect(Number(statistics[0]?.displayValue)).toBeGreaterThan(5)
  }
  expect(readAt(first, '2026-11-29T12:00:00Z', 'scheduled').lines).toEqual([])
})

test('while a game is on it says what the scoreboard says, and sums of yards that belong together', () => {
  let seen = 0
  for (const now of every(15, '2026-11-29T18:00:00Z', '2026-11-30T04:30:00Z'))
    for (const event of world.board(sunday, now).events) {
      const answer = world.summary(event.id, now)
      expect(world.summary(event.id, now.replace(':00.000Z', ':59.000Z'))?.body).toBe(answer?.body)
      const competition = answer?.value.header.competitions[0]
      expect(competition?.status.type).toEqual(event.status.type)
      if (event.status.type.state === 'pre') continue
      for (const side of ['home', 'away'] as const)
        expect(competition?.competitors.find(({ homeAway }) => homeAway === side)?.score).toBe(sideOf(event, side)?.score)
      const { status, lines } = readAt(event.id, now, 'live')
      if (status !== 'live') continue
      seen++
      const sum = (name: string) => lines.reduce((total, line) => total + Number(line[name] ?? 0), 0)
      expect([sum('passing_yards'), sum('completions')]).toEqual([sum('receiving_yards'), sum('receptions')])
    }
  expect(seen).toBeGreaterThan(50)
})

test('the final numbers of every player are those of the files of players’ statistics', () => {
  const number = (row: Row | undefined, name: string) => Number(row?.[name] ?? 0)
  const columns: [ours: string, theirs: string][] = [
    ['completions', 'completions'],
    ['passing_attempts', 'attempts'],
    ['passing_yards', 'passing_yards'],
    ['passing_touchdowns', 'passing_tds'],
    ['passing_interceptions', 'passing_interceptions'],
    ['passing_sacks', 'sacks_suffered'],
    ['rushing_attempts', 'carries'],
    ['rushing_yards', 'rushing_yards'],
    ['rushing_touchdowns', 'rushing_tds'],
    ['receptions', 'receptions'],
    ['receiving_targets', 'targets'],
    ['receiving_yards', 'receiving_yards'],
    ['receiving_touchdowns', 'receiving_tds'],
    ['sacks', 'def_sacks'],
    ['interceptions', 'def_interceptions'],
    ['kick_return_yards', 'kickoff_return_yards'],
    ['punt_return_yards', 'punt_return_yards'],
    ['field_goals_made', 'fg_made'],
    ['field_goal_attempts', 'fg_att'],
    ['long_field_goal_made', 'fg_long'],
    ['extra_points_made', 'pat_made'],
  ]
  const roster = world.file('rosters/roster_2026', afterSeason)?.rows ?? []
  const leagueIds = new Map(roster.map(row => [row['espn_id'], row['gsis_id']]))
  const week = world.file('stats_player/stats_player_week_2026', afterSeason)?.rows.filter(row => row['week'] === '12') ?? []
  let compared = 0
  for (const event of events) {
    const { homeTeamId, awayTeamId } = rowOf(event, 'final')
    const { lines, findings } = readAt(event, afterSeason, 'final')
    expect(findings).toEqual([])
    const ours = new Map(lines.map(line => [leagueIds.get(String(line['espn_athlete_id'])), line]))
    const theirs = new Map(
      week.filter(row => [homeTeamId, awayTeamId].includes(row['team'] ?? '')).map(row => [row['player_id'], row]),
    )
    for (const id of new Set([...ours.keys(), ...theirs.keys()])) {
      const said = columns.map(([column]) => [column, Number(ours.get(id)?.[column] ?? 0)])
      expect([id, said]).toEqual([id, columns.map(([column, name]) => [column, number(theirs.get(id), name)])])
      compared++
    }
  }
  expect(compared).toBeGreaterThan(400)
})

test('the injuries are those of the day of the request, in the summary of an old game, too', () => {
  const datesAt = (now: string) =>
    world.summary(first, now)?.value.injuries.flatMap(({ injuries }) => injuries.map(({ date }) => date.slice(0, 10)))
  expect(new Set(datesAt('2026-11-29T12:00:00Z'))).toEqual(new Set(['2026-11-27']))
  expect(new Set(datesAt('2026-12-12T12:00:00Z'))).toEqual(new Set(['2026-12-11']))
  expect(readAt(first, '2026-11-29T12:00:00Z', 'scheduled').injuries?.length).toBeGreaterThan(0)
  expect(readAt(first, '2026-12-12T12:00:00Z', 'final').injuries).toBeUndefined()
})
