const words = (text: string): readonly string[] => text.trim().split(/\s+/)

/** `stats_player_week_<y>.csv`, as of 2025. */
export const playerWeekColumns = words(`
  player_id player_name player_display_name position position_group headshot_url season week season_type team opponent_team
  completions attempts passing_yards passing_tds passing_interceptions sacks_suffered sack_yards_lost sack_fumbles
  sack_fumbles_lost passing_air_yards passing_yards_after_catch passing_first_downs passing_epa passing_cpoe
  passing_2pt_conversions pacr carries rushing_yards rushing_tds rushing_fumbles rushing_fumbles_lost rushing_first_downs
  rushing_epa rushing_2pt_conversions receptions targets receiving_yards receiving_tds receiving_fumbles
  receiving_fumbles_lost receiving_air_yards receiving_yards_after_catch receiving_first_downs receiving_epa
  receiving_2pt_conversions racr target_share air_yards_share wopr special_teams_tds def_tackles_solo
  def_tackles_with_assist def_tackle_assists def_tackles_for_loss def_tackles_for_loss_yards def_fumbles_forced def_sacks
  def_sack_yards def_qb_hits def_interceptions def_interception_yards def_pass_defended def_tds def_fumbles def_safeties
  misc_yards fumble_recovery_own fumble_recovery_yards_own fumble_recovery_opp fumble_recovery_yards_opp fumble_recovery_tds
  penalties penalty_yards punt_returns punt_return_yards kickoff_returns kickoff_return_yards fg_made fg_att fg_missed
  fg_blocked fg_long fg_pct fg_made_0_19 fg_made_20_29 fg_made_30_39 fg_made_40_49 fg_made_50_59 fg_made_60_ fg_missed_0_19
  fg_missed_20_29 fg_missed_30_39 fg_missed_40_49 fg_missed_50_59 fg_missed_60_ fg_made_list fg_missed_list fg_blocked_list
  fg_made_distance fg_missed_distance fg_blocked_distance pat_made pat_att pat_missed pat_blocked pat_pct gwfg_made gwfg_att
  gwfg_missed gwfg_blocked gwfg_distance fantasy_points fantasy_points_ppr
`)

/** `player_stats_<y>.csv`, which ends with 2024: offence only, older names. */
export const olderPlayerColumns = words(`
  player_id player_name player_display_name position position_group headshot_url recent_team season week season_type
  opponent_team completions attempts passing_yards passing_tds interceptions sacks sack_yards sack_fumbles sack_fumbles_lost
  passing_air_yards passing_yards_after_catch passing_first_downs passing_epa passing_2pt_conversions pacr dakota carries
  rushing_yards rushing_tds rushing_fumbles rushing_fumbles_lost rushing_first_downs rushing_epa rushing_2pt_conversions
  receptions targets receiving_yards receiving_tds receiving_fumbles receiving_fumbles_lost receiving_air_yards
  receiving_yards_after_catch receiving_first_downs receiving_epa receiving_2pt_conversions racr target_share
  air_yards_share wopr special_teams_tds fantasy_points fantasy_points_ppr
`)

/** `stats_team_week_<y>.csv` */
export const teamWeekColumns = words(`
  season week team season_type opponent_team completions attempts passing_yards passing_tds passing_interceptions
  sacks_suffered sack_yards_lost sack_fumbles sack_fumbles_lost passing_air_yards passing_yards_after_catch
  passing_first_downs passing_epa passing_cpoe passing_2pt_conversions carries rushing_yards rushing_tds rushing_fumbles
  rushing_fumbles_lost rushing_first_downs rushing_epa rushing_2pt_conversions receptions targets receiving_yards
  receiving_tds receiving_fumbles receiving_fumbles_lost receiving_air_yards receiving_yards_after_catch
  receiving_first_downs receiving_epa receiving_2pt_conversions special_teams_tds def_tackles_solo def_tackles_with_assist
  def_tackle_assists def_tackles_for_loss def_tackles_for_loss_yards def_fumbles_forced def_sacks def_sack_yards def_qb_hits
  def_interceptions def_interception_yards def_pass_defended def_tds def_fumbles def_safeties misc_yards fumble_recovery_own
  fumble_recovery_yards_own fumble_recovery_opp fumble_recovery_yards_opp fumble_recovery_tds penalties penalty_yards
  timeouts punt_returns punt_return_yards kickoff_returns kickoff_return_yards fg_made fg_att fg_missed fg_blocked fg_long
  fg_pct fg_made_0_19 fg_made_20_29 fg_made_30_39 fg_made_40_49 fg_made_50_59 fg_made_60_ fg_missed_0_19 fg_missed_20_29
  fg_missed_30_39 fg_missed_40_49 fg_missed_50_59 fg_missed_60_ fg_made_list fg_missed_list fg_blocked_list fg_made_distance
  fg_missed_distance fg_blocked_distance pat_made pat_att pat_missed pat_blocked pat_pct gwfg_made gwfg_att gwfg_missed
  gwfg_blocked gwfg_distance
`)
