import type { ISql, PendingQuery, Row } from 'postgres'
import type { Day } from '../core/days.ts'
import type { GameRow } from './contract.ts'
import { gameColumns } from './stored-games.ts'

/** A stored game, as far as who follows it must know it. */
export interface Fixture {
  game: GameRow
  /** What people call it: `LAL-BOS`, the visitors first. */
  name: string
  /** When a value of its row last changed. */
  changedAt: Date
}

/** The stored games of some days, both included, by their start. */
export const listFixtures = (sql: ISql, sport: string, from: Day, to: Day): Promise<Fixture[]> =>
  readFixtures(sql, sql`sport = ${sport} and game_date between ${from} and ${to}`)

/** Stored games by their ids, whatever their day. */
export const findFixtures = (sql: ISql, sport: string, ids: readonly string[]): Promise<Fixture[]> =>
  readFixtures(sql, sql`sport = ${sport} and provider_id in ${sql(['', ...ids])}`)

async function readFixtures(sql: ISql, which: PendingQuery<Row[]>): Promise<Fixture[]> {
  const rows = await sql<(GameRow & { name: string; changedAt: Date })[]>`
    select ${gameColumns(sql)}, updated_at as "changedAt",
      concat(${clubName(sql, 'away_team_id')}, '-', ${clubName(sql, 'home_team_id')}) as name
    from games where ${which} order by starts_at, provider_id`
  return rows.map(({ name, changedAt, ...game }) => ({ game: game as GameRow, name, changedAt }))
}

const clubName = (sql: ISql, column: string) => sql`
  coalesce((select t.abbreviation from teams t where t.sport = games.sport and t.provider_id = games.${sql(column)}), ${sql(column)}, '?')`

/** Whether any game of that day or later is stored. */
export async function hasGamesSince(sql: ISql, sport: string, day: Day): Promise<boolean> {
  const [row] = await sql`select 1 from games where sport = ${sport} and game_date >= ${day} limit 1`
  return row !== undefined
}
