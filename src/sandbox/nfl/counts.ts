/** What is counted for a player, by the names of the stats files in use since 2025. */
export const counted = [
  'completions',
  'attempts',
  'passing_yards',
  'passing_tds',
  'passing_interceptions',
  'sacks_suffered',
  'sack_yards_lost',
  'sack_fumbles',
  'sack_fumbles_lost',
  'passing_air_yards',
  'passing_yards_after_catch',
  'passing_first_downs',
  'passing_2pt_conversions',
  'carries',
  'rushing_yards',
  'rushing_tds',
  'rushing_fumbles',
  'rushing_fumbles_lost',
  'rushing_first_downs',
  'rushing_2pt_conversions',
  'receptions',
  'targets',
  'receiving_yards',
  'receiving_tds',
  'receiving_fumbles',
  'receiving_fumbles_lost',
  'receiving_air_yards',
  'receiving_yards_after_catch',
  'receiving_first_downs',
  'receiving_2pt_conversions',
  'special_teams_tds',
  'def_tackles_solo',
  'def_tackles_with_assist',
  'def_tackle_assists',
  'def_tackles_for_loss',
  'def_tackles_for_loss_yards',
  'def_fumbles_forced',
  'def_sacks',
  'def_sack_yards',
  'def_qb_hits',
  'def_interceptions',
  'def_interception_yards',
  'def_pass_defended',
  'def_tds',
  'def_safeties',
  'fumble_recovery_opp',
  'fumble_recovery_yards_opp',
  'penalties',
  'penalty_yards',
  'punt_returns',
  'punt_return_yards',
  'kickoff_returns',
  'kickoff_return_yards',
  'pat_made',
  'pat_att',
  'pat_missed',
] as const

export type CountName = (typeof counted)[number]
export type Counts = Record<CountName, number>

const zeros = Object.fromEntries(counted.map(name => [name, 0])) as Counts

// A season's lines have 900,000 of these numbers: copies of one object cost a third of objects made one by one.
export const noCounts = (): Counts => ({ ...zeros })

/** Yards of the field goals tried, in the order of the game. */
export interface FieldGoals {
  readonly made: readonly number[]
  readonly missed: readonly number[]
}

/** What was counted for somebody: a player, a club's unnamed rest, or the club as a whole. */
export interface Tally {
  readonly counts: Counts
  readonly fieldGoals: FieldGoals
}

/** The sum of some tallies. */
export function sumOf(tallies: readonly Tally[]): Tally {
  const counts = noCounts()
  for (const tally of tallies) for (const name of counted) counts[name] += tally.counts[name]
  return {
    counts,
    fieldGoals: {
      made: tallies.flatMap(({ fieldGoals }) => fieldGoals.made),
      missed: tallies.flatMap(({ fieldGoals }) => fieldGoals.missed),
    },
  }
}

export const isEmpty = ({ counts, fieldGoals }: Tally): boolean =>
  fieldGoals.made.length + fieldGoals.missed.length === 0 && counted.every(name => counts[name] === 0)
