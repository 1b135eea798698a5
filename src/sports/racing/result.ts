import type { ISql } from 'postgres'
import { addDays, type Day } from '../../core/days.ts'
import { NotFinalError } from '../../core/errors.ts'
import type { Told } from '../../pipeline/dataset.ts'
import type { Item } from '../../pipeline/item.ts'
import type { Finding } from '../../pipeline/rows.ts'
import type { UnitSpan } from '../../pipeline/unit-span.ts'
import { storableJson } from '../../store/text.ts'
import { readPayload } from '../read-payload.ts'
import { bornAtHome, entitiesOf } from './entities.ts'
import { type ResultRace, type ResultRunner, resultRace } from './payload.ts'
import { lineRow, raceRow, saysWalkover, statusOf, toItem, withCourseId, withIds } from './race.ts'
import {
  readDecimalPrice,
  readDistance,
  readDividends,
  readHorse,
  readLengths,
  readMoney,
  readNonRunners,
  readPrice,
  readText,
  readTime,
  readWeight,
  readWhole,
} from './read-values.ts'
import { runners } from './tables.ts'
import { createValues, noZero, partOf, type Values } from './values.ts'

/** Positions of those that were not placed, as the Racing Post writes them. */
const outcomes = {
  pu: 'pulled-up',
  f: 'fell',
  ur: 'unseated',
  bd: 'brought-down',
  rr: 'refused-to-race',
  ref: 'refused',
  su: 'slipped-up',
  ro: 'ran-out',
  co: 'carried-out',
  dsq: 'disqualified',
  lft: 'left-at-start',
  wdu: 'withdrawn',
  voi: 'void',
  nr: 'non-runner',
} as const

/** Those who did not come under orders. */
const stayedAway: readonly string[] = ['non-runner', 'withdrawn']

/** A race of the results. It has those that ran; who did not is named in prose. */
export const toResult =
  (dataset: string, hasEntities: boolean) =>
  (entry: Record<string, unknown>): Item =>
    toItem(dataset, entry, () => {
      const sent = readPayload(resultRace, entry, `Race ${String(entry['race_id'])} of the ${dataset} is malformed`)
      const values = createValues(sent.race_id)
      const { read } = values
      const race = withCourseId(sent, values)
      const status = endOf(race, values)
      const ran = race.runners.map(runner => {
        const own = createValues(race.race_id, `, runner ${runner.horse}`)
        return { runner: withIds(runner, own), values: own }
      })
      const lines = ran.map(one => toLine(race.race_id, one))
      // One that is listed twice does not dead-heat with itself.
      const distinct = [...new Map(lines.map(({ row }) => [row.horseId, row])).values()]
      const heats = Map.groupBy(distinct, row => row.position)
      const rows = lines.map(({ row }) => ({
        ...row,
        isDeadHeat: row.position === null ? null : (heats.get(row.position)?.length ?? 0) > 1,
      }))
      return {
        event: {
          ...raceRow(race, values, { name: 'off', text: race.off }),
          status,
          statusText: read('race_status', race.race_status, readText) ?? null,
          raceClass: read('class', race.class, readText),
          sexRestriction: read('sex_rest', race.sex_rest, readText),
          distance: read('dist', race.dist, readText),
          distanceYards: read('dist_y', race.dist_y, readWhole) ?? read('dist', race.dist, readDistance),
          isWalkover: isWalkover(race),
          runnerCount: distinct.length,
          winningTime: read('winning_time_detail', race.winning_time_detail, readText),
          comments: read('comments', race.comments, readText),
          nonRunners: nonRunnersOf(race),
          ...dividendsOf(race, values),
          extra: values.extra(),
        },
        tables: [
          ...(hasEntities
            ? entitiesOf(
                race,
                ran.map(({ runner }) => ({ ...runner, region: bornAtHome })),
              )
            : []),
          { table: runners, rows, group: 'raceId', groups: [race.race_id] },
        ],
        findings: [...values.findings, ...lines.flatMap(({ findings }) => findings), ...placesOf(race, distinct)],
      }
    })

/** A race is over when each of its runners has a place, or a reason for having none. */
function endOf(race: ResultRace, values: Values): 'final' | 'abandoned' | 'void' {
  const told = statusOf(values, race)
  if (told === 'abandoned' || told === 'void') return told
  if (/\b(race|meeting) (was )?void\b/i.test(String(race.comments ?? ''))) return 'void'
  const open = race.runners.filter(({ position }) => readText(String(position ?? '')) === null)
  const { race_id: id, runners: all } = race
  if (all.length === 0 || open.length > 0) {
    const what = all.length === 0 ? 'has no runners yet' : `lacks the position of ${open.length} of its ${all.length} runners`
    throw new NotFinalError(`The result of race ${id} ${what}.`, { hint: 'It is asked for again by every run.' })
  }
  return 'final'
}

