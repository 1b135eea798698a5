import { expect, test } from 'vitest'
import { toCard } from '../../../src/sports/racing/card.ts'
import { jockeys, runners } from '../../../src/sports/racing/tables.ts'
import { card, declared } from '../../support/hand-made-racing.ts'

const rowsOf = (race: ReturnType<typeof card>, table: unknown) =>
  toCard(
    'racecards',
    true,
  )(race)
    .tables.filter(one => one.table === table)
    .flatMap(({ rows }) => rows)

test.each([['jky_9'], ['']])('a withdrawn horse has no rider, whatever the id beside NON-RUNNER: %j', jockey_id => {
  const race = card('2025-10-07', 1, {
    runners: [declared(1), declared(2, { number: 'NR', jockey: 'NON-RUNNER', jockey_id }), declared(3, { number: 'NR' })],
  })
  expect(rowsOf(race, runners)).toMatchObject([
    { jockey: 'Rider 1', jockeyId: 'jky_101', isNonRunner: false },
    { jockey: null, jockeyId: null, isNonRunner: true },
    { jockey: 'Rider 3', jockeyId: 'jky_103', isNonRunner: true },
  ])
  expect(rowsOf(race, jockeys)).toMatchObject([{ name: 'Rider 1' }, { name: 'Rider 3' }])
})
