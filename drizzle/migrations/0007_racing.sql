CREATE TABLE "bookmakers" (
	"provider" text NOT NULL,
	"provider_id" text NOT NULL,
	"row_hash" "bytea" NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"name" text NOT NULL,
	CONSTRAINT "bookmakers_provider_id_pk" PRIMARY KEY("provider_id")
);
--> statement-breakpoint
CREATE TABLE "courses" (
	"provider" text NOT NULL,
	"provider_id" text NOT NULL,
	"row_hash" "bytea" NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"name" text NOT NULL,
	"region" text,
	"is_listed" boolean NOT NULL,
	CONSTRAINT "courses_provider_id_pk" PRIMARY KEY("provider_id")
);
--> statement-breakpoint
CREATE TABLE "horses" (
	"provider" text NOT NULL,
	"provider_id" text NOT NULL,
	"row_hash" "bytea" NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"name" text NOT NULL,
	"country" text,
	"sire_id" text,
	"sire" text,
	"dam_id" text,
	"dam" text,
	"damsire_id" text,
	"damsire" text,
	CONSTRAINT "horses_provider_id_pk" PRIMARY KEY("provider_id")
);
--> statement-breakpoint
CREATE TABLE "jockeys" (
	"provider" text NOT NULL,
	"provider_id" text NOT NULL,
	"row_hash" "bytea" NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"name" text NOT NULL,
	CONSTRAINT "jockeys_provider_id_pk" PRIMARY KEY("provider_id")
);
--> statement-breakpoint
CREATE TABLE "owners" (
	"provider" text NOT NULL,
	"provider_id" text NOT NULL,
	"row_hash" "bytea" NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"name" text NOT NULL,
	CONSTRAINT "owners_provider_id_pk" PRIMARY KEY("provider_id")
);
--> statement-breakpoint
CREATE TABLE "races" (
	"provider" text NOT NULL,
	"provider_id" text NOT NULL,
	"row_hash" "bytea" NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"season" text NOT NULL,
	"race_date" date NOT NULL,
	"off_at" timestamp with time zone,
	"status" text NOT NULL,
	"status_text" text,
	"region" text,
	"course_id" text,
	"course" text NOT NULL,
	"name" text NOT NULL,
	"type" text,
	"race_class" text,
	"pattern" text,
	"rating_band" text,
	"age_band" text,
	"sex_restriction" text,
	"distance" text,
	"distance_yards" integer,
	"going" text,
	"surface" text,
	"jumps" text,
	"prize" numeric(12, 2),
	"prize_currency" text,
	"field_size" integer,
	"is_big_race" boolean,
	"is_walkover" boolean NOT NULL,
	"winning_time" text,
	"comments" text,
	"non_runners" jsonb,
	"tote_win" numeric(12, 2),
	"tote_places" jsonb,
	"tote_exacta" numeric(12, 2),
	"tote_csf" numeric(12, 2),
	"tote_tricast" numeric(12, 2),
	"tote_trifecta" numeric(12, 2),
	"tote_currency" text,
	"extra" jsonb,
	"last_checked_at" timestamp with time zone NOT NULL,
	CONSTRAINT "races_provider_id_pk" PRIMARY KEY("provider_id")
);
--> statement-breakpoint
CREATE TABLE "racing_regions" (
	"provider" text NOT NULL,
	"provider_id" text NOT NULL,
	"row_hash" "bytea" NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"name" text NOT NULL,
	CONSTRAINT "racing_regions_provider_id_pk" PRIMARY KEY("provider_id")
);
--> statement-breakpoint
CREATE TABLE "runner_odds" (
	"race_id" text NOT NULL,
	"horse_id" text NOT NULL,
	"bookmaker" text NOT NULL,
	"provider" text NOT NULL,
	"provider_id" text NOT NULL,
	"row_hash" "bytea" NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"numerator" integer,
	"denominator" integer,
	"decimal" double precision,
	"each_way_places" integer,
	"each_way_denominator" integer,
	CONSTRAINT "runner_odds_race_id_horse_id_bookmaker_pk" PRIMARY KEY("race_id","horse_id","bookmaker")
);
--> statement-breakpoint
CREATE TABLE "runners" (
	"race_id" text NOT NULL,
	"horse_id" text NOT NULL,
	"provider" text NOT NULL,
	"provider_id" text NOT NULL,
	"row_hash" "bytea" NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"horse" text NOT NULL,
	"number" integer,
	"number_text" text,
	"declared" boolean NOT NULL,
	"is_non_runner" boolean NOT NULL,
	"is_reserve" boolean NOT NULL,
	"ran" boolean,
	"finished" boolean,
	"position" integer,
	"is_dead_heat" boolean,
	"outcome" text,
	"draw" integer,
	"beaten_lengths" double precision,
	"total_beaten_lengths" double precision,
	"time" interval,
	"age" integer,
	"sex" text,
	"weight_lbs" integer,
	"headgear" text,
	"official_rating" integer,
	"racing_post_rating" integer,
	"topspeed_rating" integer,
	"jockey_id" text,
	"jockey" text,
	"jockey_claim_lbs" integer,
	"trainer_id" text,
	"trainer" text,
	"owner_id" text,
	"owner" text,
	"sp_numerator" integer,
	"sp_denominator" integer,
	"sp_decimal" double precision,
	"favourite" text,
	"bsp" double precision,
	"prize" numeric(12, 2),
	"prize_currency" text,
	"comment" text,
	"extra" jsonb,
	CONSTRAINT "runners_race_id_horse_id_pk" PRIMARY KEY("race_id","horse_id")
);
--> statement-breakpoint
CREATE TABLE "trainers" (
	"provider" text NOT NULL,
	"provider_id" text NOT NULL,
	"row_hash" "bytea" NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"name" text NOT NULL,
	CONSTRAINT "trainers_provider_id_pk" PRIMARY KEY("provider_id")
);
--> statement-breakpoint
CREATE INDEX "horses_by_sire" ON "horses" USING btree ("sire_id");--> statement-breakpoint
CREATE INDEX "horses_by_dam" ON "horses" USING btree ("dam_id");--> statement-breakpoint
CREATE INDEX "races_by_day" ON "races" USING btree ("race_date");--> statement-breakpoint
CREATE INDEX "races_by_status" ON "races" USING btree ("status","race_date");--> statement-breakpoint
CREATE INDEX "runners_by_horse" ON "runners" USING btree ("horse_id");--> statement-breakpoint
CREATE INDEX "runners_by_jockey" ON "runners" USING btree ("jockey_id");--> statement-breakpoint
CREATE INDEX "runners_by_trainer" ON "runners" USING btree ("trainer_id");--> statement-breakpoint
CREATE INDEX "runners_by_owner" ON "runners" USING btree ("owner_id");