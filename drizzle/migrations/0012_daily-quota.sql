ALTER TABLE "ingest_rate_budgets" ADD COLUMN "counted_day" date;--> statement-breakpoint
ALTER TABLE "ingest_rate_budgets" ADD COLUMN "counted" integer DEFAULT 0 NOT NULL;