/** One runner has the race for itself. */
const isWalkover = ({ runners: [first, ...others], comments, winning_time_detail, race_status }: ResultRace): boolean =>
  first !== undefined && others.length === 0 && saysWalkover(comments, winning_time_detail, race_status, first.btn)

function nonRunnersOf(race: ResultRace): string | null | undefined {
  if (race.non_runners === undefined) return undefined
  const named = readNonRunners(String(race.non_runners ?? ''))
  return named.length === 0 ? null : storableJson(named)
}

function dividendsOf(race: ResultRace, { read }: Values) {
  const [win, exacta, csf, tricast, trifecta] = [
    read('tote_win', race.tote_win, readMoney),
    read('tote_ex', race.tote_ex, readMoney),
    read('tote_csf', race.tote_csf, readMoney),
    read('tote_tricast', race.tote_tricast, readMoney),
    read('tote_trifecta', race.tote_trifecta, readMoney),
  ]
  const places = read('tote_pl', race.tote_pl, readDividends)
  const all = [win, ...(places ?? [places]), exacta, csf, tricast, trifecta]
  return {
    toteWin: partOf(win, 'amount'),
    totePlaces: places && (places.length === 0 ? null : storableJson(places.map(({ amount }) => amount))),
    toteExacta: partOf(exacta, 'amount'),
    toteCsf: partOf(csf, 'amount'),
    toteTricast: partOf(tricast, 'amount'),
    toteTrifecta: partOf(trifecta, 'amount'),
    toteCurrency: all.every(money => money === undefined) ? undefined : (all.find(money => money?.currency)?.currency ?? null),
  }
}

function toLine(raceId: string, { runner, values }: { runner: ReturnType<typeof withIds<ResultRunner>>; values: Values }) {
  const { read, word } = values
  const place = readText(String(runner.position ?? '')) ?? ''
  const position = /^\d{1,3}$/.test(place) && Number(place) > 0 ? Number(place) : null
  const outcome = position === null ? word('position', place, outcomes) : null
  const price = read('sp', runner.sp, readPrice)
  const prize = read('prize', runner.prize, readMoney)
  const ran = !stayedAway.includes(outcome ?? '')
  const row = {
    ...lineRow(raceId, runner, values, runner.number),
    ...{ declared: true, isNonRunner: !ran, isReserve: false, ran, finished: position !== null, position, outcome },
    beatenLengths: read('btn', runner.btn, readLengths),
    totalBeatenLengths: read('ovr_btn', runner.ovr_btn, readLengths),
    time: read('time', runner.time, readTime),
    sex: read('sex', runner.sex, readText),
    weightLbs: read('weight_lbs', runner.weight_lbs, readWhole) ?? read('weight', runner.weight, readWeight),
    officialRating: read('or', runner.or, readWhole),
    racingPostRating: read('rpr', runner.rpr, readWhole),
    topspeedRating: read('tsr', runner.tsr, readWhole),
    jockeyClaimLbs: noZero(read('jockey_claim_lbs', runner.jockey_claim_lbs, readWhole)),
    spNumerator: partOf(price, 'numerator'),
    spDenominator: partOf(price, 'denominator'),
    spDecimal: read('sp_dec', runner.sp_dec, readDecimalPrice),
    favourite: partOf(price, 'favourite'),
    bsp: read('bsp', runner.bsp, readDecimalPrice),
    prize: partOf(prize, 'amount'),
    prizeCurrency: partOf(prize, 'currency'),
    comment: read('comment', runner.comment, readText),
    extra: values.extra(),
  }
  return { row, findings: values.findings }
}

/** Places are 1, 2, 3 …; after a dead heat of two the next but one follows. */
function placesOf({ race_id: item }: ResultRace, rows: readonly { position: number | null }[]): Finding[] {
  const places = rows.flatMap(({ position }) => position ?? []).sort((a, b) => a - b)
  const gap = places.findIndex((place, i) => place !== i + 1 && place !== places[i - 1])
  if (gap < 0) return []
  const message = `The result of race ${item} has a place ${places[gap]} behind ${gap} others.`
  return [{ item, check: 'places', message }]
}

/** In so many days results come late and are corrected. */
export const lookbackDays = 3

/** Letters alone: prose and cards write apostrophes and countries otherwise. */
const plain = (name: string): string =>
  readHorse(name)
    .name.toLowerCase()
    .replaceAll(/[^a-z]/g, '')

/**
 * Results that lack a runner of what is stored, and cards of a day that is over without a result. Each runner that was declared, or ran by
 * an earlier result, has run, or is named among those that did not; what is stored counts until then. Races that are over stay so where
 * their list does not have them any more, which is a finding. When the days are over in which results come late or are
 * corrected, a race that the complete list of its day does not have was not held: below the plan pro nobody tells of a meeting that was
 * abandoned after the last look at its card.
 */
