CREATE TABLE "ingest_rate_budgets" (
	"provider" text PRIMARY KEY NOT NULL,
	"slot" bigint NOT NULL,
	"slot_at" timestamp with time zone NOT NULL,
	"gap_ms" double precision NOT NULL,
	"late_ms" double precision NOT NULL,
	"live_share" integer NOT NULL,
	"next_slot" bigint NOT NULL,
	"next_live_slot" bigint NOT NULL,
	"live_seen_at" timestamp with time zone,
	"paused_until" timestamp with time zone
);
