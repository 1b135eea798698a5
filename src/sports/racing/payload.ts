import * as z from 'zod'

/** Nearly every value is a text, also numbers; a text that is missing may be null, empty or not there. */
const value = z.union([z.string(), z.number()]).nullish()

/** True or false, or the words for it. */
const flag = z.unknown().optional()

const people = {
  jockey: value,
  jockey_id: value,
  trainer: value,
  trainer_id: value,
  owner: value,
  owner_id: value,
  sire: value,
  sire_id: value,
  dam: value,
  dam_id: value,
  damsire: value,
  damsire_id: value,
}

const price = z.looseObject({
  bookmaker: z.string().min(1),
  fractional: value,
  decimal: value,
  ew_places: value,
  ew_denom: value,
})

const cardRunner = z.looseObject({
  ...people,
  horse_id: z.string().regex(/^hrs_\d+$/),
  horse: z.string().min(1),
  region: value,
  sire_region: value,
  dam_region: value,
  number: value,
  draw: value,
  age: value,
  sex_code: value,
  headgear: value,
  lbs: value,
  ofr: value,
  rpr: value,
  ts: value,
  odds: z.array(price).nullish(),
})

const resultRunner = z.looseObject({
  ...people,
  horse_id: z.string().regex(/^hrs_\d+$/),
  horse: z.string().min(1),
  sp: value,
  sp_dec: value,
  bsp: value,
  number: value,
  position: value,
  draw: value,
  btn: value,
  ovr_btn: value,
  age: value,
  sex: value,
  weight: value,
  weight_lbs: value,
  headgear: value,
  time: value,
  or: value,
  rpr: value,
  tsr: value,
  prize: value,
  jockey_claim_lbs: value,
  comment: value,
})

const race = {
  race_id: z.string().regex(/^rac_\d+$/),
  date: z.iso.date(),
  region: value,
  course: z.string().min(1),
  // Cards of the plan free do not have it.
  course_id: value,
  off_dt: value,
  race_name: z.string().min(1),
  type: value,
  pattern: value,
  rating_band: value,
  age_band: value,
  going: value,
  surface: value,
  jumps: value,
  race_status: value,
  is_abandoned: flag,
}

/** A race of a card. */
export const cardRace = z.looseObject({
  ...race,
  off_time: value,
  race_class: value,
  sex_restriction: value,
  distance: value,
  distance_round: value,
  distance_f: value,
  prize: value,
  field_size: value,
  big_race: flag,
  runners: z.array(cardRunner),
})

/** A race of the results. */
export const resultRace = z.looseObject({
  ...race,
  off: value,
  class: value,
  sex_rest: value,
  dist: value,
  dist_y: value,
  winning_time_detail: value,
  comments: value,
  non_runners: value,
  tote_win: value,
  tote_pl: value,
  tote_ex: value,
  tote_csf: value,
  tote_tricast: value,
  tote_trifecta: value,
  runners: z.array(resultRunner),
})

export type CardRace = z.infer<typeof cardRace>
export type CardRunner = CardRace['runners'][number]
export type ResultRace = z.infer<typeof resultRace>
export type ResultRunner = ResultRace['runners'][number]

const entries = z.array(z.looseObject({})).nullable()
const envelope = { total: z.int().min(0), limit: z.int().min(1), skip: z.int().min(0) }

/** A page of races; the list may be null where there are none. */
export const cardsPage = z.looseObject({ racecards: entries, ...envelope })
export const resultsPage = z.looseObject({ results: entries, ...envelope })

export const courseList = z.looseObject({
  courses: z.array(
    z.looseObject({ id: z.string().regex(/^crs_\d+$/), course: z.string().min(1), region_code: z.string().nullish() }),
  ),
  total: z.int().min(0),
})

export const regionList = z.array(z.looseObject({ region: z.string().min(1), region_code: z.string().min(1) }))
