-- A unit has a key of its own, and receipts have one shape. Rows that exist are carried over.
ALTER TABLE "ingest_chunks" ADD COLUMN "unit" text;--> statement-breakpoint
UPDATE "ingest_chunks" SET "unit" = CASE
  WHEN "part" <> '' AND "window_from" = "window_to" THEN 'all'
  WHEN "part" <> '' THEN to_char("window_from", 'YYYY')
  WHEN "window_from" = "window_to" THEN "window_from"::text
  ELSE "window_from" || '..' || "window_to" END;--> statement-breakpoint
UPDATE "ingest_chunks" SET "counts" = CASE
  WHEN "counts" ? 'games' THEN ("counts" - 'games') || jsonb_build_object('items', jsonb_build_array(
    jsonb_build_object('noun', 'games') || ("counts" -> 'games') || jsonb_build_object('settled', 0)))
  WHEN "counts" ? 'written' THEN jsonb_build_object(
    'rows', "counts" -> 'written', 'tables', "counts" -> 'tables', 'findings', "counts" -> 'findings',
    'items', jsonb_build_array(jsonb_build_object('noun', 'rows',
      'asked', ("counts" ->> 'rows')::int + ("counts" ->> 'bad')::int,
      'loaded', "counts" -> 'written' -> 'inserted', 'corrected', "counts" -> 'written' -> 'updated',
      'unchanged', greatest(("counts" ->> 'rows')::int - ("counts" -> 'written' ->> 'inserted')::int - ("counts" -> 'written' ->> 'updated')::int, 0),
      'postponed', 0, 'dead', "counts" -> 'bad', 'settled', 0)))
  ELSE "counts" END;--> statement-breakpoint
