CREATE TABLE "nfl_live_injuries" (
	"provider" text NOT NULL,
	"provider_id" text NOT NULL,
	"row_hash" "bytea" NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"espn_event_id" text NOT NULL,
	"espn_athlete_id" text NOT NULL,
	"game_id" text NOT NULL,
	"player_id" text,
	"team_id" text NOT NULL,
	"name" text NOT NULL,
	"position" text,
	"status" text NOT NULL,
	"date" timestamp with time zone NOT NULL,
	"type" text,
	"location" text,
	"detail" text,
	"side" text,
	"return_date" date,
	CONSTRAINT "nfl_live_injuries_espn_event_id_espn_athlete_id_pk" PRIMARY KEY("espn_event_id","espn_athlete_id")
);
--> statement-breakpoint
CREATE TABLE "nfl_live_lines" (
	"provider" text NOT NULL,
	"provider_id" text NOT NULL,
	"row_hash" "bytea" NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"espn_event_id" text NOT NULL,
	"espn_athlete_id" text NOT NULL,
	"game_id" text NOT NULL,
	"player_id" text,
	"team_id" text NOT NULL,
	"name" text NOT NULL,
	"jersey" text,
	"is_final" boolean NOT NULL,
	"completions" integer,
	"passing_attempts" integer,
	"passing_yards" integer,
	"passing_touchdowns" integer,
	"passing_interceptions" integer,
	"passing_sacks" integer,
	"sack_yards_lost" integer,
	"rushing_attempts" integer,
	"rushing_yards" integer,
	"rushing_touchdowns" integer,
	"long_rushing" integer,
	"receptions" integer,
	"receiving_yards" integer,
	"receiving_touchdowns" integer,
	"long_reception" integer,
	"receiving_targets" integer,
	"fumbles" integer,
	"fumbles_lost" integer,
	"fumbles_recovered" integer,
	"total_tackles" integer,
	"solo_tackles" integer,
	"passes_defended" integer,
	"qb_hits" integer,
	"defensive_touchdowns" integer,
	"interceptions" integer,
	"interception_yards" integer,
	"interception_touchdowns" integer,
	"kick_returns" integer,
	"kick_return_yards" integer,
	"long_kick_return" integer,
	"kick_return_touchdowns" integer,
	"punt_returns" integer,
	"punt_return_yards" integer,
	"long_punt_return" integer,
	"punt_return_touchdowns" integer,
	"field_goals_made" integer,
	"field_goal_attempts" integer,
	"long_field_goal_made" integer,
	"extra_points_made" integer,
	"extra_point_attempts" integer,
	"total_kicking_points" integer,
	"punts" integer,
	"punt_yards" integer,
	"touchbacks" integer,
	"punts_inside_20" integer,
	"long_punt" integer,
	"yards_per_pass_attempt" double precision,
	"adj_qbr" double precision,
	"qb_rating" double precision,
	"yards_per_rush_attempt" double precision,
	"yards_per_reception" double precision,
	"sacks" double precision,
	"tackles_for_loss" double precision,
	"yards_per_kick_return" double precision,
	"yards_per_punt_return" double precision,
	"field_goal_pct" double precision,
	"gross_avg_punt_yards" double precision,
	"extra" jsonb,
	CONSTRAINT "nfl_live_lines_espn_event_id_espn_athlete_id_pk" PRIMARY KEY("espn_event_id","espn_athlete_id")
);
--> statement-breakpoint
DROP VIEW "public"."game_stats";--> statement-breakpoint
CREATE INDEX "nfl_live_injuries_game" ON "nfl_live_injuries" USING btree ("game_id");--> statement-breakpoint
CREATE INDEX "nfl_live_lines_game" ON "nfl_live_lines" USING btree ("game_id");--> statement-breakpoint
CREATE VIEW "public"."game_stats" AS (
  select 'nba'::text as sport, g.season, s.game_id, s.player_id, s.team_id, s.updated_at, s.points
  from nba_player_game_stats s join games g on g.sport = 'nba' and g.provider_id = s.game_id
  union all
  select 'nfl', s.season::text, g.game_id, s.player_id, s.team, s.updated_at, null
  from nfl_player_game_stats s join nfl_games g on g.season = s.season and g.week = s.week and s.team in (g.home_team_id, g.away_team_id)
  union all
  select 'nfl', g.season::text, l.game_id, coalesce(i.player_id, 'espn:' || l.espn_athlete_id), l.team_id, l.updated_at, null
  from nfl_live_lines l join nfl_games g on g.game_id = l.game_id
  left join nfl_player_ids i on i.system = 'espn' and i.id = l.espn_athlete_id
  where not exists (
    select from nfl_player_game_stats s
    where s.season = g.season and s.week = g.week and s.team in (g.home_team_id, g.away_team_id)));