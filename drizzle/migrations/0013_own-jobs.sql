CREATE TABLE "ingest_run_logs" (
	"run_id" bigint PRIMARY KEY NOT NULL,
	"text" text NOT NULL
);
--> statement-breakpoint
ALTER TABLE "ingest_runs" ALTER COLUMN "sport" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "ingest_runs" ADD COLUMN "watermark_noted" text;--> statement-breakpoint
ALTER TABLE "ingest_runs" ADD COLUMN "lease_token" bigint;