CREATE SEQUENCE "public"."ingest_stats_generation" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;--> statement-breakpoint
CREATE TABLE "ingest_stats_line_changes" (
	"sport" text NOT NULL,
	"generation" integer NOT NULL,
	"season" text,
	"player_id" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
-- What was computed before is computed anew.
DELETE FROM "ingest_stats_state";--> statement-breakpoint
ALTER TABLE "ingest_stats_state" ALTER COLUMN "snapshot" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "ingest_stats_state" ALTER COLUMN "database" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "ingest_stats_state" ADD COLUMN "generation" integer NOT NULL;--> statement-breakpoint
ALTER TABLE "ingest_stats_changes" DROP COLUMN "player_id";--> statement-breakpoint
CREATE INDEX "ingest_stats_sums_player" ON "ingest_stats_sums" USING btree ("player_id");--> statement-breakpoint
-- Whose lines have changed is known once the lines are stored: an event, or a season, is noted once.
CREATE OR REPLACE FUNCTION "ingest_note_nba_lines"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
	IF tg_op <> 'INSERT' THEN
		INSERT INTO ingest_stats_changes (sport, event_id) SELECT DISTINCT 'nba', game_id FROM old_rows;
	END IF;
	IF tg_op <> 'DELETE' THEN
		INSERT INTO ingest_stats_changes (sport, event_id) SELECT DISTINCT 'nba', game_id FROM new_rows;
	END IF;
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE OR REPLACE FUNCTION "ingest_note_nfl_lines"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
	IF tg_op <> 'INSERT' THEN
		INSERT INTO ingest_stats_changes (sport, season) SELECT DISTINCT 'nfl', season::text FROM old_rows;
	END IF;
	IF tg_op <> 'DELETE' THEN
		INSERT INTO ingest_stats_changes (sport, season) SELECT DISTINCT 'nfl', season::text FROM new_rows;
	END IF;
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE OR REPLACE FUNCTION "ingest_note_runners"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
	IF tg_op <> 'INSERT' THEN
		INSERT INTO ingest_stats_changes (sport, event_id) SELECT DISTINCT 'racing', race_id FROM old_rows;
	END IF;
	IF tg_op <> 'DELETE' THEN
		INSERT INTO ingest_stats_changes (sport, event_id) SELECT DISTINCT 'racing', race_id FROM new_rows;
	END IF;
	RETURN NULL;
END $$;--> statement-breakpoint
DROP VIEW "public"."performances";--> statement-breakpoint
CREATE VIEW "public"."performances" AS (select 'nba'::text as sport, g.season as season, g.season_type as stage, case when g.season_type = 'regular' then case when case g.season
  when '1998-99' then g.game_date >= date '1999-03-21'
  when '2011-12' then g.game_date >= date '2012-02-24'
  when '2020-21' then g.game_date >= date '2021-03-05'
  else extract(month from g.game_date) * 100 + extract(day from g.game_date) between 116 and 930 end then 2 else 1 end end as half, s.game_id as event_id,
  g.game_date as event_date, s.player_id as player_id, s.team_id as team_id, coalesce(g.status = 'final', false) as is_complete, case s.team_id when g.home_team_id then g.home_score > g.away_score when g.away_team_id then g.away_score > g.home_score end as won,
  (100 * s.points) / 100.0::double precision as points, ((100 * s.points + 40 * s.field_goals_made - 70 * s.field_goals_attempted
  - 40 * (s.free_throws_attempted - s.free_throws_made) + 70 * s.rebounds_offensive + 30 * s.rebounds_defensive
  + 100 * s.steals + 70 * s.assists + 70 * s.blocks - 40 * s.fouls_personal - 100 * s.turnovers)) / 100.0::double precision as rating,
  jsonb_build_object('rebounds', s.rebounds_total, 'assists', s.assists, 'steals', s.steals, 'blocks', s.blocks, 'turnovers', s.turnovers, 'field_goals_made', s.field_goals_made, 'three_pointers_made', s.three_pointers_made, 'free_throws_made', s.free_throws_made) as measures
from nba_player_game_stats s join games g on g.sport = 'nba' and g.provider_id = s.game_id
where s.played
union all
select 'nfl'::text as sport, g.label as season, g.season_type as stage, g.half as half, g.game_id as event_id,
  g.game_date as event_date, s.player_id as player_id, s.team as team_id, coalesce(g.status = 'final', false) as is_complete, g.won as won,
  ((4 * (coalesce(s.passing_yards, 0)) + 400 * (coalesce(s.passing_tds, 0)) - 200 * (coalesce(s.passing_interceptions, 0))
  + 10 * (coalesce(s.rushing_yards, 0) + coalesce(s.receiving_yards, 0)) + 600 * (coalesce(s.rushing_tds, 0) + coalesce(s.receiving_tds, 0) + coalesce(s.special_teams_tds, 0))
  + 200 * (coalesce(s.passing_2pt_conversions, 0) + coalesce(s.rushing_2pt_conversions, 0) + coalesce(s.receiving_2pt_conversions, 0))
  - 200 * (coalesce(s.sack_fumbles_lost, 0) + coalesce(s.rushing_fumbles_lost, 0) + coalesce(s.receiving_fumbles_lost, 0)) + 100 * (coalesce(s.receptions, 0)))) / 100.0::double precision as points, (round((coalesce(s.passing_epa, 0) + coalesce(s.rushing_epa, 0) + coalesce(s.receiving_epa, 0)) * 100)::int) / 100.0::double precision as rating,
  jsonb_build_object('passing_yards', s.passing_yards, 'passing_tds', s.passing_tds, 'passing_interceptions', s.passing_interceptions, 'rushing_yards', s.rushing_yards, 'rushing_tds', s.rushing_tds, 'receptions', s.receptions, 'receiving_yards', s.receiving_yards, 'receiving_tds', s.receiving_tds) as measures
from nfl_player_game_stats s
    left join (
  select n.*, n.season::text as label, g.season_type, g.game_date, g.status,
    case n.team when g.home_team_id then g.home_score > g.away_score when g.away_team_id then g.away_score > g.home_score end as won,
    case when g.season_type <> 'regular' then null when n.week > case when n.season >= 2021 then 9 else 8 end then 2 else 1 end as half
  from (
  select game_id, season, week, home_team_id as team from nfl_games
  union select game_id, season, week, away_team_id from nfl_games) n join games g on g.sport = 'nfl' and g.provider_id = n.game_id
  offset 0) g on g.season = s.season and g.week = s.week and g.team = s.team
where left(s.player_id, 5) <> 'team:'
union all
select 'racing'::text as sport, g.season as season, 'regular'::text as stage, case when extract(month from g.race_date) > 6 then 2 else 1 end as half, s.race_id as event_id,
  g.race_date as event_date, s.horse_id as player_id, s.trainer_id as team_id, coalesce(g.status = 'final', false) as is_complete, coalesce(s.finished and s.position is not null and s.position = 1, false) as won,
  (round(coalesce(s.prize, 0) * 100)::bigint) / 100.0::double precision as points, (case when s.finished and s.position is not null then round(10000.0 * greatest(f.size - s.position, 0) / (f.size - 1))::int else 0 end) / 100.0::double precision as rating,
  jsonb_build_object('wins', (s.finished and s.position is not null and s.position = 1)::int, 'places', (s.finished and s.position is not null and s.position <= 3)::int, 'finishes', s.finished::int, 'racing_post_rating', s.racing_post_rating) as measures
from runners s join races g on g.provider_id = s.race_id
    cross join lateral (select count(*)::int as size from runners o where o.race_id = s.race_id and o.ran) f
where s.ran and f.size > 1);
