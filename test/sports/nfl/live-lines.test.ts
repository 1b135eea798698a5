import { expect, test } from 'vitest'
import type { GameRow } from '../../../src/pipeline/rows.ts'
import { listProvisionalOnly, liveLines } from '../../../src/sports/nfl/live-lines.ts'
import { csv } from '../../support/csv.ts'
import { gameIdsOf, gameLine, nflFiles, persons, weekLine, weekLinesOf } from '../../support/hand-made-nfl.ts'
import { loadSummaries } from '../../support/load-summaries.ts'
import { startNflWorld } from '../../support/nfl-world.ts'
import { reply, startProviderServer } from '../../support/provider-server.ts'
import { gameRow, group, injury, sides, summary } from './summaries.ts'

const [kansas, baltimore] = persons
const gameId = '2024_01_BAL_KC'
const liveId = '401900000'
const clubs = ['BAL', 'KC'] as const
const row = (more: Partial<GameRow> = {}) => gameRow({ providerId: gameId, awayTeamId: 'BAL', homeTeamId: 'KC', ...more })

/** The only player of each club, and one whom nobody knows. */
const players = (yards: number) =>
  sides({
    BAL: [group('rushing', { [baltimore?.espn ?? '']: `3 ${yards} 3.0 0 9`, 777: '1 2 2.0 0 2' })],
    KC: [group('receiving', { [kansas?.espn ?? '']: `4 ${yards} 3.0 0 9 5` })],
  })

/** A league with the games of 2024, each with its own event; and ESPN, which says what it is told to. */
async function startWorld(files = nflFiles(2024)) {
  files['games'] = csv(gameIdsOf(2024).map((id, i) => gameLine(id, { espn: `40190000${i}` })))
  const world = await startNflWorld(files)
  const said: { summary: unknown } = { summary: {} }
  const espn = await startProviderServer(() => reply(200, {}, said.summary as object))
  const changes: string[][] = []
  return {
    ...world,
    changes,
    load: (answer: unknown, game = row()) => {
      said.summary = answer
      return loadSummaries(world.store, espn.url, [{ game, liveId }], { onChange: changed => changes.push([...changed]) })
    },
    lines: async () => [
      ...(await world.sql`
        select espn_athlete_id as athlete, player_id as player, rushing_yards as ran, receiving_yards as caught, is_final as final
        from nfl_live_lines order by 1`),
    ],
    async [Symbol.asyncDispose]() {
      await espn[Symbol.asyncDispose]()
      await world[Symbol.asyncDispose]()
    },
  }
}

const withoutFirstWeek = () => {
  const files = nflFiles(2024)
  files['stats_player_week_2024'] = csv(weekLinesOf(2024).filter(line => line['week'] === 2))
  return files
}

test('a line has the league’s id of its player where it is known; else none, and a finding says whose it is', async () => {
  await using world = await startWorld()
  await world.backfill({ only: ['games', 'rosters'] })
  const { rows, tables, findings } = await world.load(summary({ id: liveId, clubs, players: players(9), injuries: [] }))
  expect([rows, tables]).toEqual([
    { inserted: 3, updated: 0, deleted: 0 },
    { nfl_live_lines: { inserted: 3, updated: 0, deleted: 0 } },
  ])
  expect(await world.lines()).toEqual([
    { athlete: '777', player: null, ran: 2, caught: null, final: false },
    { athlete: kansas?.espn, player: kansas?.gsis, ran: null, caught: 9, final: false },
    { athlete: baltimore?.espn, player: baltimore?.gsis, ran: 9, caught: null, final: false },
  ])
  expect(findings).toEqual([
    {
      item: 'espn:777',
      check: 'unknown-athlete',
      message:
        "Athlete 777 (BAL) has ESPN's id 777, which nfl_player_ids gives to no player: player_id is empty in game 2024_01_BAL_KC.",
    },
  ])
  expect(await world.sql`select count(*)::int as people from players where name like 'Athlete%'`).toEqual([{ people: 0 }])
})

test('the same summary again writes nothing; another one the lines that changed, and who is gone is deleted', async () => {
  await using world = await startWorld()
  await world.backfill({ only: ['games', 'rosters'] })
  const first = summary({ id: liveId, clubs, players: players(9), injuries: [] })
  await world.load(first)
  expect((await world.load(first)).rows).toEqual({ inserted: 0, updated: 0, deleted: 0 })
  const corrected = sides({ KC: [group('receiving', { [kansas?.espn ?? '']: '5 20 4.0 0 9 6' })], BAL: [] })
  const { rows } = await world.load(summary({ id: liveId, clubs, players: corrected, injuries: [] }))
  expect(rows).toEqual({ inserted: 0, updated: 1, deleted: 2 })
  expect(world.changes).toEqual([[gameId], [gameId]])
})

