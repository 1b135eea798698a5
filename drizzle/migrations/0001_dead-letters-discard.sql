ALTER TABLE "dead_letters" ADD COLUMN "discarded_by" text;--> statement-breakpoint
ALTER TABLE "dead_letters" ADD COLUMN "discarded_reason" text;--> statement-breakpoint
ALTER TABLE "dead_letters" ADD COLUMN "discarded_at" timestamp with time zone;