CREATE TABLE "ingest_incidents" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "ingest_incidents_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"kind" text NOT NULL,
	"key" text NOT NULL,
	"facts" jsonb NOT NULL,
	"opened_at" timestamp with time zone NOT NULL,
	"seen_at" timestamp with time zone NOT NULL,
	"recovered_at" timestamp with time zone,
	"recovery" text
);
--> statement-breakpoint
DROP INDEX "ingest_outbox_unsent";--> statement-breakpoint
ALTER TABLE "ingest_outbox" ALTER COLUMN "sport" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "ingest_outbox" ALTER COLUMN "tags" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "ingest_outbox" ADD COLUMN "channel" text DEFAULT 'cache' NOT NULL;--> statement-breakpoint
ALTER TABLE "ingest_outbox" ADD COLUMN "message" jsonb;--> statement-breakpoint
CREATE UNIQUE INDEX "ingest_incidents_open" ON "ingest_incidents" USING btree ("kind","key") WHERE recovered_at is null;--> statement-breakpoint
CREATE INDEX "ingest_outbox_unsent" ON "ingest_outbox" USING btree ("channel","sport","id") WHERE sent_at is null;