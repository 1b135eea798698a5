import { getTableConfig } from 'drizzle-orm/pg-core'
import type { ISql } from 'postgres'
import type { Day } from '../core/days.ts'
import type { Dataset } from './contract.ts'

/** A game of which something is not there, and that nobody has set aside. */
export interface Missing {
  id: string
  day: Day
  season: string
  /** `lacks its box-scores`, to go behind the game's name. */
  what: string
}

/** Of these ids, those that are neither stored nor in the dead letters. */
export async function listUnstored(sql: ISql, sport: string, ids: readonly string[]): Promise<Set<string>> {
  const rows = await sql<{ id: string }[]>`
    select listed.id from jsonb_array_elements_text(${sql.json([...ids])}) as listed(id)
    where not exists (select from games g where g.sport = ${sport} and g.provider_id = listed.id)
      and not exists (select from dead_letters d where d.sport = ${sport} and d.item = listed.id and d.status in ('open', 'discarded'))`
  return new Set(rows.map(({ id }) => id))
}

/** Stored games of a span of days, or of a season up to an id, and some beyond it. */
export type Span = { from: Day; to: Day } | { season: string; upToId: string; also?: readonly string[] }

const within = (sql: ISql, span: Span) =>
  'season' in span
    ? sql`g.season = ${span.season} and (g.provider_id <= ${span.upToId} or g.provider_id in ${sql(['', ...(span.also ?? [])])})`
    : sql`g.game_date between ${span.from} and ${span.to}`

/** Games that are over and have fewer lines of a dataset than they must have, and no dead letter of it. */
export async function listWithoutLines(sql: ISql, sport: string, dataset: Dataset, span: Span): Promise<Missing[]> {
  const found: Missing[] = []
  for (const { table, game, atLeast } of dataset.lines) {
    const { name, columns } = getTableConfig(table)
    const column = columns.find(candidate => candidate === (table as unknown as Record<string, unknown>)[game])
    const games = await sql<Omit<Missing, 'what'>[]>`
      select g.provider_id as id, g.game_date as day, g.season from games g
      where g.sport = ${sport} and g.status = 'final' and ${within(sql, span)}
        and (select count(*) from ${sql(name)} l where l.${sql(column?.name ?? game)} = g.provider_id) < ${atLeast}
        and not exists (select from dead_letters d where d.sport = g.sport and d.item = g.provider_id
          and d.dataset = ${dataset.name} and d.status in ('open', 'discarded'))`
    found.push(...games.map(one => ({ ...one, what: `is over and lacks its lines in ${name}` })))
  }
  return found
}

/** How many stored games are not over: they stand as they were, and the next daily run asks for them again. */
export async function countUnfinished(sql: ISql, sport: string, span: Span): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from games g
    where g.sport = ${sport} and g.status in ('scheduled', 'live', 'postponed') and ${within(sql, span)}`
  return row?.count ?? 0
}
