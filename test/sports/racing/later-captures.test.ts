import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { toCard } from '../../../src/sports/racing/card.ts'
import { toResult } from '../../../src/sports/racing/result.ts'
import { horses, runnerOdds, runners } from '../../../src/sports/racing/tables.ts'
import { noSharedData, sharedFolder } from '../../support/shared-data.ts'

type Race = Record<string, unknown>

const read = (path: string): Race & { racecards: Race[]; results: Race[] } =>
  JSON.parse(readFileSync(join(sharedFolder ?? '', 'data/more/racing/api.theracingapi.com/v1', path), 'utf8'))

const rowsOf = ({ tables }: ReturnType<ReturnType<typeof toCard>>, table: unknown) =>
  tables.filter(one => one.table === table).flatMap(({ rows }) => rows)

test.skipIf(noSharedData)(
  'a card of 2026: a long id, a status, and exchanges that send their decimal price as the fractional one',
  () => {
    const race = toCard('racecards', true)(read('racecards/rac_32300820643/pro.CUT.json'))
    expect(race).toMatchObject({ id: 'rac_32300820643', day: '2026-10-09', failures: [], findings: [] })
    expect(race.event).toMatchObject({
      ...{
        offAt: new Date('2026-10-09T13:25:00Z'),
        status: 'scheduled',
        statusText: 'declared',
        fieldSize: 6,
        distanceYards: 1540,
      },
    })
    expect(rowsOf(race, runners)).toHaveLength(6)
    const prices = rowsOf(race, runnerOdds)
    expect(prices).toHaveLength(48)
    expect(prices.filter(({ horseId }) => horseId === 'hrs_29228423')).toMatchObject([
      { bookmaker: 'Bet365', numerator: 16, denominator: 1, decimal: 17 },
      { bookmaker: 'Betfair Exchange', numerator: null, denominator: null, decimal: 17.5 },
      { bookmaker: 'Coral', numerator: 16, denominator: 1, decimal: 17 },
      { bookmaker: 'SportingIndex', numerator: 12, denominator: 1, decimal: 13 },
      { bookmaker: 'Smarkets', numerator: null, denominator: null, decimal: 17.5 },
      { bookmaker: 'Matchbook', numerator: null, denominator: null, decimal: 18 },
      { bookmaker: 'Betfair Sportsbook', numerator: 18, denominator: 1, decimal: 19 },
      { bookmaker: 'Paddy Power', numerator: 16, denominator: 1, decimal: 17 },
    ])
  },
)

test.skipIf(noSharedData)(
  'cards weeks before the race: entries without riders, and a size of the field that is their number or nothing',
  () => {
    const [flemington, ascot] = read('racecards/big-races.CUT.json').racecards.map(toCard('racecards', true))
    expect(flemington).toMatchObject({ id: 'rac_11738454', findings: [], failures: [] })
    expect(flemington?.event).toMatchObject({
      offAt: new Date('2025-11-04T04:00:00Z'),
      region: 'AUS',
      fieldSize: 66,
      prize: null,
    })
    expect(ascot?.event).toMatchObject({
      offAt: new Date('2025-10-18T12:30:00Z'),
      fieldSize: null,
      prize: 283_550,
      prizeCurrency: 'GBP',
    })
    for (const [race, entries] of [[flemington, 66] as const, [ascot, 16] as const]) {
      const lines = race ? rowsOf(race, runners) : []
      expect(lines).toHaveLength(entries)
      expect(lines.filter(({ jockey, jockeyId }) => jockey !== null || jockeyId !== null)).toEqual([])
      expect(lines.every(({ declared, isNonRunner }) => declared === true && isNonRunner === false)).toBe(true)
    }
  },
)

test.skipIf(noSharedData)(
  'a result of 2026: the exchange price, distances without a leading zero, and horses that join by id',
  () => {
    const [sent] = read('horses/hrs_29228423/results/_query/from-2026-07-28.CUT.json').results
    const race = toResult('results', true)(sent as Race)
    expect(race).toMatchObject({ id: 'rac_11991616', day: '2026-07-28', findings: [], failures: [] })
    expect(race.event).toMatchObject({ offAt: new Date('2026-07-28T14:00:00Z'), status: 'final', winningTime: '1m 26.15s' })
    const lines = rowsOf(race, runners)
    expect(lines).toHaveLength(8)
    expect(lines[0]).toMatchObject({
      ...{ horseId: 'hrs_35828233', horse: 'Lake Forest', position: 1, ran: true, finished: true },
      ...{ spNumerator: 10, spDenominator: 11, favourite: 'favourite', spDecimal: 1.91, bsp: 2.05, time: 'PT1M26.15S' },
    })
    const sentLines = sent?.['runners'] as Record<string, string>[]
    expect(sentLines.map(({ btn }) => btn)).toContain('.75')
    expect(lines.map(({ beatenLengths }) => beatenLengths)).toEqual(sentLines.map(({ btn }) => Number(btn)))
    expect(lines.map(({ bsp }) => bsp)).toEqual(sentLines.map(({ bsp }) => Number(bsp)))
    expect(rowsOf(race, horses)).toContainEqual(
      expect.objectContaining({ providerId: 'hrs_29228423', name: 'Holguin', country: 'GB' }),
    )
  },
)
