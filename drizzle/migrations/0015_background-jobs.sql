CREATE TABLE "background_job_status" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "background_job_status_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"kind" text NOT NULL,
	"status" text NOT NULL,
	"priority" integer NOT NULL,
	"triggered_by" text NOT NULL,
	"request_id" text,
	"payload" jsonb NOT NULL,
	"results" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"retry_count" integer DEFAULT 0 NOT NULL,
	"worker_id" text,
	"lease" text,
	"message" uuid DEFAULT gen_random_uuid() NOT NULL,
	"merge_key" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"due_at" timestamp with time zone DEFAULT now() NOT NULL,
	"sent_at" timestamp with time zone,
	"started_at" timestamp with time zone,
	"completed_at" timestamp with time zone,
	"last_error" text,
	CONSTRAINT "background_job_status_request" UNIQUE("request_id"),
	CONSTRAINT "background_job_status_message" UNIQUE("message")
);
--> statement-breakpoint
CREATE UNIQUE INDEX "background_job_status_merge" ON "background_job_status" USING btree ("merge_key") WHERE status = 'queued';--> statement-breakpoint
CREATE INDEX "background_job_status_due" ON "background_job_status" USING btree ("due_at") WHERE status = 'queued';--> statement-breakpoint
CREATE INDEX "background_job_status_held" ON "background_job_status" USING btree ("lease") WHERE status = 'processing';