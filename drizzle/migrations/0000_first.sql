CREATE TABLE "ingest_chunks" (
	"run_id" bigint NOT NULL,
	"window_from" date NOT NULL,
	"window_to" date NOT NULL,
	"status" text NOT NULL,
	"attempts" integer NOT NULL,
	"error_class" text,
	"message" text,
	"counts" jsonb NOT NULL,
	"finished_at" timestamp with time zone,
	CONSTRAINT "ingest_chunks_run_id_window_from_window_to_pk" PRIMARY KEY("run_id","window_from","window_to")
);
--> statement-breakpoint
CREATE TABLE "dead_letters" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "dead_letters_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"sport" text NOT NULL,
	"dataset" text NOT NULL,
	"item" text NOT NULL,
	"day" date NOT NULL,
	"stage" text NOT NULL,
	"error_class" text NOT NULL,
	"message" text NOT NULL,
	"payload" "bytea",
	"attempts" integer NOT NULL,
	"status" text NOT NULL,
	"run_id" bigint,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ingest_leases" (
	"name" text PRIMARY KEY NOT NULL,
	"owner" uuid NOT NULL,
	"token" bigint NOT NULL,
	"host" text NOT NULL,
	"pid" integer NOT NULL,
	"backend_pid" integer NOT NULL,
	"backend_start" timestamp with time zone NOT NULL,
	"acquired_at" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "payloads" (
	"provider" text NOT NULL,
	"url" text NOT NULL,
	"hash" "bytea" NOT NULL,
	"body" "bytea" NOT NULL,
	"bytes" integer NOT NULL,
	"status" integer NOT NULL,
	"etag" text,
	"last_modified" text,
	"fetched_at" timestamp with time zone NOT NULL,
	CONSTRAINT "payloads_provider_url_hash_pk" PRIMARY KEY("provider","url","hash")
);
--> statement-breakpoint
CREATE TABLE "ingest_runs" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "ingest_runs_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"job" text NOT NULL,
	"sport" text NOT NULL,
	"status" text NOT NULL,
	"target_date" date,
	"counts" jsonb NOT NULL,
	"failures" integer NOT NULL,
	"watermark_before" text,
	"watermark_after" text,
	"error" text,
	"started_at" timestamp with time zone NOT NULL,
	"finished_at" timestamp with time zone,
	"host" text NOT NULL,
	"pid" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ingest_watermark_history" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "ingest_watermark_history_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"stage" text NOT NULL,
	"key" text NOT NULL,
	"previous" text,
	"value" text NOT NULL,
	"run_id" bigint,
	"changed_by" text NOT NULL,
	"reason" text,
	"changed_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ingest_watermarks" (
	"stage" text NOT NULL,
	"key" text NOT NULL,
	"value" text NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "ingest_watermarks_stage_key_pk" PRIMARY KEY("stage","key")
);
--> statement-breakpoint
CREATE TABLE "games" (
	"sport" text NOT NULL,
	"provider" text NOT NULL,
	"provider_id" text NOT NULL,
	"row_hash" "bytea" NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"season" text NOT NULL,
	"season_type" text NOT NULL,
	"game_date" date NOT NULL,
	"starts_at" timestamp with time zone,
	"status" text NOT NULL,
	"status_text" text,
	"period" integer,
	"home_team_id" text,
	"away_team_id" text,
	"home_score" integer,
	"away_score" integer,
	"venue" text,
	"last_checked_at" timestamp with time zone NOT NULL,
	CONSTRAINT "games_sport_provider_id_pk" PRIMARY KEY("sport","provider_id")
);
--> statement-breakpoint
CREATE TABLE "players" (
	"sport" text NOT NULL,
	"provider" text NOT NULL,
	"provider_id" text NOT NULL,
	"row_hash" "bytea" NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"name" text NOT NULL,
	"first_name" text,
	"family_name" text,
	CONSTRAINT "players_sport_provider_id_pk" PRIMARY KEY("sport","provider_id")
);
--> statement-breakpoint
CREATE TABLE "teams" (
	"sport" text NOT NULL,
	"provider" text NOT NULL,
	"provider_id" text NOT NULL,
	"row_hash" "bytea" NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"name" text NOT NULL,
	"city" text,
	"abbreviation" text,
	CONSTRAINT "teams_sport_provider_id_pk" PRIMARY KEY("sport","provider_id")
);
--> statement-breakpoint
CREATE TABLE "nba_player_game_stats" (
	"provider" text NOT NULL,
	"provider_id" text NOT NULL,
	"row_hash" "bytea" NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"game_id" text NOT NULL,
	"player_id" text NOT NULL,
	"team_id" text NOT NULL,
	"status" text NOT NULL,
	"not_playing_reason" text,
	"jersey_num" text,
	"position" text,
	"starter" boolean NOT NULL,
	"played" boolean NOT NULL,
	"minutes" interval NOT NULL,
	"assists" integer NOT NULL,
	"blocks" integer NOT NULL,
	"field_goals_attempted" integer NOT NULL,
	"field_goals_made" integer NOT NULL,
	"fouls_personal" integer NOT NULL,
	"free_throws_attempted" integer NOT NULL,
	"free_throws_made" integer NOT NULL,
	"points" integer NOT NULL,
	"rebounds_defensive" integer NOT NULL,
	"rebounds_offensive" integer NOT NULL,
	"rebounds_total" integer NOT NULL,
	"steals" integer NOT NULL,
	"three_pointers_attempted" integer NOT NULL,
	"three_pointers_made" integer NOT NULL,
	"turnovers" integer NOT NULL,
	"blocks_received" integer,
	"field_goals_percentage" double precision,
	"fouls_drawn" integer,
	"fouls_offensive" integer,
	"fouls_technical" integer,
	"free_throws_percentage" double precision,
	"points_fast_break" integer,
	"points_in_the_paint" integer,
	"points_second_chance" integer,
	"three_pointers_percentage" double precision,
	"two_pointers_attempted" integer,
	"two_pointers_made" integer,
	"two_pointers_percentage" double precision,
	"minus" integer,
	"plus" integer,
	"plus_minus_points" integer,
	CONSTRAINT "nba_player_game_stats_game_id_player_id_pk" PRIMARY KEY("game_id","player_id")
);
--> statement-breakpoint
CREATE TABLE "nba_team_game_stats" (
	"provider" text NOT NULL,
	"provider_id" text NOT NULL,
	"row_hash" "bytea" NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"game_id" text NOT NULL,
	"team_id" text NOT NULL,
	"is_home" boolean NOT NULL,
	"score" integer NOT NULL,
	"minutes" interval,
	"time_leading" interval,
	"assists" integer NOT NULL,
	"blocks" integer NOT NULL,
	"field_goals_attempted" integer NOT NULL,
	"field_goals_made" integer NOT NULL,
	"fouls_personal" integer NOT NULL,
	"free_throws_attempted" integer NOT NULL,
	"free_throws_made" integer NOT NULL,
	"points" integer NOT NULL,
	"rebounds_defensive" integer NOT NULL,
	"rebounds_offensive" integer NOT NULL,
	"rebounds_total" integer NOT NULL,
	"steals" integer NOT NULL,
	"three_pointers_attempted" integer NOT NULL,
	"three_pointers_made" integer NOT NULL,
	"turnovers" integer NOT NULL,
	"blocks_received" integer,
	"field_goals_percentage" double precision,
	"fouls_drawn" integer,
	"fouls_offensive" integer,
	"fouls_technical" integer,
	"free_throws_percentage" double precision,
	"points_fast_break" integer,
	"points_in_the_paint" integer,
	"points_second_chance" integer,
	"three_pointers_percentage" double precision,
	"two_pointers_attempted" integer,
	"two_pointers_made" integer,
	"two_pointers_percentage" double precision,
	"assists_turnover_ratio" double precision,
	"bench_points" integer,
	"biggest_lead" integer,
	"biggest_scoring_run" integer,
	"fast_break_points_attempted" integer,
	"fast_break_points_made" integer,
	"fast_break_points_percentage" double precision,
	"field_goals_effective_adjusted" double precision,
	"fouls_team" integer,
	"fouls_team_technical" integer,
	"lead_changes" integer,
	"points_against" integer,
	"points_from_turnovers" integer,
	"points_in_the_paint_attempted" integer,
	"points_in_the_paint_made" integer,
	"points_in_the_paint_percentage" double precision,
	"rebounds_personal" integer,
	"rebounds_team" integer,
	"rebounds_team_defensive" integer,
	"rebounds_team_offensive" integer,
	"second_chance_points_attempted" integer,
	"second_chance_points_made" integer,
	"second_chance_points_percentage" double precision,
	"team_field_goal_attempts" integer,
	"times_tied" integer,
	"true_shooting_attempts" double precision,
	"true_shooting_percentage" double precision,
	"turnovers_team" integer,
	"turnovers_total" integer,
	CONSTRAINT "nba_team_game_stats_game_id_team_id_pk" PRIMARY KEY("game_id","team_id")
);
--> statement-breakpoint
CREATE UNIQUE INDEX "dead_letters_open" ON "dead_letters" USING btree ("sport","dataset","item") WHERE status = 'open';--> statement-breakpoint
CREATE INDEX "payloads_age" ON "payloads" USING btree ("fetched_at");--> statement-breakpoint
CREATE INDEX "ingest_runs_recent" ON "ingest_runs" USING btree ("job","sport","id");--> statement-breakpoint
CREATE INDEX "ingest_watermark_history_key" ON "ingest_watermark_history" USING btree ("stage","key","id");--> statement-breakpoint
CREATE INDEX "games_by_day" ON "games" USING btree ("sport","game_date");--> statement-breakpoint
CREATE INDEX "games_by_status" ON "games" USING btree ("sport","status","game_date");--> statement-breakpoint
CREATE INDEX "nba_player_game_stats_player" ON "nba_player_game_stats" USING btree ("player_id");--> statement-breakpoint
CREATE VIEW "public"."game_stats" AS (
  select 'nba'::text as sport, g.season, s.game_id, s.player_id, s.team_id, s.updated_at, s.points
  from nba_player_game_stats s join games g on g.sport = 'nba' and g.provider_id = s.game_id);