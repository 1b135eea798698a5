import { isDeepStrictEqual } from 'node:util'
import type { Item } from '../../pipeline/item.ts'
import type { Finding } from '../../pipeline/rows.ts'
import { racingApi } from '../../providers/the-racing-api.ts'
import type { MergeRow } from '../../store/merge.ts'
import { readPayload } from '../read-payload.ts'
import { entitiesOf } from './entities.ts'
import { type CardRace, type CardRunner, cardRace } from './payload.ts'
import { lineRow, raceRow, saysWalkover, statusOf, toItem, withCourseId, withIds } from './race.ts'
import { readDecimalPrice, readDistance, readFlag, readJockey, readMoney, readPrice, readText, readWhole } from './read-values.ts'
import { bookmakers, runnerOdds, runners } from './tables.ts'
import { createValues, noZero, partOf, toText, type Values } from './values.ts'

const provider = racingApi.id

/** What a saddlecloth number may be instead of one. */
const withdrawn = 'NR'
const reserve = /^R\d*$/i

/** What a withdrawn horse may have in the place of its rider (seen in October 2025). */
const noRider = /^non[ -]?runner$/i

const isWithdrawn = ({ number, jockey }: CardRunner): boolean =>
  String(number ?? '')
    .trim()
    .toUpperCase() === withdrawn || noRider.test(String(jockey ?? '').trim())

const withRider = (runner: CardRunner): CardRunner =>
  noRider.test(String(runner.jockey ?? '').trim()) ? { ...runner, jockey: null, jockey_id: null } : runner

/**
 * A race of a card. A non-runner stays on the card under the number `NR`, and a reserve has a number such as `R1`; the size of the field
 * counts neither.
 */
export const toCard =
  (dataset: string, hasEntities: boolean) =>
  (entry: Record<string, unknown>): Item =>
    toItem(dataset, entry, () => {
      const sent = readPayload(cardRace, entry, `Race ${String(entry['race_id'])} of the ${dataset} is malformed`)
      const values = createValues(sent.race_id)
      const { read } = values
      const race = withCourseId(sent, values)
      const prize = read('prize', race.prize, readMoney)
      const entered = race.runners.map(runner => {
        const own = createValues(race.race_id, `, runner ${runner.horse}`)
        return { runner: withIds(withRider(runner), own), isNonRunner: isWithdrawn(runner), values: own }
      })
      const event = {
        ...raceRow(race, values, { name: 'off_time', text: race.off_time }),
        status: statusOf(values, race) ?? 'scheduled',
        statusText: read('race_status', race.race_status, readText) ?? null,
        raceClass: read('race_class', race.race_class, readText),
        sexRestriction: read('sex_restriction', race.sex_restriction, readText),
        distance: read('distance_round', race.distance_round, readText),
        distanceYards: read('distance', race.distance, readDistance),
        prize: partOf(prize, 'amount'),
        prizeCurrency: partOf(prize, 'currency'),
        fieldSize: noZero(read('field_size', race.field_size, readWhole)),
        isBigRace: read('big_race', toText(race.big_race), readFlag),
        isWalkover: saysWalkover(race.race_status),
        runnerCount: new Set(race.runners.map(({ horse_id }) => horse_id)).size,
        extra: values.extra(),
      }
      const lines = entered.map(one => toLine(race.race_id, one))
      const odds = race.runners.map(runner => toOdds(race, runner))
      const prices = odds.flatMap(({ rows }) => rows)
      const names = [...new Set(prices.map(({ bookmaker }) => bookmaker))]
      return {
        event,
        tables: [
          ...(hasEntities
            ? entitiesOf(
                race,
                entered.map(({ runner }) => runner),
              )
            : []),
          { table: bookmakers, rows: names.map(name => ({ provider, providerId: name, name })) },
          { table: runners, rows: lines.map(({ row }) => row), group: 'raceId', groups: [race.race_id] },
          ...(hasOdds(race) ? [{ table: runnerOdds, rows: prices, group: 'raceId', groups: [race.race_id] }] : []),
        ],
        findings: [...values.findings, ...[...lines, ...odds].flatMap(({ findings }) => findings)],
      }
    })

/** Cards of the plans below standard have no odds, which is not the same as none. */
const hasOdds = ({ runners: all }: CardRace): boolean => all.length === 0 || all.some(({ odds }) => odds !== undefined)

interface Entered {
  runner: ReturnType<typeof withIds<CardRunner>>
  isNonRunner: boolean
  values: Values
}

function toLine(raceId: string, { runner, isNonRunner, values }: Entered) {
  const { read } = values
  const isReserve = !isNonRunner && reserve.test(String(runner.number ?? '').trim())
  const row = {
    ...lineRow(raceId, runner, values, isNonRunner || isReserve ? null : runner.number),
    ...{ declared: !isNonRunner && !isReserve, isNonRunner, isReserve, ran: null, finished: null },
    sex: read('sex_code', runner.sex_code, readText),
    weightLbs: read('lbs', runner.lbs, readWhole),
    officialRating: read('ofr', runner.ofr, readWhole),
    racingPostRating: read('rpr', runner.rpr, readWhole),
    topspeedRating: read('ts', runner.ts, readWhole),
    jockeyClaimLbs: runner.jockey === undefined ? undefined : readJockey(String(runner.jockey ?? '')).claimLbs,
    extra: values.extra(),
  }
  return { row, findings: values.findings }
}

/** In the place of both prices where a bookmaker pays what the starting price will be (Cartmel, July 2023, with a decimal price of 0). */
const startingPrice = /^sp$/i

/**
 * The prices of a runner. An exchange sends its decimal price as the fractional one too (`17.5`, but also `10`), where `4` of a bookmaker is
 * 4/1: the two are told apart by the decimal price beside it, which has the stake in it. When a price was fetched is not stored: it
 * changes with each request, the price does not.
 */
function toOdds(race: Pick<CardRace, 'race_id'>, { horse_id, horse, odds }: CardRunner) {
  const findings: Finding[] = []
  const rows = (odds ?? []).map(price => {
    const values = createValues(race.race_id, `, runner ${horse}, ${price.bookmaker}`)
    const { read } = values
    const decimal = read('decimal', price.decimal, readDecimalPrice)
    const isDecimal = decimal !== null && Number(price.fractional) === decimal
    const hasFraction = !isDecimal && !startingPrice.test(String(price.fractional ?? '').trim())
    const fraction = hasFraction ? read('fractional', price.fractional, readPrice) : null
    const row = {
      ...{ provider, providerId: `${race.race_id}/${horse_id}/${price.bookmaker}` },
      ...{ raceId: race.race_id, horseId: horse_id, bookmaker: price.bookmaker },
      numerator: fraction?.numerator ?? null,
      denominator: fraction?.denominator ?? null,
      decimal,
      eachWayPlaces: read('ew_places', price.ew_places, readWhole),
      eachWayDenominator: read('ew_denom', price.ew_denom, readWhole),
      extra: values.extra(),
    } satisfies MergeRow
    findings.push(...values.findings)
    return row
  })
  const distinct = new Map(rows.map(row => [row.bookmaker, row]))
  for (const row of rows)
    if (!isDeepStrictEqual(row, distinct.get(row.bookmaker)))
      findings.push({
        ...{ item: race.race_id, check: 'two-prices' },
        message: `Race ${race.race_id}, runner ${horse}: ${row.bookmaker} has several prices; the last one counts.`,
      })
  return { rows: [...distinct.values()], findings }
}
