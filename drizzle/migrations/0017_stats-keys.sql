DROP VIEW "public"."performances";--> statement-breakpoint
DROP INDEX "half_season_stats_player";--> statement-breakpoint
DROP INDEX "season_stats_player";--> statement-breakpoint
ALTER TABLE "half_season_stats" DROP CONSTRAINT "half_season_stats_sport_season_half_player_id_pk";--> statement-breakpoint
ALTER TABLE "season_stats" DROP CONSTRAINT "season_stats_sport_season_stage_player_id_pk";--> statement-breakpoint
ALTER TABLE "half_season_stats" ADD CONSTRAINT "half_season_stats_sport_player_id_season_half_pk" PRIMARY KEY("sport","player_id","season","half");--> statement-breakpoint
ALTER TABLE "season_stats" ADD CONSTRAINT "season_stats_sport_player_id_season_stage_pk" PRIMARY KEY("sport","player_id","season","stage");--> statement-breakpoint
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
  union all select game_id, season, week, away_team_id from nfl_games) n join games g on g.sport = 'nfl' and g.provider_id = n.game_id
  offset 0) g on g.season = s.season and g.week = s.week and g.team = s.team
where left(s.player_id, 5) <> 'team:'
union all
select 'racing'::text as sport, g.season as season, 'regular'::text as stage, case when extract(month from g.race_date) > 6 then 2 else 1 end as half, s.race_id as event_id,
  g.race_date as event_date, s.horse_id as player_id, s.trainer_id as team_id, coalesce(g.status = 'final', false) as is_complete, coalesce(s.finished and s.position is not null and s.position = 1, false) as won,
  (round(coalesce(s.prize, 0) * 100)::bigint) / 100.0::double precision as points, (case when s.finished and s.position is not null then round(10000.0 * greatest(f.size - s.position, 0) / (f.size - 1))::int else 0 end) / 100.0::double precision as rating,
  jsonb_build_object('wins', (s.finished and s.position is not null and s.position = 1)::int, 'places', (s.finished and s.position is not null and s.position <= 3)::int, 'finishes', s.finished::int, 'racing_post_rating', s.racing_post_rating) as measures
from runners s join races g on g.provider_id = s.race_id
    cross join lateral (select count(*)::int as size from runners o where o.race_id = s.race_id and o.ran) f
where s.ran and f.size > 1);--> statement-breakpoint
-- Files have tens of thousands of lines: their import would be a tenth slower if the server kept them for a trigger. It says of which season
-- they are; whoever else inserts lines has all seasons computed anew.
CREATE FUNCTION "ingest_note_nfl_insert"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
	INSERT INTO ingest_stats_changes (sport, season) VALUES ('nfl', nullif(current_setting('sports_ingest.season', true), ''));
	RETURN NULL;
END $$;--> statement-breakpoint
DROP TRIGGER "ingest_note_insert" ON "nfl_player_game_stats";--> statement-breakpoint
CREATE TRIGGER "ingest_note_insert" AFTER INSERT ON "nfl_player_game_stats" FOR EACH STATEMENT EXECUTE FUNCTION ingest_note_nfl_insert();