test('lines of the end are not replaced by an older summary, and corrected by a later one of the end', async () => {
  await using world = await startWorld()
  await world.backfill({ only: ['games', 'rosters'] })
  const ended = row({ status: 'final', homeScore: 10, awayScore: 7 })
  const yards = async () => (await world.lines()).map(({ ran, caught, final }) => [ran ?? caught, final])
  await world.load(summary({ id: liveId, clubs, state: 'post', players: players(30) }), ended)
  await world.load(summary({ id: liveId, clubs, state: 'in', players: players(9), injuries: [] }), ended)
  expect(await yards()).toEqual([
    [2, true],
    [30, true],
    [30, true],
  ])
  await world.load(summary({ id: liveId, clubs, state: 'post', players: players(31) }), ended)
  expect(await yards()).toEqual([
    [2, true],
    [31, true],
    [31, true],
  ])
})

test('injuries follow the list while the game is on, to nobody, too; after its end they stay as they were last', async () => {
  await using world = await startWorld()
  await world.backfill({ only: ['games', 'rosters'] })
  const listed = (injuries: unknown[], state: 'in' | 'post' = 'in') =>
    summary({ id: liveId, clubs, state, players: players(9), injuries: [{ team: { id: '12' }, injuries }] })
  const injured = async () =>
    (await world.sql`select espn_athlete_id as athlete, player_id as player, status from nfl_live_injuries order by 1`).map(
      ({ athlete, player, status }) => [athlete, player, status],
    )
  await world.load(listed([injury(kansas?.espn ?? ''), injury('888')]))
  expect(await injured()).toEqual([
    ['888', null, 'Questionable'],
    [kansas?.espn, kansas?.gsis, 'Questionable'],
  ])
  const { tables } = await world.load(listed([]))
  expect(tables['nfl_live_injuries']).toEqual({ inserted: 0, updated: 0, deleted: 2 })
  await world.load(listed([injury('888', { status: 'Out' })]))
  await world.load(listed([injury('999')], 'post'), row({ status: 'final', homeScore: 10, awayScore: 7 }))
  expect(await injured()).toEqual([['888', null, 'Out']])
})

test('live lines are shown until a file has lines of that game, and count for nothing', async () => {
  const files = withoutFirstWeek()
  await using world = await startWorld(files)
  await world.backfill()
  const state = async () => ({
    verified: await world.verify(),
    watermark: await world.watermark(),
    provisional: await listProvisionalOnly(world.sql, '2024'),
  })
  const shown = async () => [
    ...(await world.sql`select player_id as player, team_id as team, season from game_stats where sport = 'nfl' and game_id = ${gameId} order by 1`),
  ]
  const before = await state()
  expect(before.provisional).toEqual([])
  expect(await shown()).toEqual([])

  await world.load(summary({ id: liveId, clubs, state: 'post', players: players(9) }), row({ status: 'final' }))
  const shownOnly = [{ id: gameId, day: expect.any(String) }]
  expect(await state()).toEqual({
    ...before,
    verified: { ...before.verified, provisional: shownOnly },
    provisional: shownOnly,
  })
  expect(await shown()).toEqual([
    { player: kansas?.gsis, team: 'KC', season: '2024' },
    { player: baltimore?.gsis, team: 'BAL', season: '2024' },
    { player: 'espn:777', team: 'BAL', season: '2024' },
  ])

  // The file has a line of one club alone: it is a file all the same.
  files['stats_player_week_2024'] = csv([
    ...weekLinesOf(2024).filter(line => line['week'] === 2),
    weekLine(kansas as (typeof persons)[0], 2024, 1),
  ])
  await world.daily('2024-09-21T12:00:00Z')
  expect(await shown()).toEqual([{ player: kansas?.gsis, team: 'KC', season: '2024' }])
  expect(await listProvisionalOnly(world.sql, '2024')).toEqual([])
  expect(await world.count('nfl_live_lines')).toBe(3)
})

test('a game that is over is asked for until its lines are those of the end, or a file has some', async () => {
  const files = withoutFirstWeek()
  await using world = await startWorld(files)
  await world.backfill()
  const ids = [gameId, '2024_02_KC_LV']
  const unfinished = async () => await liveLines.listUnfinished?.(world.sql, ids)
  expect(await unfinished()).toEqual([gameId])
  const ended = row({ status: 'final', homeScore: 10, awayScore: 7 })
  await world.load(summary({ id: liveId, clubs, state: 'in', players: players(9), injuries: [] }), ended)
  expect(await unfinished()).toEqual([gameId])
  await world.load(summary({ id: liveId, clubs, state: 'post', players: players(9) }), ended)
  expect(await unfinished()).toEqual([])
})
