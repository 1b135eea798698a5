import { expect, test } from 'vitest'
import { nflFiles } from '../support/hand-made-nfl.ts'
import { startNflWorld } from '../support/nfl-world.ts'

const mend = 'sports-ingest schedule backfill --sport nfl --season 2024 --restart'

test('a season that is whole is proven', async () => {
  await using world = await startNflWorld(nflFiles(2024))
  await world.backfill()
  expect(await world.verify()).toMatchObject({
    value: '2024_02_LAC_BAL',
    games: 4,
    unfinished: 0,
    proven: true,
    holes: 0,
    first: null,
  })
})

test('a game whose lines are gone is found, and the command that is named for it loads them', async () => {
  await using world = await startNflWorld(nflFiles(2024))
  await world.backfill()
  await world.sql`delete from nfl_player_game_stats where week = 2 and team in ('KC', 'LV')`
  expect(await world.verify()).toMatchObject({
    proven: false,
    first: { id: '2024_02_KC_LV', day: '2024-09-15', what: 'is over and lacks its lines', mend },
  })
  await world.backfill({ restart: { user: 'test' } })
  expect(await world.verify()).toMatchObject({ proven: true })
})

test('a bad row of a file accounts for no game of another season whose name its own ends with', async () => {
  await using world = await startNflWorld(nflFiles(2024))
  await world.backfill()
  await world.sql`delete from nfl_player_game_stats where week = 2 and team in ('KC', 'LV')`
  await world.sql`
    insert into dead_letters (sport, dataset, item, day, stage, error_class, message, attempts, status, run_id, created_at, updated_at)
    select 'nfl', 'player-stats', '2023 line 2024', '2024-02-01', 'transform', 'PayloadError', '', 1, 'discarded', max(id), now(), now()
    from ingest_runs`
  expect(await world.verify()).toMatchObject({ proven: false, first: { id: '2024_02_KC_LV' } })
})

test('a single missing row of a file is found', async () => {
  await using world = await startNflWorld(nflFiles(2024))
  await world.backfill()
  await world.sql`delete from nfl_snap_counts where game_id = '2024_01_BAL_KC' and team = 'KC'`
  expect(await world.verify()).toMatchObject({
    proven: false,
    holes: 1,
    first: { id: '2024 (snap-counts)', what: 'has 7 of the 8 rows of its file', mend },
  })
})

test('the daily watermark is proven by the newest season', async () => {
  await using world = await startNflWorld(nflFiles(2023, 2024))
  await world.daily('2024-09-17T14:00:00Z')
  const name = { stage: 'schedule', key: 'daily:nfl' } as const
  expect(await world.verify(name)).toMatchObject({ value: '2024-09-16', from: '2024-09-08', games: 4, proven: true })
  await world.sql`delete from nfl_player_game_stats where week = 1 and team in ('KC', 'BAL')`
  expect(await world.verify(name)).toMatchObject({ proven: false, first: { id: '2024_01_BAL_KC' } })
})

test('with values: another score than that of games.csv is found, and a row that no file has', async () => {
  await using world = await startNflWorld(nflFiles(2024))
  await world.backfill()
  const values = () => world.verify(undefined, { values: true })
  expect(await values()).toMatchObject({ proven: true })
  const [before] = await world.sql`select home_score, away_score from nfl_games where game_id = '2024_01_BAL_KC'`
  await world.sql`update games set home_score = home_score + 1 where provider_id = '2024_01_BAL_KC'`
  expect(await world.verify()).toMatchObject({ proven: true })
  const { home_score: home, away_score: away } = before as { home_score: number; away_score: number }
  const what = `has a score of ${away}:${home + 1}, and ${away}:${home} in nfl_games`
  expect(await values()).toMatchObject({ proven: false, holes: 1, first: { id: '2024_01_BAL_KC', what } })
  await world.sql`update games set home_score = home_score - 1 where provider_id = '2024_01_BAL_KC'`
  await world.sql`
    insert into nfl_snap_counts select (jsonb_populate_record(s, '{"provider_id": "more", "pfr_player_id": "more"}')).* from nfl_snap_counts s limit 1`
  expect(await values()).toMatchObject({
    proven: false,
    first: { id: '2024 (snap-counts)', what: 'has 9 of the 8 rows of its file' },
  })
})
