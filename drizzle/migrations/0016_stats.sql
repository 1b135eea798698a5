CREATE TABLE "ingest_stats_changes" (
	"sport" text NOT NULL,
	"season" text,
	"event_id" text,
	"player_id" text,
	"transaction" "xid8" DEFAULT pg_current_xact_id() NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ingest_stats_state" (
	"function" text NOT NULL,
	"sport" text NOT NULL,
	"snapshot" "pg_snapshot" NOT NULL,
	"database" text NOT NULL,
	"version" text NOT NULL,
	"is_full" boolean NOT NULL,
	"rows" integer NOT NULL,
	"duration_ms" integer NOT NULL,
	"ran_at" timestamp with time zone NOT NULL,
	CONSTRAINT "ingest_stats_state_function_sport_pk" PRIMARY KEY("function","sport")
);
--> statement-breakpoint
CREATE TABLE "all_time_stats" (
	"sport" text NOT NULL,
	"stage" text NOT NULL,
	"player_id" text NOT NULL,
	"seasons" integer NOT NULL,
	"team_id" text,
	"events" integer NOT NULL,
	"wins" integer NOT NULL,
	"points" numeric(16, 2) NOT NULL,
	"points_per_event" numeric(16, 2) NOT NULL,
	"best_points" numeric(16, 2) NOT NULL,
	"rating" numeric(16, 2) NOT NULL,
	"totals" jsonb NOT NULL,
	"first_date" date NOT NULL,
	"last_date" date NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "all_time_stats_sport_player_id_stage_pk" PRIMARY KEY("sport","player_id","stage")
);
--> statement-breakpoint
CREATE TABLE "half_season_stats" (
	"sport" text NOT NULL,
	"season" text NOT NULL,
	"half" integer NOT NULL,
	"player_id" text NOT NULL,
	"team_id" text,
	"events" integer NOT NULL,
	"wins" integer NOT NULL,
	"points" numeric(16, 2) NOT NULL,
	"points_per_event" numeric(16, 2) NOT NULL,
	"best_points" numeric(16, 2) NOT NULL,
	"rating" numeric(16, 2) NOT NULL,
	"totals" jsonb NOT NULL,
	"first_date" date NOT NULL,
	"last_date" date NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "half_season_stats_sport_season_half_player_id_pk" PRIMARY KEY("sport","season","half","player_id")
);
--> statement-breakpoint
CREATE TABLE "hall_of_fame" (
	"sport" text NOT NULL,
	"category" text NOT NULL,
	"player_id" text NOT NULL,
	"rank" integer NOT NULL,
	"value" numeric(16, 2) NOT NULL,
	"events" integer NOT NULL,
	"season" text,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "hall_of_fame_sport_category_player_id_pk" PRIMARY KEY("sport","category","player_id")
);
--> statement-breakpoint
CREATE TABLE "honour_roll" (
	"sport" text NOT NULL,
	"season" text NOT NULL,
	"honour" text NOT NULL,
	"player_id" text NOT NULL,
	"event_id" text NOT NULL,
	"value" numeric(16, 2) NOT NULL,
	"events" integer NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "honour_roll_sport_season_honour_player_id_event_id_pk" PRIMARY KEY("sport","season","honour","player_id","event_id")
);
--> statement-breakpoint
CREATE TABLE "match_report" (
	"sport" text NOT NULL,
	"event_id" text NOT NULL,
	"season" text NOT NULL,
	"stage" text NOT NULL,
	"event_date" date NOT NULL,
	"performers" integer NOT NULL,
	"points" numeric(16, 2) NOT NULL,
	"facts" jsonb NOT NULL,
	"best" jsonb NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "match_report_sport_event_id_pk" PRIMARY KEY("sport","event_id")
);
--> statement-breakpoint
CREATE TABLE "personal_bests" (
	"sport" text NOT NULL,
	"player_id" text NOT NULL,
	"measure" text NOT NULL,
	"value" numeric(16, 2) NOT NULL,
	"event_id" text NOT NULL,
	"event_date" date NOT NULL,
	"times" integer NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "personal_bests_sport_player_id_measure_pk" PRIMARY KEY("sport","player_id","measure")
);
--> statement-breakpoint
CREATE TABLE "player_power_rating" (
	"sport" text NOT NULL,
	"player_id" text NOT NULL,
	"rating" numeric(16, 2) NOT NULL,
	"events" integer NOT NULL,
	"weight" numeric(16, 2) NOT NULL,
	"last_date" date NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "player_power_rating_sport_player_id_pk" PRIMARY KEY("sport","player_id")
);
--> statement-breakpoint
CREATE TABLE "player_profile_stats" (
	"sport" text NOT NULL,
	"player_id" text NOT NULL,
	"seasons" integer NOT NULL,
	"events" integer NOT NULL,
	"wins" integer NOT NULL,
	"points" numeric(16, 2) NOT NULL,
	"points_per_event" numeric(16, 2) NOT NULL,
	"rating" numeric(16, 2) NOT NULL,
	"first_date" date NOT NULL,
	"last_date" date NOT NULL,
	"best_season" text NOT NULL,
	"best_season_points" numeric(16, 2) NOT NULL,
	"team_id" text,
	"teams" jsonb NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "player_profile_stats_sport_player_id_pk" PRIMARY KEY("sport","player_id")
);
--> statement-breakpoint
CREATE TABLE "recent_performance" (
	"sport" text NOT NULL,
	"player_id" text NOT NULL,
	"events" integer NOT NULL,
	"points_per_event" numeric(16, 2) NOT NULL,
	"rating" numeric(16, 2) NOT NULL,
	"trend" numeric(16, 2),
	"form" jsonb NOT NULL,
	"last_date" date NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "recent_performance_sport_player_id_pk" PRIMARY KEY("sport","player_id")
);
--> statement-breakpoint
CREATE TABLE "season_race_data" (
	"sport" text NOT NULL,
	"season" text NOT NULL,
	"player_id" text NOT NULL,
	"week" integer NOT NULL,
	"week_ends" date NOT NULL,
	"points" numeric(16, 2) NOT NULL,
	"rank" integer NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "season_race_data_sport_season_player_id_week_pk" PRIMARY KEY("sport","season","player_id","week")
);
--> statement-breakpoint
CREATE TABLE "season_stats" (
	"sport" text NOT NULL,
	"season" text NOT NULL,
	"stage" text NOT NULL,
	"player_id" text NOT NULL,
	"team_id" text,
	"events" integer NOT NULL,
	"wins" integer NOT NULL,
	"points" numeric(16, 2) NOT NULL,
	"points_per_event" numeric(16, 2) NOT NULL,
	"best_points" numeric(16, 2) NOT NULL,
	"rating" numeric(16, 2) NOT NULL,
	"totals" jsonb NOT NULL,
	"first_date" date NOT NULL,
	"last_date" date NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "season_stats_sport_season_stage_player_id_pk" PRIMARY KEY("sport","season","stage","player_id")
);
--> statement-breakpoint
DROP VIEW "public"."game_stats";--> statement-breakpoint
CREATE INDEX "half_season_stats_player" ON "half_season_stats" USING btree ("sport","player_id");--> statement-breakpoint
CREATE INDEX "match_report_season" ON "match_report" USING btree ("sport","season");--> statement-breakpoint
CREATE INDEX "season_stats_player" ON "season_stats" USING btree ("sport","player_id");--> statement-breakpoint
CREATE VIEW "public"."performances" AS (select 'nba'::text as sport, g.season as season, g.season_type as stage, case when g.season_type = 'regular' then case when case g.season
  when '1998-99' then g.game_date >= date '1999-03-21'
  when '2011-12' then g.game_date >= date '2012-02-24'
  when '2020-21' then g.game_date >= date '2021-03-05'
  else extract(month from g.game_date) * 100 + extract(day from g.game_date) between 116 and 930 end then 2 else 1 end end as half, s.game_id as event_id,
  g.game_date as event_date, s.player_id as player_id, s.team_id as team_id, g.status = 'final' as is_complete, case s.team_id when g.home_team_id then g.home_score > g.away_score when g.away_team_id then g.away_score > g.home_score end as won,
  (100 * s.points) / 100.0::double precision as points, ((100 * s.points + 40 * s.field_goals_made - 70 * s.field_goals_attempted
  - 40 * (s.free_throws_attempted - s.free_throws_made) + 70 * s.rebounds_offensive + 30 * s.rebounds_defensive
  + 100 * s.steals + 70 * s.assists + 70 * s.blocks - 40 * s.fouls_personal - 100 * s.turnovers)) / 100.0::double precision as rating,
  jsonb_build_object('rebounds', s.rebounds_total, 'assists', s.assists, 'steals', s.steals, 'blocks', s.blocks, 'turnovers', s.turnovers, 'field_goals_made', s.field_goals_made, 'three_pointers_made', s.three_pointers_made, 'free_throws_made', s.free_throws_made) as measures
from nba_player_game_stats s join games g on g.sport = 'nba' and g.provider_id = s.game_id
where s.played
union all
select 'nfl'::text as sport, s.season::text as season, g.season_type as stage, case when g.season_type = 'regular' then case when s.week > case when s.season >= 2021 then 9 else 8 end then 2 else 1 end end as half, n.game_id as event_id,
  g.game_date as event_date, s.player_id as player_id, s.team as team_id, g.status = 'final' as is_complete, case s.team when g.home_team_id then g.home_score > g.away_score when g.away_team_id then g.away_score > g.home_score end as won,
  ((4 * (coalesce(s.passing_yards, 0)) + 400 * (coalesce(s.passing_tds, 0)) - 200 * (coalesce(s.passing_interceptions, 0))
  + 10 * (coalesce(s.rushing_yards, 0) + coalesce(s.receiving_yards, 0)) + 600 * (coalesce(s.rushing_tds, 0) + coalesce(s.receiving_tds, 0) + coalesce(s.special_teams_tds, 0))
  + 200 * (coalesce(s.passing_2pt_conversions, 0) + coalesce(s.rushing_2pt_conversions, 0) + coalesce(s.receiving_2pt_conversions, 0))
  - 200 * (coalesce(s.sack_fumbles_lost, 0) + coalesce(s.rushing_fumbles_lost, 0) + coalesce(s.receiving_fumbles_lost, 0)) + 100 * (coalesce(s.receptions, 0)))) / 100.0::double precision as points, (round((coalesce(s.passing_epa, 0) + coalesce(s.rushing_epa, 0) + coalesce(s.receiving_epa, 0)) * 100)::int) / 100.0::double precision as rating,
  jsonb_build_object('passing_yards', s.passing_yards, 'passing_tds', s.passing_tds, 'passing_interceptions', s.passing_interceptions, 'rushing_yards', s.rushing_yards, 'rushing_tds', s.rushing_tds, 'receptions', s.receptions, 'receiving_yards', s.receiving_yards, 'receiving_tds', s.receiving_tds) as measures
from nfl_player_game_stats s
    join (
  select game_id, season, week, home_team_id as team from nfl_games
  union all select game_id, season, week, away_team_id from nfl_games) n on n.season = s.season and n.week = s.week and n.team = s.team
    join games g on g.sport = 'nfl' and g.provider_id = n.game_id
where left(s.player_id, 5) <> 'team:'
union all
select 'racing'::text as sport, g.season as season, 'regular'::text as stage, case when extract(month from g.race_date) > 6 then 2 else 1 end as half, s.race_id as event_id,
  g.race_date as event_date, s.horse_id as player_id, s.trainer_id as team_id, g.status = 'final' as is_complete, coalesce(s.finished and s.position is not null and s.position = 1, false) as won,
  (round(coalesce(s.prize, 0) * 100)::bigint) / 100.0::double precision as points, (case when s.finished and s.position is not null then round(10000.0 * greatest(f.size - s.position, 0) / (f.size - 1))::int else 0 end) / 100.0::double precision as rating,
  jsonb_build_object('wins', (s.finished and s.position is not null and s.position = 1)::int, 'places', (s.finished and s.position is not null and s.position <= 3)::int, 'finishes', s.finished::int, 'racing_post_rating', s.racing_post_rating) as measures
from runners s join races g on g.provider_id = s.race_id
    cross join lateral (select count(*)::int as size from runners o where o.race_id = s.race_id and o.ran) f
where s.ran and f.size > 1);--> statement-breakpoint
CREATE VIEW "public"."game_stats" AS (
  select 'nba'::text as sport, g.season, s.game_id, s.player_id, s.team_id, s.updated_at, s.points::double precision as points
  from nba_player_game_stats s join games g on g.sport = 'nba' and g.provider_id = s.game_id
  union all
  select 'nfl', s.season::text, g.game_id, s.player_id, s.team, s.updated_at, (4 * (coalesce(s.passing_yards, 0)) + 400 * (coalesce(s.passing_tds, 0)) - 200 * (coalesce(s.passing_interceptions, 0))
  + 10 * (coalesce(s.rushing_yards, 0) + coalesce(s.receiving_yards, 0)) + 600 * (coalesce(s.rushing_tds, 0) + coalesce(s.receiving_tds, 0) + coalesce(s.special_teams_tds, 0))
  + 200 * (coalesce(s.passing_2pt_conversions, 0) + coalesce(s.rushing_2pt_conversions, 0) + coalesce(s.receiving_2pt_conversions, 0))
  - 200 * (coalesce(s.sack_fumbles_lost, 0) + coalesce(s.rushing_fumbles_lost, 0) + coalesce(s.receiving_fumbles_lost, 0)) + 100 * (coalesce(s.receptions, 0))) / 100.0::double precision
  from nfl_player_game_stats s join nfl_games g on g.season = s.season and g.week = s.week and s.team in (g.home_team_id, g.away_team_id)
  union all
  select 'nfl', g.season::text, l.game_id, coalesce(i.player_id, 'espn:' || l.espn_athlete_id), l.team_id, l.updated_at, (4 * (coalesce(l.passing_yards, 0)) + 400 * (coalesce(l.passing_touchdowns, 0))
  - 200 * (coalesce(l.passing_interceptions, 0)) + 10 * (coalesce(l.rushing_yards, 0) + coalesce(l.receiving_yards, 0))
  + 600 * (coalesce(l.rushing_touchdowns, 0) + coalesce(l.receiving_touchdowns, 0) + coalesce(l.kick_return_touchdowns, 0) + coalesce(l.punt_return_touchdowns, 0))
  - 200 * (coalesce(l.fumbles_lost, 0)) + 100 * (coalesce(l.receptions, 0))) / 100.0::double precision
  from nfl_live_lines l join nfl_games g on g.game_id = l.game_id
  left join nfl_player_ids i on i.system = 'espn' and i.id = l.espn_athlete_id
  where not exists (
    select from nfl_player_game_stats s
    where s.season = g.season and s.week = g.week and s.team in (g.home_team_id, g.away_team_id)));--> statement-breakpoint
