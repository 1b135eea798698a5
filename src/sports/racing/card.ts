import type { Item } from '../../pipeline/item.ts'
import { racingApi } from '../../providers/the-racing-api.ts'
import type { MergeRow } from '../../store/merge.ts'
import { readPayload } from '../read-payload.ts'
import { entitiesOf } from './entities.ts'
import { type CardRace, type CardRunner, cardRace } from './payload.ts'
import { lineRow, raceRow, statusOf, toItem } from './race.ts'
import { readDistance, readJockey, readMoney, readNumber, readPrice, readText, readWhole } from './read-values.ts'
import { bookmakers, runnerOdds, runners } from './tables.ts'
import { createValues } from './values.ts'

const provider = racingApi.id

/** What a saddlecloth number may be instead of one. */
const withdrawn = 'NR'
const reserve = /^R\d*$/i

/** What a withdrawn horse may have in the place of its rider (seen in October 2025). */
const noRider = 'NON-RUNNER'

const withRider = (runner: CardRunner): CardRunner =>
  runner.jockey === noRider ? { ...runner, jockey: null, jockey_id: null } : runner

/**
 * A race of a card. A non-runner stays on the card under the number `NR`, and a reserve has a number such as `R1`; the size of the field
 * counts neither.
 */
export const toCard =
  (dataset: string, hasEntities: boolean) =>
  (entry: Record<string, unknown>): Item =>
    toItem(dataset, entry, () => {
      const race = readPayload(cardRace, entry, `Race ${String(entry['race_id'])} of the ${dataset} is malformed`)
      const values = createValues(race.race_id)
      const { read } = values
      const prize = read('prize', race.prize, readMoney)
      const entered = race.runners.map(withRider)
      const event = {
        ...raceRow(race, values, { name: 'off_time', text: race.off_time }),
        status: statusOf(values, race) ?? 'scheduled',
        statusText: read('race_status', race.race_status, readText) ?? null,
        raceClass: read('race_class', race.race_class, readText),
        sexRestriction: read('sex_restriction', race.sex_restriction, readText),
        distance: read('distance_round', race.distance_round, readText),
        distanceYards: read('distance', race.distance, readDistance),
        prize: prize === undefined ? undefined : (prize?.amount ?? null),
        prizeCurrency: prize === undefined ? undefined : (prize?.currency ?? null),
        fieldSize: read('field_size', race.field_size, readWhole),
        isBigRace: race.big_race,
        isWalkover: false,
        extra: values.extra(),
      }
      const lines = entered.map(runner => toLine(race, runner))
      const odds = race.runners.map(runner => toOdds(race, runner))
      const prices = odds.flatMap(({ rows }) => rows)
      const names = [...new Set(prices.map(({ bookmaker }) => bookmaker))]
      return {
        event,
        tables: [
          ...(hasEntities ? entitiesOf(race, entered) : []),
          { table: bookmakers, rows: names.map(name => ({ provider, providerId: name, name })) },
          { table: runners, rows: lines.map(({ row }) => row), group: 'raceId' },
          { table: runnerOdds, rows: prices, group: 'raceId' },
        ],
        findings: [...values.findings, ...[...lines, ...odds].flatMap(({ findings }) => findings)],
      }
    })

function toLine(race: CardRace, runner: CardRunner) {
  const values = createValues(race.race_id, `, runner ${runner.horse}`)
  const { read } = values
  const number = String(runner.number ?? '').trim()
  const isNonRunner = number.toUpperCase() === withdrawn
  const isReserve = reserve.test(number)
  const { claimLbs } = readJockey(String(runner.jockey ?? ''))
  const row = {
    ...lineRow(race.race_id, runner, values, isNonRunner || isReserve ? '' : number),
    ...{ declared: !isNonRunner && !isReserve, isNonRunner, isReserve, ran: null, finished: null },
    sex: read('sex_code', runner.sex_code, readText),
    weightLbs: read('lbs', runner.lbs, readWhole),
    officialRating: read('ofr', runner.ofr, readWhole),
    racingPostRating: read('rpr', runner.rpr, readWhole),
    topspeedRating: read('ts', runner.ts, readWhole),
    jockeyClaimLbs: claimLbs,
    extra: values.extra(),
  }
  return { row, findings: values.findings }
}

/**
 * The prices of a runner. An exchange sends its decimal price as the fractional one too (`17.5`, but also `10`), where `4` of a bookmaker is
 * 4/1: the two are told apart by the decimal price beside it, which has the stake in it. When a price was fetched is not stored: it
 * changes with each request, the price does not.
 */
function toOdds(race: CardRace, { horse_id, horse, odds }: CardRunner) {
  const values = createValues(race.race_id, `, runner ${horse}`)
  const { read } = values
  const rows = (odds ?? []).map(price => {
    const decimal = read('decimal', price.decimal, readNumber)
    const isDecimal = decimal !== null && Number(price.fractional) === decimal
    const fraction = isDecimal ? null : read('fractional', price.fractional, readPrice)
    return {
      ...{ provider, providerId: `${race.race_id}/${horse_id}/${price.bookmaker}` },
      ...{ raceId: race.race_id, horseId: horse_id, bookmaker: price.bookmaker },
      numerator: fraction?.numerator ?? null,
      denominator: fraction?.denominator ?? null,
      decimal,
      eachWayPlaces: read('ew_places', price.ew_places, readWhole),
      eachWayDenominator: read('ew_denom', price.ew_denom, readWhole),
    } satisfies MergeRow
  })
  return { rows, findings: values.findings }
}
