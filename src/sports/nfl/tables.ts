import { boolean, date, doublePrecision, index, integer, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { instant, provenance } from '../../store/columns.ts'
import { fieldsOf } from '../fields.ts'
import { realColumns, wholeColumns } from './box-score-cells.ts'
import { fractions, kickers, kickFractions, kickLists, offence, shares, sinceStatsPlayer } from './statistics.ts'

const whole = <const N extends readonly string[]>(names: N) => fieldsOf(names, name => integer(name))
const real = <const N extends readonly string[]>(names: N) => fieldsOf(names, name => doublePrecision(name))
const words = <const N extends readonly string[]>(names: N) => fieldsOf(names, name => text(name))

/** Columns that each row has. */
const ownWhole = <const N extends readonly string[]>(names: N) => fieldsOf(names, name => integer(name).notNull())
const ownWords = <const N extends readonly string[]>(names: N) => fieldsOf(names, name => text(name).notNull())

/** Unknown columns of the file, by their names; null if there are none. */
const extra = { extra: jsonb('extra') }

/** The club, whatever it was called then. */
const clubThen = words(['team_id'])

/** What games.csv knows of a game beside `games`: its ids elsewhere, odds, weather, people. */
export const nflGames = pgTable(
  'nfl_games',
  {
    ...provenance(),
    game_id: text('game_id').notNull(),
    ...ownWhole(['season']),
    ...ownWords(['game_type']),
    ...ownWhole(['week']),
    gameday: date('gameday', { mode: 'string' }).notNull(),
    ...words(['weekday', 'gametime', 'away_team', 'home_team']),
    /** Clubs, whatever they were called then. */
    ...ownWords(['away_team_id', 'home_team_id']),
    ...whole(['away_score', 'home_score']),
    ...words(['location']),
    ...whole(['result', 'total', 'overtime']),
    ...words(['old_game_id', 'gsis', 'nfl_detail_id', 'pfr', 'pff', 'espn', 'ftn']),
    ...whole(['away_rest', 'home_rest']),
    ...real(['away_moneyline', 'home_moneyline', 'spread_line', 'away_spread_odds', 'home_spread_odds', 'total_line']),
    ...real(['under_odds', 'over_odds']),
    ...whole(['div_game']),
    ...words(['roof', 'surface']),
    ...real(['temp', 'wind']),
    ...words(['away_qb_id', 'home_qb_id', 'away_qb_name', 'home_qb_name', 'away_coach', 'home_coach', 'referee']),
    ...words(['stadium_id', 'stadium']),
    ...extra,
  },
  t => [
    primaryKey({ columns: [t.game_id] }),
    index('nfl_games_home').on(t.season, t.week, t.home_team_id),
    index('nfl_games_away').on(t.season, t.week, t.away_team_id),
    index('nfl_games_espn').on(t.espn),
  ],
)

const lineStatistics = () => ({
  ...whole(offence),
  ...whole(sinceStatsPlayer),
  ...real(fractions),
  ...whole(kickers),
  ...words(kickLists),
  ...real(kickFractions),
})

const person = () => words(['player_name', 'player_display_name', 'position', 'position_group', 'headshot_url'])

/** A player's week, of both generations of the weekly files. Clubs are called as they are today. */
export const nflPlayerGameStats = pgTable(
  'nfl_player_game_stats',
  {
    ...provenance(),
    /** `00-0023459`; `team:MIA` for what is not credited to a player. */
    player_id: text('player_id').notNull(),
    ...ownWhole(['season', 'week']),
    ...ownWords(['season_type', 'team']),
    opponent_team: text('opponent_team'),
    /** Only where the file says it (since 2026); else it follows from season, week and club. */
    game_id: text('game_id'),
    ...person(),
    ...lineStatistics(),
    gwfg_distance: integer('gwfg_distance'),
    ...real(shares),
    ...extra,
  },
  t => [primaryKey({ columns: [t.season, t.week, t.player_id] }), index('nfl_player_game_stats_player').on(t.player_id)],
)

/** A kicker's week of before 2025, when kicking was published apart; since then it is in `nfl_player_game_stats`. */
export const nflKickingGameStats = pgTable(
  'nfl_kicking_game_stats',
  {
    ...provenance(),
    ...ownWords(['player_id']),
    ...ownWhole(['season', 'week']),
    ...ownWords(['season_type', 'team']),
    ...person(),
    ...whole(kickers),
    ...words(kickLists),
    ...real(kickFractions),
    gwfg_distance: integer('gwfg_distance'),
    ...extra,
  },
  t => [primaryKey({ columns: [t.season, t.week, t.player_id] })],
)

/** A player's regular season. */
export const nflPlayerSeasonStats = pgTable(
  'nfl_player_season_stats',
  {
    ...provenance(),
    ...ownWords(['player_id']),
    ...ownWhole(['season']),
    ...ownWords(['season_type', 'recent_team']),
    ...whole(['games']),
    ...person(),
    ...lineStatistics(),
    gwfg_distance_list: text('gwfg_distance_list'),
    ...real(shares.filter(name => name !== 'dakota')),
    ...extra,
  },
  t => [primaryKey({ columns: [t.season, t.season_type, t.player_id] })],
)

/** A club's week. */
export const nflTeamGameStats = pgTable(
  'nfl_team_game_stats',
  {
    ...provenance(),
    ...ownWhole(['season', 'week']),
    ...ownWords(['team', 'season_type']),
    ...words(['opponent_team', 'game_id']),
    ...lineStatistics(),
    ...whole(['gwfg_distance', 'timeouts']),
    ...extra,
  },
  t => [primaryKey({ columns: [t.season, t.week, t.team] })],
)

/** Who was on the field for how many plays, by Pro Football Reference's ids. */
export const nflSnapCounts = pgTable(
  'nfl_snap_counts',
  {
    ...provenance(),
    ...ownWords(['game_id', 'pfr_player_id']),
    ...ownWhole(['season', 'week']),
    ...words(['pfr_game_id', 'game_type', 'player', 'position']),
    ...ownWords(['team']),
    ...clubThen,
    opponent: text('opponent'),
    ...whole(['offense_snaps', 'defense_snaps', 'st_snaps']),
    ...real(['offense_pct', 'defense_pct', 'st_pct']),
    ...extra,
  },
  t => [
    primaryKey({ columns: [t.game_id, t.pfr_player_id] }),
    index('nfl_snap_counts_season').on(t.season),
    index('nfl_snap_counts_player').on(t.pfr_player_id),
  ],
)

/** Injury reports: the last one of a week. */
export const nflInjuries = pgTable(
  'nfl_injuries',
  {
    ...provenance(),
    ...ownWhole(['season', 'week']),
    ...ownWords(['team', 'gsis_id']),
    ...clubThen,
    ...words(['season_type', 'game_type', 'position', 'full_name', 'first_name', 'last_name']),
    ...words(['report_primary_injury', 'report_secondary_injury', 'report_status']),
    ...words(['practice_primary_injury', 'practice_secondary_injury', 'practice_status']),
    date_modified: instant('date_modified'),
    ...extra,
  },
  t => [primaryKey({ columns: [t.season, t.week, t.team, t.gsis_id] })],
)

const rosterColumns = () => ({
  ...provenance(),
  ...ownWhole(['season']),
  ...ownWords(['team']),
  ...clubThen,
  /** `00-0022531`; `esb:…` or `name:…` where the league's own is missing. */
  gsis_id: text('gsis_id').notNull(),
  ...words(['position', 'depth_chart_position']),
  jersey_number: integer('jersey_number'),
  ...words(['status', 'full_name', 'first_name', 'last_name']),
  birth_date: date('birth_date', { mode: 'string' }),
  ...whole(['height', 'weight']),
  ...words(['college', 'espn_id', 'sportradar_id', 'yahoo_id', 'rotowire_id', 'pff_id', 'pfr_id', 'fantasy_data_id']),
  ...words(['sleeper_id', 'headshot_url', 'ngs_position', 'game_type', 'status_description_abbr', 'football_name']),
  ...words(['esb_id', 'gsis_it_id', 'smart_id', 'draft_club']),
  ...whole(['years_exp', 'entry_year', 'rookie_year', 'draft_number']),
  ...extra,
})

/** A season's rosters: each player as he was last listed. */
export const nflRosters = pgTable('nfl_rosters', { ...rosterColumns(), week: integer('week') }, t => [
  primaryKey({ columns: [t.season, t.gsis_id, t.team] }),
])

/** Rosters week by week. */
export const nflWeeklyRosters = pgTable('nfl_weekly_rosters', { ...rosterColumns(), week: integer('week').notNull() }, t => [
  primaryKey({ columns: [t.season, t.week, t.team, t.gsis_id] }),
])

/** What players.csv knows of a player. */
export const nflPlayers = pgTable(
  'nfl_players',
  {
    ...provenance(),
    gsis_id: text('gsis_id').notNull(),
    ...words(['status', 'display_name', 'first_name', 'last_name', 'football_name', 'short_name', 'suffix']),
    ...words(['esb_id', 'espn_id', 'pfr_id', 'pff_id', 'gsis_it_id', 'smart_id']),
    birth_date: date('birth_date', { mode: 'string' }),
    ...words(['college_name', 'college_conference', 'position_group', 'position']),
    ...whole(['jersey_number', 'height', 'weight', 'years_of_experience']),
    ...words(['team_abbr', 'team_seq', 'current_team_id', 'headshot', 'uniform_number', 'draft_club']),
    ...words(['status_description_abbr', 'status_short_description']),
    ...whole(['entry_year', 'rookie_year', 'draft_number', 'draft_round', 'season']),
    ...extra,
  },
  t => [primaryKey({ columns: [t.gsis_id] })],
)

/** The player that an id of another system belongs to; `player_id` is that of `players`. */
export const nflPlayerIds = pgTable(
  'nfl_player_ids',
  {
    ...provenance(),
    /** `system` is `gsis`, `esb`, `espn` or `pfr`. */
    ...ownWords(['system', 'id']),
    /** Null if the files give it to several players: it is assigned to none of them. */
    player_id: text('player_id'),
    /** Those players, where there are several: `00-0031234 00-0035678`; their names, where two people have one id of the league. */
    disputed: text('disputed'),
  },
  t => [primaryKey({ columns: [t.system, t.id] }), index('nfl_player_ids_player').on(t.player_id)],
)

/** Who a row of ESPN's is about, and in which game. */
const espnPerson = () => ({
  ...provenance(),
  ...ownWords(['espn_event_id', 'espn_athlete_id', 'game_id']),
  /** The league's id, where `nfl_player_ids` knew it when the row was written. */
  player_id: text('player_id'),
  team_id: text('team_id').notNull(),
  /** As ESPN writes it; other sources write some names otherwise. */
  name: text('name').notNull(),
})

/**
 * A player's line in ESPN's box score, while a game is played and until the league's files have it. Provisional: nothing that tells
 * whether data is complete counts these rows.
 */
export const nflLiveLines = pgTable(
  'nfl_live_lines',
  {
    ...espnPerson(),
    jersey: text('jersey'),
    /** The line of the whole game; else of a game that was being played. */
    is_final: boolean('is_final').notNull(),
    ...whole(wholeColumns),
    ...real(realColumns),
    /** Statistics that this program does not know, by group and key; null where there are none. */
    ...extra,
  },
  t => [primaryKey({ columns: [t.espn_event_id, t.espn_athlete_id] }), index('nfl_live_lines_game').on(t.game_id)],
)

/** Who was listed as injured when a game was ahead or being played. ESPN lists five players of a club at most. */
export const nflLiveInjuries = pgTable(
  'nfl_live_injuries',
  {
    ...espnPerson(),
    position: text('position'),
    /** `Questionable`, `Doubtful`, `Out`, `Injured Reserve`. */
    status: text('status').notNull(),
    /** When that was last changed. */
    date: instant('date').notNull(),
    ...words(['type', 'location', 'detail', 'side']),
    return_date: date('return_date', { mode: 'string' }),
  },
  t => [primaryKey({ columns: [t.espn_event_id, t.espn_athlete_id] }), index('nfl_live_injuries_game').on(t.game_id)],
)
