/** The player statistics of ESPN's box score, by its own names (summaries of 2023 to 2025), and the columns they are stored in. */

export interface Cell {
  /** Two where one cell holds two numbers: `13/22`, `1-9`. */
  columns: readonly [string] | readonly [string, string]
  /** Whole numbers, or a number that may have a fraction. */
  kind: 'whole' | 'real'
  /** A count or a sum of yards. The others follow from these, and some summaries leave them out or say `--`. */
  required: boolean
}

const count = (...columns: [string] | [string, string]): Cell => ({ columns, kind: 'whole', required: true })
const longest = (column: string): Cell => ({ columns: [column], kind: 'whole', required: false })
const fraction = (column: string): Cell => ({ columns: [column], kind: 'real', required: false })
/** Two players may share one: 0.5. */
const shared = (column: string): Cell => ({ columns: [column], kind: 'real', required: true })

/**
 * By group and key. A column has the snake_case name of its key; only where two groups use one name for different things
 * (`interceptions`, `sacks`), that of the passer has `passing_` before it.
 */
export const boxScoreCells: Readonly<Record<string, Readonly<Record<string, Cell>>>> = {
  passing: {
    'completions/passingAttempts': count('completions', 'passing_attempts'),
    passingYards: count('passing_yards'),
    yardsPerPassAttempt: fraction('yards_per_pass_attempt'),
    passingTouchdowns: count('passing_touchdowns'),
    interceptions: count('passing_interceptions'),
    // The yards are positive here, negative in nflverse's files.
    'sacks-sackYardsLost': count('passing_sacks', 'sack_yards_lost'),
    adjQBR: fraction('adj_qbr'),
    QBRating: fraction('qb_rating'),
  },
  rushing: {
    rushingAttempts: count('rushing_attempts'),
    rushingYards: count('rushing_yards'),
    yardsPerRushAttempt: fraction('yards_per_rush_attempt'),
    rushingTouchdowns: count('rushing_touchdowns'),
    longRushing: longest('long_rushing'),
  },
  receiving: {
    receptions: count('receptions'),
    receivingYards: count('receiving_yards'),
    yardsPerReception: fraction('yards_per_reception'),
    receivingTouchdowns: count('receiving_touchdowns'),
    longReception: longest('long_reception'),
    receivingTargets: count('receiving_targets'),
  },
  fumbles: {
    fumbles: count('fumbles'),
    fumblesLost: count('fumbles_lost'),
    fumblesRecovered: count('fumbles_recovered'),
  },
  defensive: {
    totalTackles: count('total_tackles'),
    soloTackles: count('solo_tackles'),
    sacks: shared('sacks'),
    tacklesForLoss: shared('tackles_for_loss'),
    passesDefended: count('passes_defended'),
    QBHits: count('qb_hits'),
    defensiveTouchdowns: count('defensive_touchdowns'),
  },
  interceptions: {
    interceptions: count('interceptions'),
    interceptionYards: count('interception_yards'),
    interceptionTouchdowns: count('interception_touchdowns'),
  },
  kickReturns: {
    kickReturns: count('kick_returns'),
    kickReturnYards: count('kick_return_yards'),
    yardsPerKickReturn: fraction('yards_per_kick_return'),
    longKickReturn: longest('long_kick_return'),
    kickReturnTouchdowns: count('kick_return_touchdowns'),
  },
  puntReturns: {
    puntReturns: count('punt_returns'),
    puntReturnYards: count('punt_return_yards'),
    yardsPerPuntReturn: fraction('yards_per_punt_return'),
    longPuntReturn: longest('long_punt_return'),
    puntReturnTouchdowns: count('punt_return_touchdowns'),
  },
  kicking: {
    'fieldGoalsMade/fieldGoalAttempts': count('field_goals_made', 'field_goal_attempts'),
    fieldGoalPct: fraction('field_goal_pct'),
    longFieldGoalMade: longest('long_field_goal_made'),
    'extraPointsMade/extraPointAttempts': count('extra_points_made', 'extra_point_attempts'),
    totalKickingPoints: count('total_kicking_points'),
  },
  punting: {
    punts: count('punts'),
    puntYards: count('punt_yards'),
    grossAvgPuntYards: fraction('gross_avg_punt_yards'),
    touchbacks: count('touchbacks'),
    puntsInside20: count('punts_inside_20'),
    longPunt: longest('long_punt'),
  },
}

const cells = Object.values(boxScoreCells).flatMap(group => Object.values(group))

export const wholeColumns: readonly string[] = cells.flatMap(({ kind, columns }) => (kind === 'whole' ? columns : []))
export const realColumns: readonly string[] = cells.flatMap(({ kind, columns }) => (kind === 'real' ? columns : []))

/** Throws a PayloadError that says which summary has the problem. */
export type Fail = (problem: string) => never

/** The columns of a cell and their values; nothing known of it is null. */
export function readCell({ columns, kind }: Cell, text: string, fail: Fail): Record<string, number | null> {
  if (text === '' || text === '--') return Object.fromEntries(columns.map(column => [column, null]))
  const parts = columns.length === 1 ? [text] : (/^(\d+)[/-](-?\d+)$/.exec(text)?.slice(1) ?? [])
  if (parts.length !== columns.length) fail(`expected two numbers, received ${JSON.stringify(text)}`)
  const [form, words] = kind === 'whole' ? [/^-?\d+$/, 'a whole number'] : [/^-?\d+(\.\d+)?$/, 'a number']
  return Object.fromEntries(
    columns.map((column, i) => {
      const part = parts[i] as string
      if (!form.test(part) || Math.abs(Number(part)) > largest) fail(`expected ${words}, received ${JSON.stringify(part)}`)
      return [column, Number(part)]
    }),
  )
}

const largest = 2 ** 31 - 1
