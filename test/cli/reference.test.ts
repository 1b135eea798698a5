import { expect, test } from 'vitest'
import type { Receipt } from '../../src/pipeline/receipt.ts'
import { nflFiles } from '../support/hand-made-nfl.ts'
import { startNflLeague } from '../support/nfl-league.ts'
import { expectOneLine } from '../support/told.ts'

const words = ['schedule', 'reference', '--sport', 'nfl']

test('reference loads the players alone and moves no watermark; a second time nothing is read', async () => {
  await using world = await startNflLeague(nflFiles(2024))
  const { sql } = world.store
  const run = async () => {
    const { code, stdout, stderr } = await world.run([...words, '--json'])
    expect(code, stderr).toBe(0)
    return (JSON.parse(stdout) as { runs: Receipt[] }).runs
  }
  const rows = { noun: 'rows', asked: 4, loaded: 4, corrected: 0, unchanged: 0, postponed: 0, dead: 0, settled: 0 }
  expect(await run()).toMatchObject([
    { job: 'reference', sport: 'nfl', status: 'done', units: { planned: 1, done: 1 }, items: [rows], watermarks: [] },
  ])
  expect(world.api.asked()).toEqual(['players'])
  expect(await sql`select from nfl_players`).toHaveLength(4)
  expect(await sql`select from players`).toHaveLength(4)
  for (const table of ['games', 'nfl_rosters', 'ingest_watermarks']) expect(await sql`select from ${sql(table)}`).toHaveLength(0)

  expect(await run()).toMatchObject([
    { status: 'done', units: { planned: 1, done: 0, unchanged: 1 }, items: [], rows: { inserted: 0, updated: 0, deleted: 0 } },
  ])
  expect(world.api.asked()).toEqual(['players'])
  expect(await sql`select from ingest_watermarks`).toHaveLength(0)
})

test('reference of a sport that has none is wrong use', async () => {
  const env = { DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none' }
  await expectOneLine([...words.slice(0, -1), 'nba'], { code: 100, says: 'nba has no reference data.', env })
})
