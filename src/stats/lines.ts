import type { Measure, Performances } from '../pipeline/performances.ts'
import type { Sport } from '../pipeline/sport.ts'

/** A sport that has stats. */
export type StatsSport = Pick<Sport, 'id'> & { performances: Performances }

export const hasStats = (sport: Sport): sport is Sport & StatsSport => sport.performances !== undefined

/** Of which seasons and players lines are read, and which categories of a ranking are computed; all where nothing is said. */
export interface Scope {
  seasons?: readonly string[] | undefined
  players?: readonly string[] | undefined
  categories?: readonly string[] | undefined
}

/** What functions read, for `from`: the lines that count, and sums of them. Points and ratings are whole hundredths. */
export interface Source {
  lines: string
  /** Of a player's games for a club in the half of a season. */
  sums: string
  /** For a common table expression that is used twice: few lines are kept, of all it is better to read them once more. */
  kept: 'materialized' | 'not materialized'
  /** All of them without it. */
  categories?: readonly string[] | undefined
}

/** As it is stored. */
export const storedSource = (sport: StatsSport, scope: Scope): Source => ({
  lines: storedOf('ingest_stats_lines', lineColumns(sport), sport, scope),
  sums: storedOf('ingest_stats_sums', sumColumns(sport), sport, scope),
  kept: scope.seasons || scope.players ? 'materialized' : 'not materialized',
  categories: scope.categories,
})

function storedOf(table: string, columns: readonly Column[], { id }: StatsSport, { seasons, players }: Scope): string {
  const conditions = [
    `sport = ${quoted(id)}`,
    ...(seasons ? [`season = any(${textArray(seasons)})`] : []),
    ...(players ? [`player_id = any(${textArray(players)})`] : []),
  ]
  const list = columns.map(({ name, stored }) => (name === stored ? name : `${stored} as ${name}`))
  return `(select ${list.join(', ')} from ${table} where ${conditions.join(' and ')})`
}

/** From the tables of the sport. */
export function computedSource(sport: StatsSport): Source {
  const lines = computedLinesOf(sport)
  return { lines, sums: computedSumsOf(sport, lines), kept: 'materialized' }
}

/** The sums of lines. Without a club it is '', and the half 0 in play-offs: parts of a key. */
export function computedSumsOf(sport: StatsSport, lines: string): string {
  const measures = summed(sport).map(({ name }) => `, sum(${columnOf(name)})::int as ${columnOf(name)}`)
  return `(
    select season, stage, coalesce(half, 0) as half, player_id, coalesce(team_id, '') as team_id, count(*)::int as events,
      sum(won)::int as wins, sum(points)::bigint as points, max(points)::bigint as best, sum(rating)::int as rating,
      min(event_date) as first_date, max(event_date) as last_date${measures.join('')}
    from ${lines} l group by 1, 2, 3, 4, 5)`
}

/**
 * The lines as the tables of the sport have them now: those of events that are over, in the regular season and in play-offs, where all
 * `conditions` hold as well. With `offset 0` they are computed once for each line, and not for each sum.
 */
export function computedLinesOf({ performances: p }: StatsSport, conditions: readonly string[] = []): string {
  const measures = p.measures.map(({ name, sql }) => `, coalesce(${sql}, 0) as ${columnOf(name)}`).join('')
  const all = [p.where, `coalesce(${p.isComplete} and ${p.stage} in ('regular', 'playoffs'), false)`, ...conditions]
  return `(
    select ${p.season} as season, ${p.stage} as stage, ${p.half} as half, ${p.eventId} as event_id, ${p.date} as event_date,
      ${p.playerId} as player_id, ${p.teamId} as team_id, coalesce(${p.won}, false)::int as won,
      ${p.points} as points, ${p.rating} as rating${measures}
    from ${p.from}
    where ${all.join(' and ')}
    offset 0)`
}

export interface Column {
  name: string
  /** What it is called in the table. */
  stored: string
}

/** The columns of lines. */
export const lineColumns = (sport: StatsSport): Column[] => [
  ...same('season', 'stage', 'half', 'event_id', 'event_date', 'player_id', 'team_id', 'won', 'points', 'rating'),
  ...measuresOf(sport, () => true),
]

/** The columns of sums. */
export const sumColumns = (sport: StatsSport): Column[] => [
  ...same(
    'season',
    'stage',
    'half',
    'player_id',
    'team_id',
    'events',
    'wins',
    'points',
    'best',
    'rating',
    'first_date',
    'last_date',
  ),
  ...measuresOf(sport, ({ isSum = true }) => isSum),
]

const same = (...names: string[]): Column[] => names.map(name => ({ name, stored: name }))

const measuresOf = ({ performances }: StatsSport, has: (measure: Measure) => boolean): Column[] =>
  performances.measures.flatMap((measure, i) => (has(measure) ? [{ name: columnOf(measure.name), stored: `m${i + 1}` }] : []))

/** Measures of which there is a sum. */
export const summed = ({ performances }: StatsSport): Measure[] => performances.measures.filter(({ isSum = true }) => isSum)

/** An SQL array of texts, as a constant. */
export const textArray = (texts: readonly string[]): string =>
  `${quoted(`{${texts.map(text => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`).join(',')}}`)}::text[]`

export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** The column of a measure among the lines: `wins` is a measure of horses, and of each performance. */
export const columnOf = (measure: string): string => (['points', 'rating'].includes(measure) ? measure : `m_${measure}`)
