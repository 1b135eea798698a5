import { boolean, date, doublePrecision, index, integer, jsonb, numeric, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { instant, interval, provenance } from '../../store/columns.ts'

const money = (name: string) => numeric(name, { precision: 12, scale: 2, mode: 'number' })

/** What could not be read as what it should be, by its name in the payload; null where there is nothing. */
const extra = () => ({ extra: jsonb('extra') })

/** Races of all courses: those to come by the cards, those that are over by the results, which then replace the card. */
export const races = pgTable(
  'races',
  {
    ...provenance(),
    /** The year. */
    season: text('season').notNull(),
    /** The civil day in the United Kingdom, also of races abroad. */
    raceDate: date('race_date', { mode: 'string' }).notNull(),
    offAt: instant('off_at'),
    /** `scheduled`, `live`, `final`, `abandoned`, `void`. */
    status: text('status').notNull(),
    /** The provider's own words for it. */
    statusText: text('status_text'),
    region: text('region'),
    courseId: text('course_id'),
    /** As the race names it: `Kempton (AW)`. Other lists have other names; the id is what joins. */
    course: text('course').notNull(),
    name: text('name').notNull(),
    /** `Flat`, `Hurdle`, `Chase`, `NH Flat`. */
    type: text('type'),
    /** `Class 4`; null outside of Great Britain. */
    raceClass: text('race_class'),
    /** `Group 1`, `Listed`. */
    pattern: text('pattern'),
    ratingBand: text('rating_band'),
    ageBand: text('age_band'),
    sexRestriction: text('sex_restriction'),
    distance: text('distance'),
    distanceYards: integer('distance_yards'),
    going: text('going'),
    surface: text('surface'),
    /** `11 hurdles`. */
    jumps: text('jumps'),
    /** Of a card: the money for the whole race. A result does not tell it, nor its currency, the size of the field or whether it is a big race, and leaves them as they are. */
    prize: money('prize'),
    prizeCurrency: text('prize_currency'),
    /** Of a card: how many are to run, as the provider counts them; for races that are far ahead these are entries. */
    fieldSize: integer('field_size'),
    isBigRace: boolean('is_big_race'),
    /** How many its card or result lists, reserves and those withdrawn on the card included: as many are in `runners`. */
    runnerCount: integer('runner_count'),
    isWalkover: boolean('is_walkover').notNull(),
    /** Of the winner, with the comparison with standard. */
    winningTime: text('winning_time'),
    comments: text('comments'),
    /** Who did not run, as `[{"horse": …, "reason": …}]`. */
    nonRunners: jsonb('non_runners'),
    toteWin: money('tote_win'),
    /** One for each place. */
    totePlaces: jsonb('tote_places'),
    toteExacta: money('tote_exacta'),
    toteCsf: money('tote_csf'),
    toteTricast: money('tote_tricast'),
    toteTrifecta: money('tote_trifecta'),
    toteCurrency: text('tote_currency'),
    ...extra(),
    /** When a run last asked for a race that was not over yet. */
    lastCheckedAt: instant('last_checked_at').notNull(),
  },
  t => [
    primaryKey({ columns: [t.providerId] }),
    index('races_by_day').on(t.raceDate),
    index('races_by_status').on(t.status, t.raceDate),
  ],
)

/** Who runs in a race, or ran in it. */
export const runners = pgTable(
  'runners',
  {
    raceId: text('race_id').notNull(),
    horseId: text('horse_id').notNull(),
    ...provenance(),
    /** As the race names it, with the country in brackets where that is told. */
    horse: text('horse').notNull(),
    /** Saddlecloth; null for a non-runner. */
    number: integer('number'),
    /** With the letter of a coupled entry: `1A`. */
    numberText: text('number_text'),
    /** Named on the card, and not withdrawn from it. */
    declared: boolean('declared').notNull(),
    /** Withdrawn on the card. */
    isNonRunner: boolean('is_non_runner').notNull(),
    /** Runs only where another is withdrawn. */
    isReserve: boolean('is_reserve').notNull(),
    /** Came under orders; null before the result. */
    ran: boolean('ran'),
    /** Passed the post and was placed; null before the result. */
    finished: boolean('finished'),
    /** Of those that finished; those in a dead heat have the same. */
    position: integer('position'),
    isDeadHeat: boolean('is_dead_heat'),
    /** Why it was not placed: `pulled-up`, `fell`, `unseated`, `brought-down`, `refused-to-race`, … */
    outcome: text('outcome'),
    draw: integer('draw'),
    /** Lengths behind the one before, and behind the winner. */
    beatenLengths: doublePrecision('beaten_lengths'),
    totalBeatenLengths: doublePrecision('total_beaten_lengths'),
    time: interval('time'),
    age: integer('age'),
    /** `C` colt, `F` filly, `G` gelding, `H` horse, `M` mare, `R` rig. */
    sex: text('sex'),
    weightLbs: integer('weight_lbs'),
    headgear: text('headgear'),
    officialRating: integer('official_rating'),
    racingPostRating: integer('racing_post_rating'),
    topspeedRating: integer('topspeed_rating'),
    jockeyId: text('jockey_id'),
    jockey: text('jockey'),
    jockeyClaimLbs: integer('jockey_claim_lbs'),
    trainerId: text('trainer_id'),
    trainer: text('trainer'),
    ownerId: text('owner_id'),
    owner: text('owner'),
    /** Starting price: 9/4 is 9 and 4. */
    spNumerator: integer('sp_numerator'),
    spDenominator: integer('sp_denominator'),
    /** With the stake. */
    spDecimal: doublePrecision('sp_decimal'),
    /** `favourite`, `joint`, `co`. */
    favourite: text('favourite'),
    /** Betfair's starting price, which comes later. */
    bsp: doublePrecision('bsp'),
    prize: money('prize'),
    prizeCurrency: text('prize_currency'),
    comment: text('comment'),
    ...extra(),
  },
  t => [
    primaryKey({ columns: [t.raceId, t.horseId] }),
    index('runners_by_horse').on(t.horseId),
    index('runners_by_jockey').on(t.jockeyId),
    index('runners_by_trainer').on(t.trainerId),
    index('runners_by_owner').on(t.ownerId),
  ],
)

/** Prices on the card, as last seen: one for each runner and bookmaker. */
export const runnerOdds = pgTable(
  'runner_odds',
  {
    raceId: text('race_id').notNull(),
    horseId: text('horse_id').notNull(),
    bookmaker: text('bookmaker').notNull(),
    ...provenance(),
    /** Of an exchange, whose prices are decimal, null. Where the decimal price is null, too, the bookmaker pays the starting price. */
    numerator: integer('numerator'),
    denominator: integer('denominator'),
    decimal: doublePrecision('decimal'),
    eachWayPlaces: integer('each_way_places'),
    /** 4: a place pays a quarter of the odds. */
    eachWayDenominator: integer('each_way_denominator'),
    ...extra(),
  },
  t => [primaryKey({ columns: [t.raceId, t.horseId, t.bookmaker] })],
)

/** Those that have given a price. */
export const bookmakers = pgTable('bookmakers', { ...provenance(), name: text('name').notNull() }, t => [
  primaryKey({ columns: [t.providerId] }),
])

/** By the newest race that has told of them. */
export const horses = pgTable(
  'horses',
  {
    ...provenance(),
    name: text('name').notNull(),
    /** Where it was bred: `IRE`. */
    country: text('country'),
    sireId: text('sire_id'),
    sire: text('sire'),
    damId: text('dam_id'),
    dam: text('dam'),
    damsireId: text('damsire_id'),
    damsire: text('damsire'),
  },
  t => [primaryKey({ columns: [t.providerId] }), index('horses_by_sire').on(t.sireId), index('horses_by_dam').on(t.damId)],
)

const named = () => ({ ...provenance(), name: text('name').notNull() })

export const jockeys = pgTable('jockeys', named(), t => [primaryKey({ columns: [t.providerId] })])
export const trainers = pgTable('trainers', named(), t => [primaryKey({ columns: [t.providerId] })])
export const owners = pgTable('owners', named(), t => [primaryKey({ columns: [t.providerId] })])

/** Racecourses. */
export const courses = pgTable(
  'courses',
  {
    ...named(),
    region: text('region'),
    /** From the provider's list of courses, whose name counts more than what races call it. */
    isListed: boolean('is_listed').notNull(),
  },
  t => [primaryKey({ columns: [t.providerId] })],
)

/** Countries and territories, by the codes that races have: `GB`, `IRE`. */
export const racingRegions = pgTable('racing_regions', named(), t => [primaryKey({ columns: [t.providerId] })])
