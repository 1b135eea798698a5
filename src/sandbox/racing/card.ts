import { type Entry, isIn, riderAt } from './field.ts'
import { oddsAt } from './prices.ts'
import type { Race } from './race.ts'
import { raceWords } from './words.ts'

export type Plan = 'free' | 'basic' | 'standard' | 'pro'

const sexes: Record<string, string> = { C: 'colt', F: 'filly', G: 'gelding', H: 'horse', M: 'mare' }

/** A race of a card as it stands at an instant. A higher plan has what those below it have, and more. */
export function cardOf(seed: number, race: Race, field: readonly Entry[], plan: Plan, now: number) {
  const { meeting, type, prize, furlongs } = race
  const { clock, offDt, surface, distance, currency } = raceWords(race)
  const isPaid = plan !== 'free'
  const hasOdds = plan === 'standard' || plan === 'pro'
  const isAbandoned = race.isAbandoned && meeting.abandonedAt <= now
  return {
    ...(isPaid ? { race_id: race.id, course_id: meeting.course.id } : {}),
    ...{ course: meeting.course.name, date: meeting.day, off_time: clock, off_dt: offDt, race_name: race.name },
    ...(isPaid ? { distance_round: distance.round, distance: distance.exact, sex_restriction: '' } : {}),
    ...{ distance_f: furlongs.toFixed(1), region: meeting.course.region, pattern: race.pattern, race_class: race.raceClass },
    ...{ type, age_band: race.ageBand, rating_band: race.ratingBand, prize: currency + prize.toLocaleString('en-GB') },
    ...{ field_size: String(field.filter(entry => isIn(entry, Math.min(now, race.offAt))).length) },
    ...(isPaid ? { going_detailed: '', rail_movements: '', stalls: '', weather: '' } : {}),
    ...{ going: meeting.going, surface, ...(hasOdds ? { jumps: race.jumps } : {}) },
    runners: field.map(entry => ({
      ...runnerOf(entry, { isPaid, now: Math.min(now, race.offAt) }),
      ...(hasOdds ? { odds: pricesOf(oddsAt(seed, race, field, entry, now), plan) } : {}),
    })),
    ...(isPaid ? { big_race: race.pattern.startsWith('Group'), is_abandoned: isAbandoned } : {}),
    // Which other words there are is not documented.
    ...(isPaid ? { race_status: isAbandoned ? 'abandoned' : 'declared' } : {}),
    ...(hasOdds ? { tip: '', verdict: '', betting_forecast: '' } : {}),
  }
}

const pricesOf = (odds: ReturnType<typeof oddsAt>, plan: Plan) =>
  plan === 'pro' ? odds.map(price => ({ ...price, history: [] })) : odds

function runnerOf(entry: Entry, { isPaid, now }: { isPaid: boolean; now: number }) {
  const { horse, reserve, withdrawnAt } = entry
  const isGone = withdrawnAt <= now
  const rider = riderAt(entry, now)
  const ofr = entry.rating === undefined ? '-' : String(entry.rating)
  // A withdrawn horse has this in the place of its rider (seen in October 2025).
  const jockey = isGone ? 'NON-RUNNER' : rider.claim > 0 ? `${rider.name}(${rider.claim})` : rider.name
  const shown = {
    ...{ horse: horse.name, age: String(horse.age), sex: sexes[horse.sex], sex_code: horse.sex, colour: horse.colour },
    ...{ region: horse.country, dam: horse.dam.name, sire: horse.sire.name, damsire: horse.damsire.name },
    ...{ trainer: horse.trainer.name, owner: horse.owner.name, jockey },
    number: isGone ? 'NR' : reserve !== undefined && !isIn(entry, now) ? reserve : String(entry.number),
    ...{ draw: String(entry.draw), headgear: entry.headgear, lbs: String(entry.weightLbs), ofr, last_run: '14', form: '' },
  }
  if (!isPaid) return shown
  return {
    ...shown,
    ...{ horse_id: horse.id, dob: horse.born, breeder: horse.owner.name, silk_url: '' },
    ...{ dam_id: horse.dam.id, dam_region: horse.dam.country, sire_id: horse.sire.id, sire_region: horse.sire.country },
    ...{ damsire_id: horse.damsire.id, damsire_region: horse.damsire.country, jockey_id: isGone ? '' : rider.id },
    ...{ trainer_id: horse.trainer.id, trainer_location: '', trainer_rtf: '50', owner_id: horse.owner.id },
    trainer_14_days: { runs: '8', wins: '1', percent: '13' },
    ...{ prev_trainers: [], prev_owners: [], comment: '', spotlight: '', quotes: [], stable_tour: [], medical: [] },
    ...{ headgear_run: '', wind_surgery: '', wind_surgery_run: '', past_results_flags: [], rpr: ofr, ts: '-' },
  }
}
