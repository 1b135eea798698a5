ALTER TABLE "ingest_leases" ALTER COLUMN "backend_pid" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "ingest_leases" ALTER COLUMN "backend_start" DROP NOT NULL;