export async function listLacking(
  sql: ISql,
  { items, listed, announced }: Told,
  { unit, today, regions }: { unit: UnitSpan; today: Day; regions: readonly string[] },
): Promise<{ incomplete: Map<string, string>; off: string[]; findings: Finding[] }> {
  const finals = items.filter(({ event }) => event?.status === 'final')
  const declared = await sql<Expected[]>`
    select race_id as race, horse_id as id, horse as name, ran is not null as ran from runners
    where declared and ran is distinct from false and race_id in ${sql(['', ...finals.map(({ id }) => id)])} order by number`
  const byRace = Map.groupBy(declared, ({ race }) => race)
  for (const { id: race, event, tables } of announced) {
    const lines = tables.find(({ table }) => table === runners)?.rows ?? []
    const meant = lines
      .filter(line => line['declared'])
      .map(line => ({ race, id: String(line['horseId']), name: String(line['horse']), ran: false }))
    if (event) byRace.set(race, meant)
  }
  const problems = new Map<string, string>()
  for (const { id, event, tables } of finals) {
    const card = byRace.get(id) ?? []
    const lines = tables.find(({ table }) => table === runners)?.rows ?? []
    const there = new Set(lines.map(line => line['horseId']))
    const said = event?.['nonRunners']
    const absent = typeof said === 'string' ? (JSON.parse(said) as { horse: string }[]).map(({ horse }) => plain(horse)) : []
    const lacking = card.filter(({ id: horse, name }) => !there.has(horse) && !absent.includes(plain(name)))
    const [first] = lacking
    if (first)
      problems.set(
        id,
        `The result of race ${id} lacks ${lacking.length} of the ${card.length} runners that ${first.ran ? 'it had before' : 'were declared'}, ${first.name} among them.`,
      )
  }
  if (unit.to >= today) return { incomplete: problems, off: [], findings: [] }
  const ofRegions = regions.length === 0 ? sql`true` : sql`lower(region) in ${sql([...regions])}`
  const ofDays = announced.flatMap(({ day, event }) => (event && unit.from <= day && day <= unit.to ? event : []))
  const cards = new Map(ofDays.map(race => [race.providerId, { status: race.status, course: String(race['course']) }]))
  // A card as it stood before the race counts no more than what is stored of one that is over or was called off.
  const stored = await sql<{ id: string; course: string; status: string; day: Day }[]>`
    select provider_id as id, course, status, race_date::text as day from races
    where (race_date between ${unit.from} and ${unit.to} and ${ofRegions} or provider_id in ${sql(['', ...cards.keys()])})
      and provider_id not in ${sql(['', ...listed])} order by off_at, provider_id collate "C"`
  const states = new Map([...cards, ...stored.map(race => [race.id, race] as const)])
  const isAhead = (status: string | undefined) => status === undefined || status === 'scheduled' || status === 'live'
  const open = [...states].flatMap(([id, { course, status }]) =>
    !listed.has(id) && isAhead(status) && isAhead(cards.get(id)?.status) ? { id, course } : [],
  )
  const findings = gone(
    unit.key,
    stored.filter(({ status, day }) => status === 'final' && unit.from <= day && day <= unit.to),
  )
  if (unit.to < addDays(today, -lookbackDays)) {
    const off = open.map(({ id }) => id)
    return { incomplete: problems, off, findings: [...findings, ...unheard(unit.key, off)] }
  }
  for (const { id, course } of open) problems.set(id, `Race ${id} at ${course} is on the card of ${unit.from} and has no result.`)
  return { incomplete: problems, off: [], findings }
}

/** A runner that a result must have: of the card, or of the result that is stored. */
interface Expected {
  race: string
  id: string
  name: string
  ran: boolean
}

function unheard(item: Day, [first, ...others]: readonly string[]): Finding[] {
  if (first === undefined) return []
  const what = others.length === 0 ? `Race ${first} is` : `${others.length + 1} races, ${first} among them, are`
  const message = `${what} on the card of ${item} and had no result within ${lookbackDays} days: stored as abandoned.`
  return [{ item, check: 'no-result', message }]
}

function gone(item: Day, races: readonly { id: string }[]): Finding[] {
  const [first] = races
  if (!first) return []
  const [one, stay] = races.length === 1 ? [`Race ${first.id} is`, 'It stays'] : [`${races.length} races are`, 'They stay']
  const among = races.length === 1 ? '' : `, ${first.id} among them`
  const message = `${one} final, and no longer listed in the results of ${item}${among}. ${stay} final.`
  return [{ item, check: 'result-gone', message }]
}