-- What stats have to be computed anew for, whoever writes: one trigger function for each table, on each kind of statement. Of events only what
-- stats depend on counts, because runs note in each when it was last looked at.
CREATE FUNCTION "ingest_note_games"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
	IF tg_op = 'INSERT' THEN
		INSERT INTO ingest_stats_changes (sport, season, event_id) SELECT sport, season, provider_id FROM new_rows;
	ELSIF tg_op = 'DELETE' THEN
		INSERT INTO ingest_stats_changes (sport, season, event_id) SELECT sport, season, provider_id FROM old_rows;
	ELSE
		WITH before AS (
			SELECT sport, season, provider_id, season_type, game_date, status, period, home_team_id, away_team_id, home_score, away_score FROM old_rows
		), now AS (
			SELECT sport, season, provider_id, season_type, game_date, status, period, home_team_id, away_team_id, home_score, away_score FROM new_rows
		)
		INSERT INTO ingest_stats_changes (sport, season, event_id)
		SELECT DISTINCT sport, season, provider_id FROM ((TABLE before EXCEPT TABLE now) UNION ALL (TABLE now EXCEPT TABLE before)) changed;
	END IF;
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE FUNCTION "ingest_note_nfl_games"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
	IF tg_op = 'INSERT' THEN
		INSERT INTO ingest_stats_changes (sport, season) SELECT DISTINCT 'nfl', season::text FROM new_rows;
	ELSIF tg_op = 'DELETE' THEN
		INSERT INTO ingest_stats_changes (sport, season) SELECT DISTINCT 'nfl', season::text FROM old_rows;
	ELSE
		WITH before AS (
			SELECT season, week, game_id, home_team_id, away_team_id FROM old_rows
		), now AS (
			SELECT season, week, game_id, home_team_id, away_team_id FROM new_rows
		)
		INSERT INTO ingest_stats_changes (sport, season)
		SELECT DISTINCT 'nfl', season::text FROM ((TABLE before EXCEPT TABLE now) UNION ALL (TABLE now EXCEPT TABLE before)) changed;
	END IF;
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE FUNCTION "ingest_note_races"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
	IF tg_op = 'INSERT' THEN
		INSERT INTO ingest_stats_changes (sport, season, event_id) SELECT 'racing', season, provider_id FROM new_rows;
	ELSIF tg_op = 'DELETE' THEN
		INSERT INTO ingest_stats_changes (sport, season, event_id) SELECT 'racing', season, provider_id FROM old_rows;
	ELSE
		WITH before AS (
			SELECT season, provider_id, race_date, status, course, name, distance_yards, going FROM old_rows
		), now AS (
			SELECT season, provider_id, race_date, status, course, name, distance_yards, going FROM new_rows
		)
		INSERT INTO ingest_stats_changes (sport, season, event_id)
		SELECT DISTINCT 'racing', season, provider_id FROM ((TABLE before EXCEPT TABLE now) UNION ALL (TABLE now EXCEPT TABLE before)) changed;
	END IF;
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE FUNCTION "ingest_note_nba_lines"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
	IF tg_op <> 'INSERT' THEN
		INSERT INTO ingest_stats_changes (sport, event_id, player_id) SELECT 'nba', game_id, player_id FROM old_rows;
	END IF;
	IF tg_op <> 'DELETE' THEN
		INSERT INTO ingest_stats_changes (sport, event_id, player_id) SELECT 'nba', game_id, player_id FROM new_rows;
	END IF;
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE FUNCTION "ingest_note_nfl_lines"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
	IF tg_op <> 'INSERT' THEN
		INSERT INTO ingest_stats_changes (sport, season, player_id) SELECT DISTINCT 'nfl', season::text, player_id FROM old_rows;
	END IF;
	IF tg_op <> 'DELETE' THEN
		INSERT INTO ingest_stats_changes (sport, season, player_id) SELECT DISTINCT 'nfl', season::text, player_id FROM new_rows;
	END IF;
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE FUNCTION "ingest_note_runners"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
	IF tg_op <> 'INSERT' THEN
		INSERT INTO ingest_stats_changes (sport, event_id, player_id) SELECT 'racing', race_id, horse_id FROM old_rows;
	END IF;
	IF tg_op <> 'DELETE' THEN
		INSERT INTO ingest_stats_changes (sport, event_id, player_id) SELECT 'racing', race_id, horse_id FROM new_rows;
	END IF;
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE FUNCTION "ingest_note_truncate"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
	INSERT INTO ingest_stats_changes (sport) SELECT unnest(tg_argv);
	RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER "ingest_note_insert" AFTER INSERT ON "games" REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ingest_note_games();--> statement-breakpoint