ALTER TABLE "ingest_chunks" ALTER COLUMN "unit" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "ingest_chunks" DROP CONSTRAINT "ingest_chunks_run_id_window_from_window_to_part_pk";--> statement-breakpoint
ALTER TABLE "ingest_chunks" ADD CONSTRAINT "ingest_chunks_run_id_unit_part_pk" PRIMARY KEY("run_id","unit","part");--> statement-breakpoint
ALTER TABLE "ingest_files" ADD COLUMN "unit" text;--> statement-breakpoint
-- How a file is read is described in other words since: an empty description counts as the one of now, so that no file is read again.
UPDATE "ingest_files" SET "unit" = coalesce(nullif("season", ''), 'all'), "shape" = '';--> statement-breakpoint
ALTER TABLE "ingest_files" ALTER COLUMN "unit" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "ingest_files" DROP CONSTRAINT "ingest_files_sport_dataset_season_pk";--> statement-breakpoint
ALTER TABLE "ingest_files" ADD CONSTRAINT "ingest_files_sport_dataset_unit_pk" PRIMARY KEY("sport","dataset","unit");--> statement-breakpoint
ALTER TABLE "ingest_files" DROP COLUMN "season";--> statement-breakpoint
-- Rows that the database does not take have an error class of their own since.
UPDATE "dead_letters" SET "error_class" = 'RowError' WHERE "error_class" = 'StoreError';--> statement-breakpoint
ALTER TABLE "ingest_runs" ADD COLUMN "since" date;--> statement-breakpoint
UPDATE "ingest_runs" SET "since" = ("counts" ->> 'since')::date WHERE "counts" ? 'since';--> statement-breakpoint
WITH old AS (
  SELECT "id", "counts" AS c, coalesce("counts" -> 'rows', '{"inserted": 0, "updated": 0, "deleted": 0}') AS rows,
    coalesce("counts" -> 'files', '{}') AS f, coalesce("counts" -> 'chunks', '{}') AS k,
    jsonb_array_length(coalesce("counts" -> 'days', '[]')) AS days, jsonb_array_length(coalesce("counts" -> 'failedDays', '[]')) AS failed_days,
    coalesce(("counts" ->> 'looks')::int, 0) + coalesce(("counts" ->> 'updates')::int, 0) AS cycles
  FROM "ingest_runs"
), parts AS (
  SELECT "id", c, rows,
    CASE
      WHEN c ? 'files' THEN jsonb_build_object('planned', f -> 'asked', 'done', f -> 'loaded', 'unchanged', f -> 'unchanged',
        'missing', f -> 'lacking', 'failed', f -> 'dead', 'pending', f -> 'pending')
      WHEN c ? 'chunks' THEN jsonb_build_object('planned', k -> 'planned', 'done', k -> 'done', 'unchanged', 0, 'missing', 0,
        'failed', k -> 'failed', 'pending', k -> 'pending')
      ELSE jsonb_build_object('planned', days + cycles, 'done', days - failed_days + cycles, 'unchanged', 0, 'missing', 0,
        'failed', failed_days, 'pending', 0)
    END AS units,
    CASE WHEN c ? 'tried' THEN jsonb_build_array(jsonb_build_object('noun', 'letters', 'asked', c -> 'tried', 'loaded', c -> 'resolved',
      'corrected', 0, 'unchanged', 0, 'postponed', 0, 'dead', (c ->> 'tried')::int - (c ->> 'resolved')::int, 'settled', 0)) ELSE '[]' END
    || CASE
      WHEN c ? 'files' THEN jsonb_build_array(jsonb_build_object('noun', 'rows', 'asked', (c ->> 'read')::int + (c ->> 'badRows')::int,
        'loaded', rows -> 'inserted', 'corrected', rows -> 'updated',
        'unchanged', greatest((c ->> 'read')::int - (rows ->> 'inserted')::int - (rows ->> 'updated')::int, 0),
        'postponed', 0, 'dead', c -> 'badRows', 'settled', 0))
      WHEN c ? 'games' THEN jsonb_build_array(jsonb_build_object('noun', 'games') || (c -> 'games')
        || jsonb_build_object('settled', coalesce(c -> 'settled', '0')))
      ELSE '[]'
    END AS items,
    coalesce((SELECT jsonb_agg(jsonb_build_object('unit', coalesce(nullif(one ->> 'season', ''), 'all'), 'dataset', one -> 'dataset',
        'isMissing', one -> 'missing', 'message', one -> 'message') || jsonb_strip_nulls(jsonb_build_object('hint', one -> 'hint')))
      FROM jsonb_array_elements(coalesce(c -> 'failedFiles', '[]')) one), '[]')
    || coalesce((SELECT jsonb_agg(jsonb_build_object('unit', one -> 'day', 'dataset', null, 'isMissing', false, 'message', one -> 'message')
        || jsonb_strip_nulls(jsonb_build_object('hint', one -> 'hint')))
      FROM jsonb_array_elements(coalesce(c -> 'failedDays', '[]')) one), '[]')
    || coalesce((SELECT jsonb_agg(jsonb_build_object(
        'unit', CASE WHEN one ->> 'from' = one ->> 'to' THEN one ->> 'from' ELSE (one ->> 'from') || '..' || (one ->> 'to') END,
        'dataset', null, 'isMissing', false, 'message', one -> 'message') || jsonb_strip_nulls(jsonb_build_object('hint', one -> 'hint')))
      FROM jsonb_array_elements(coalesce(c -> 'failedChunks', '[]')) one), '[]') AS failed
  FROM old
)
UPDATE "ingest_runs" r SET "counts" = jsonb_build_object(
  'job', r."job", 'sport', r."sport", 'run', r."id", 'status', CASE WHEN r."status" = 'done' THEN 'done' ELSE 'failed' END,
  'dryRun', false, 'season', r."season", 'targetDate', r."target_date",
  'from', coalesce(c -> 'from', c -> 'days' -> 0), 'to', coalesce(c -> 'to', c -> 'days' -> -1),
  'units', units, 'items', items, 'rows', rows, 'tables', coalesce(c -> 'tables', '{}'), 'findings', coalesce(c -> 'findings', '[]'),
  'failures', r."failures", 'failed', failed, 'requests', coalesce(c -> 'requests', '0'),
  'watermarks', CASE
    WHEN c ? 'watermarks' THEN coalesce((SELECT jsonb_agg(w || jsonb_build_object('waitsFor', null)) FROM jsonb_array_elements(c -> 'watermarks') w), '[]')
    WHEN r."job" = 'daily' THEN jsonb_build_array(jsonb_build_object('stage', 'schedule', 'key', 'daily:' || r."sport",
      'before', r."watermark_before", 'after', r."watermark_after", 'waitsFor', null))
    WHEN r."job" = 'backfill' AND r."season" IS NOT NULL THEN jsonb_build_array(jsonb_build_object('stage', 'backfill',
      'key', r."sport" || ':' || r."season", 'before', r."watermark_before", 'after', r."watermark_after", 'waitsFor', c -> 'waitsFor'))
    ELSE '[]' END,
  'stillOpen', coalesce(c -> 'letters', c -> 'givenUp', to_jsonb((c ->> 'tried')::int - (c ->> 'resolved')::int), '0'),
  'startedAt', to_char(r."started_at" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
  'durationMs', coalesce(c -> 'durationMs', to_jsonb(round(extract(epoch FROM coalesce(r."finished_at", r."started_at") - r."started_at") * 1000)))
) || CASE WHEN c ? 'looks' THEN jsonb_build_object('live', jsonb_build_object('mode', 'update', 'why', '', 'nextPollAt',
    to_char(coalesce(r."finished_at", r."started_at") AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'polls', c -> 'looks',
    'updates', c -> 'updates', 'changed', c -> 'moved', 'finals', c -> 'finals', 'incidents', c -> 'incidents')) ELSE '{}' END
FROM parts p WHERE p."id" = r."id";
