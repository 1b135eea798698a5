CREATE TABLE "ingest_occurrences" (
	"job" text NOT NULL,
	"due_at" timestamp with time zone NOT NULL,
	"status" text NOT NULL,
	"reason" text,
	"by" timestamp with time zone,
	"runs" jsonb NOT NULL,
	"failures" integer,
	"message" text,
	"token" bigint,
	"host" text,
	"pid" integer,
	"decided_at" timestamp with time zone NOT NULL,
	"started_at" timestamp with time zone,
	"finished_at" timestamp with time zone,
	CONSTRAINT "ingest_occurrences_job_due_at_pk" PRIMARY KEY("job","due_at")
);
--> statement-breakpoint
CREATE TABLE "ingest_schedules" (
	"job" text PRIMARY KEY NOT NULL,
	"frequency" text NOT NULL,
	"timezone" text NOT NULL,
	"decided_until" timestamp with time zone NOT NULL,
	"first_seen_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "ingest_occurrences_open" ON "ingest_occurrences" USING btree ("job","status");