CREATE TRIGGER "ingest_note_update" AFTER UPDATE ON "games" REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ingest_note_games();--> statement-breakpoint
CREATE TRIGGER "ingest_note_delete" AFTER DELETE ON "games" REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ingest_note_games();--> statement-breakpoint
CREATE TRIGGER "ingest_note_truncate" AFTER TRUNCATE ON "games" FOR EACH STATEMENT EXECUTE FUNCTION ingest_note_truncate('nba', 'nfl');
--> statement-breakpoint
CREATE TRIGGER "ingest_note_insert" AFTER INSERT ON "nfl_games" REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ingest_note_nfl_games();--> statement-breakpoint
CREATE TRIGGER "ingest_note_update" AFTER UPDATE ON "nfl_games" REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ingest_note_nfl_games();--> statement-breakpoint
CREATE TRIGGER "ingest_note_delete" AFTER DELETE ON "nfl_games" REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ingest_note_nfl_games();--> statement-breakpoint
CREATE TRIGGER "ingest_note_truncate" AFTER TRUNCATE ON "nfl_games" FOR EACH STATEMENT EXECUTE FUNCTION ingest_note_truncate('nfl');
--> statement-breakpoint
CREATE TRIGGER "ingest_note_insert" AFTER INSERT ON "races" REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ingest_note_races();--> statement-breakpoint
CREATE TRIGGER "ingest_note_update" AFTER UPDATE ON "races" REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ingest_note_races();--> statement-breakpoint
CREATE TRIGGER "ingest_note_delete" AFTER DELETE ON "races" REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ingest_note_races();--> statement-breakpoint
CREATE TRIGGER "ingest_note_truncate" AFTER TRUNCATE ON "races" FOR EACH STATEMENT EXECUTE FUNCTION ingest_note_truncate('racing');
--> statement-breakpoint
CREATE TRIGGER "ingest_note_insert" AFTER INSERT ON "nba_player_game_stats" REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ingest_note_nba_lines();--> statement-breakpoint
CREATE TRIGGER "ingest_note_update" AFTER UPDATE ON "nba_player_game_stats" REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ingest_note_nba_lines();--> statement-breakpoint
CREATE TRIGGER "ingest_note_delete" AFTER DELETE ON "nba_player_game_stats" REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ingest_note_nba_lines();--> statement-breakpoint
CREATE TRIGGER "ingest_note_truncate" AFTER TRUNCATE ON "nba_player_game_stats" FOR EACH STATEMENT EXECUTE FUNCTION ingest_note_truncate('nba');
--> statement-breakpoint
CREATE TRIGGER "ingest_note_insert" AFTER INSERT ON "nfl_player_game_stats" REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ingest_note_nfl_lines();--> statement-breakpoint
CREATE TRIGGER "ingest_note_update" AFTER UPDATE ON "nfl_player_game_stats" REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ingest_note_nfl_lines();--> statement-breakpoint
CREATE TRIGGER "ingest_note_delete" AFTER DELETE ON "nfl_player_game_stats" REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ingest_note_nfl_lines();--> statement-breakpoint
CREATE TRIGGER "ingest_note_truncate" AFTER TRUNCATE ON "nfl_player_game_stats" FOR EACH STATEMENT EXECUTE FUNCTION ingest_note_truncate('nfl');
--> statement-breakpoint
CREATE TRIGGER "ingest_note_insert" AFTER INSERT ON "runners" REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ingest_note_runners();--> statement-breakpoint
CREATE TRIGGER "ingest_note_update" AFTER UPDATE ON "runners" REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ingest_note_runners();--> statement-breakpoint
CREATE TRIGGER "ingest_note_delete" AFTER DELETE ON "runners" REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ingest_note_runners();--> statement-breakpoint
CREATE TRIGGER "ingest_note_truncate" AFTER TRUNCATE ON "runners" FOR EACH STATEMENT EXECUTE FUNCTION ingest_note_truncate('racing');
