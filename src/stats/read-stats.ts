import type { ISql } from 'postgres'
import { statsFunctions } from './functions.ts'
import { type StatsSport, summed } from './lines.ts'

/** A function, its tables, and when it ran last for each sport. */
export interface ListedFunction {
  function: string
  tables: { table: string; tag: string; rows: number }[]
  runs: { sport: string; ranAt: Date; isFull: boolean; rows: number; durationMs: number }[]
}

export async function listFunctions(sql: ISql): Promise<ListedFunction[]> {
  const runs = await sql<(ListedFunction['runs'][number] & { function: string })[]>`
    select function, sport, ran_at as "ranAt", is_full as "isFull", rows, duration_ms as "durationMs"
    from ingest_stats_state order by sport`
  const listed: ListedFunction[] = []
  for (const { name, results } of statsFunctions) {
    const tables: ListedFunction['tables'] = []
    for (const { table, tag } of results) {
      const [count] = await sql<{ rows: number }[]>`select count(*)::int as rows from ${sql(table)}`
      tables.push({ table, tag, rows: count?.rows ?? 0 })
    }
    const own = runs.filter(run => run.function === name).map(({ function: _, ...run }) => run)
    listed.push({ function: name, tables, runs: own })
  }
  return listed
}

interface Ranking {
  /** Over `season_stats`, called `s`. */
  value: string
  /** It says little of who has played once. */
  isAverage: boolean
}

/** What players can be ranked by. */
export function rankedBy(sport: StatsSport): ReadonlyMap<string, Ranking> {
  const measures = summed(sport).filter(({ name }) => name !== 'wins')
  const of = (isAverage: boolean, ...names: string[]) =>
    names.map((name): [string, Ranking] => [name, { value: `s.${name}::float8`, isAverage }])
  return new Map([
    ...of(false, 'points', 'events', 'wins'),
    ...of(true, 'points_per_event', 'rating'),
    ...measures.map(({ name }): [string, Ranking] => [name, { value: `(s.totals->>'${name}')::float8`, isAverage: false }]),
  ])
}

export interface Leader {
  rank: number
  player: string
  name: string | null
  /** Null of several. */
  team: string | null
  teamName: string | null
  events: number
  points: number
  pointsPerEvent: number
  rating: number
  value: number
}

export interface LeadersOptions {
  season: string
  by: string
  stage: 'regular' | 'playoffs'
  limit: number
}

/** The best of a season; by an average only of those who have enough events. */
export async function listLeaders(sql: ISql, sport: StatsSport, { season, by, stage, limit }: LeadersOptions): Promise<Leader[]> {
  const ranking = rankedBy(sport).get(by) ?? { value: 's.points::float8', isAverage: false }
  const { names, teamNames, minimum } = sport.performances
  const enough = ranking.isAverage
    ? sql`s.events >= greatest(${minimum.events}, ceil(${minimum.share}::float8 * max(s.events) over ()))`
    : sql`true`
  return await sql<Leader[]>`
    select r.rank, r.player_id as player, n.name, r.team_id as team, c.name as "teamName", r.events, r.points::float8 as points,
      r.points_per_event::float8 as "pointsPerEvent", r.rating::float8 as rating, r.value
    from (
      select s.*, rank() over (order by value desc)::int as rank from (
        select s.*, ${sql.unsafe(ranking.value)} as value, ${enough} as is_enough from season_stats s
        where s.sport = ${sport.id} and s.season = ${season} and s.stage = ${stage}) s
      where is_enough) r
    left join (${sql.unsafe(names)}) n on n.id = r.player_id
    left join (${sql.unsafe(teamNames)}) c on c.id = r.team_id
    order by r.rank, r.player_id collate "C" limit ${limit}`
}

/** Seasons with stats, the newest first. */
export async function listSeasons(sql: ISql, sport: string): Promise<string[]> {
  const found = await sql<{ season: string }[]>`
    select distinct season from season_stats where sport = ${sport} order by season desc`
  return found.map(({ season }) => season)
}

/** All there is of a player. */
export interface PlayerStats {
  sport: string
  player: string
  name: string | null
  profile: Record<string, unknown> | null
  power: Record<string, unknown> | null
  recent: Record<string, unknown> | null
  seasons: Record<string, unknown>[]
  halves: Record<string, unknown>[]
  allTime: Record<string, unknown>[]
  bests: Record<string, unknown>[]
  honours: Record<string, unknown>[]
  fame: Record<string, unknown>[]
  /** Names of the clubs of the seasons, by id. */
  teamNames: Record<string, string>
}

/** Who is meant by an id, or by a name whatever its case. */
export async function findPlayers(
  sql: ISql,
  sports: readonly StatsSport[],
  word: string,
): Promise<{ sport: string; id: string; name: string | null }[]> {
  const found = []
  for (const { id: sport, performances } of sports)
    found.push(
      ...(await sql<{ sport: string; id: string; name: string | null }[]>`
        select ${sport}::text as sport, p.player_id as id, n.name from player_profile_stats p
        left join (${sql.unsafe(performances.names)}) n on n.id = p.player_id
        where p.sport = ${sport} and (p.player_id = ${word} or lower(n.name) = lower(${word}::text)) order by 2 limit 20`),
    )
  // An id is meant as such, should somebody also be called that.
  const byId = found.filter(({ id }) => id === word)
  return byId.length > 0 ? byId : found
}

/** Names of players who were on last, to suggest one of them. */
export async function listNames(sql: ISql, { id, performances }: StatsSport): Promise<string[]> {
  const found = await sql<{ name: string }[]>`
    select n.name from player_profile_stats p join (${sql.unsafe(performances.names)}) n on n.id = p.player_id
    where p.sport = ${id} order by p.last_date desc, p.points desc limit 2000`
  return found.map(({ name }) => name)
}

export async function readPlayer(
  sql: ISql,
  { id: sport, performances }: StatsSport,
  player: string,
  name: string | null,
): Promise<PlayerStats> {
  const of = async (table: string, order: string) => {
    const rows = await sql<{ row: Record<string, unknown> }[]>`
      select to_jsonb(t) - '{sport,player_id,updated_at}'::text[] as row from ${sql(table)} t
      where sport = ${sport} and player_id = ${player} order by ${sql.unsafe(order)}`
    return rows.map(({ row }) => row)
  }
  const [[profile = null], [power = null], [recent = null]] = [
    await of('player_profile_stats', 'player_id'),
    await of('player_power_rating', 'player_id'),
    await of('recent_performance', 'player_id'),
  ]
  return {
    ...{ sport, player, name, profile, power, recent },
    seasons: await of('season_stats', 'season, stage desc'),
    halves: await of('half_season_stats', 'season, half'),
    allTime: await of('all_time_stats', 'stage desc'),
    bests: await of('personal_bests', 'measure'),
    honours: await of('honour_roll', 'season, honour, event_id'),
    fame: await of('hall_of_fame', 'category'),
    teamNames: Object.fromEntries(
      await sql<[string, string][]>`
        select t.id, t.name from (${sql.unsafe(performances.teamNames)}) t
        where t.id in (select team_id from season_stats where sport = ${sport} and player_id = ${player})`.values(),
    ),
  }
}
