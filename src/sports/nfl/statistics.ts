/** The statistics of nflverse's `stats_player` and `stats_team` files, by the provider's own names (file of 2025, 114 columns). */

const passing =
  'completions attempts passing_yards passing_tds passing_interceptions sacks_suffered sack_yards_lost sack_fumbles sack_fumbles_lost passing_air_yards passing_yards_after_catch passing_first_downs passing_2pt_conversions'
const rushing =
  'carries rushing_yards rushing_tds rushing_fumbles rushing_fumbles_lost rushing_first_downs rushing_2pt_conversions'
const receiving =
  'receptions targets receiving_yards receiving_tds receiving_fumbles receiving_fumbles_lost receiving_air_yards receiving_yards_after_catch receiving_first_downs receiving_2pt_conversions'
const defence =
  'def_tackles_solo def_tackles_with_assist def_tackle_assists def_tackles_for_loss def_tackles_for_loss_yards def_fumbles_forced def_qb_hits def_interceptions def_interception_yards def_pass_defended def_tds def_fumbles def_safeties'
const others =
  'misc_yards fumble_recovery_own fumble_recovery_yards_own fumble_recovery_opp fumble_recovery_yards_opp fumble_recovery_tds penalties penalty_yards punt_returns punt_return_yards kickoff_returns kickoff_return_yards'
const kicking =
  'fg_made fg_att fg_missed fg_blocked fg_long fg_made_0_19 fg_made_20_29 fg_made_30_39 fg_made_40_49 fg_made_50_59 fg_made_60_ fg_missed_0_19 fg_missed_20_29 fg_missed_30_39 fg_missed_40_49 fg_missed_50_59 fg_missed_60_ fg_made_distance fg_missed_distance fg_blocked_distance pat_made pat_att pat_missed pat_blocked gwfg_made gwfg_att gwfg_missed gwfg_blocked'

const split = (...texts: string[]): string[] => texts.flatMap(text => text.split(' '))

/** Counts and yards that every generation of the weekly files has, for offence: a file without one of them is not loaded. */
export const offence: readonly string[] = split(passing, rushing, receiving, 'special_teams_tds')

/** Whole numbers that only newer files have: defence, returns, penalties. */
export const sinceStatsPlayer: readonly string[] = split(defence, others)

/** Whole numbers of kickers; before `stats_player` in files of their own. */
export const kickers: readonly string[] = split(kicking)

/** Lists of distances as text: `25;43;32`. */
export const kickLists: readonly string[] = split('fg_made_list fg_missed_list fg_blocked_list')

/** Fractions that kickers have. */
export const kickFractions: readonly string[] = split('fg_pct pat_pct')

/** Fractions and expected points, empty where there was nothing to divide; sacks, of which halves are possible. */
export const fractions: readonly string[] = split(
  'passing_epa passing_cpoe rushing_epa receiving_epa',
  'def_sacks def_sack_yards',
)

/** Shares and ratings of a player; teams have none. */
export const shares: readonly string[] = split(
  'pacr dakota racr target_share air_yards_share wopr fantasy_points fantasy_points_ppr',
)
