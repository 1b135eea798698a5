CREATE TABLE "ingest_heartbeats" (
	"name" text PRIMARY KEY NOT NULL,
	"sport" text NOT NULL,
	"host" text NOT NULL,
	"pid" integer NOT NULL,
	"mode" text NOT NULL,
	"why" text NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"beat_at" timestamp with time zone NOT NULL,
	"next_look_at" timestamp with time zone,
	"refreshed_at" timestamp with time zone,
	"last_error" text,
	"incident_since" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "ingest_outbox" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "ingest_outbox_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"sport" text NOT NULL,
	"tags" jsonb NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"sent_at" timestamp with time zone,
	"attempts" integer NOT NULL,
	"due_at" timestamp with time zone NOT NULL,
	"last_error" text
);
--> statement-breakpoint
CREATE INDEX "ingest_outbox_unsent" ON "ingest_outbox" USING btree ("sport","id") WHERE sent_at is null;