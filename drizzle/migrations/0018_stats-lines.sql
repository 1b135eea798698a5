CREATE TABLE "ingest_stats_lines" (
	"sport" text NOT NULL,
	"season" text NOT NULL,
	"stage" text NOT NULL,
	"half" integer,
	"event_id" text NOT NULL,
	"event_date" date NOT NULL,
	"player_id" text NOT NULL,
	"team_id" text,
	"won" integer NOT NULL,
	"points" bigint NOT NULL,
	"rating" integer NOT NULL,
	"m1" integer,
	"m2" integer,
	"m3" integer,
	"m4" integer,
	"m5" integer,
	"m6" integer,
	"m7" integer,
	"m8" integer
);
--> statement-breakpoint
CREATE TABLE "ingest_stats_sums" (
	"sport" text NOT NULL,
	"season" text NOT NULL,
	"stage" text NOT NULL,
	"half" integer NOT NULL,
	"player_id" text NOT NULL,
	"team_id" text NOT NULL,
	"events" integer NOT NULL,
	"wins" integer NOT NULL,
	"points" bigint NOT NULL,
	"best" bigint NOT NULL,
	"rating" integer NOT NULL,
	"first_date" date NOT NULL,
	"last_date" date NOT NULL,
	"m1" integer,
	"m2" integer,
	"m3" integer,
	"m4" integer,
	"m5" integer,
	"m6" integer,
	"m7" integer,
	"m8" integer
);
--> statement-breakpoint
CREATE INDEX "ingest_stats_lines_season" ON "ingest_stats_lines" USING brin ("sport","season");--> statement-breakpoint
CREATE INDEX "ingest_stats_sums_season" ON "ingest_stats_sums" USING brin ("sport","season");