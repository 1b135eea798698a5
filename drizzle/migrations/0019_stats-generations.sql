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
END $$;
