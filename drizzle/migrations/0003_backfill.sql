CREATE TABLE "ingest_settled" (
	"stage" text NOT NULL,
	"key" text NOT NULL,
	"item" text NOT NULL,
	CONSTRAINT "ingest_settled_stage_key_item_pk" PRIMARY KEY("stage","key","item")
);
--> statement-breakpoint
ALTER TABLE "ingest_watermark_history" ALTER COLUMN "value" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "ingest_runs" ADD COLUMN "season" text;