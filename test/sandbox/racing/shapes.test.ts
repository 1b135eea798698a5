import { existsSync, globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { addDays } from '../../../src/core/days.ts'
import { toCard } from '../../../src/sports/racing/card.ts'
import { toResult } from '../../../src/sports/racing/result.ts'
import { createRacingWorld, daysOf } from './world.ts'

const [readCard, readResult] = [toCard('racecards', true), toResult('results', true)]
const troubleOf = ({ failures, findings }: ReturnType<typeof readCard>) => [
  ...failures.map(({ error }) => error.message),
  ...findings.map(({ message }) => message),
]

test.each([1, 2, 3, 4])('every card and result is read without a finding, seed %d', seed => {
  const world = createRacingWorld(seed)
  for (const day of daysOf('2023-01-23', 40, 29)) {
    const cards = [`${addDays(day, -1)}T12:00:00Z`, `${day}T13:00:00Z`, `${addDays(day, 9)}T12:00:00Z`].flatMap(now =>
      world.cards(day, now),
    )
    const results = [1, 3].flatMap(later => world.results(day, `${addDays(day, later)}T18:00:00Z`))
    const read = [...cards.map(card => readCard({ ...card })), ...results.map(result => readResult({ ...result }))]
    expect(read.flatMap(troubleOf)).toEqual([])
  }
})

// Answers of the real provider are not ours to publish, so they lie beside the repository, where they are at all.
const real = fileURLToPath(new URL('../../../../shared/data/racing/api.theracingapi.com/v1/', import.meta.url))
const absent = !existsSync(real)
if (absent) process.stderr.write(`shapes: skipped, no real answers at ${real}\n`)

type Race = { runners: object[] }

/** The kinds of value under each key. */
const kindsOf = (values: readonly object[]) =>
  Map.groupBy(
    values.flatMap(value => Object.entries(value)),
    ([key, value]) => `${key}: ${Array.isArray(value) ? 'list' : typeof value}`,
  )

describe.skipIf(absent)('a simulated race has the keys and kinds of values of a real one', () => {
  const world = createRacingWorld()
  const readAll = (pattern: string): Race[] =>
    globSync(pattern, { cwd: real }).flatMap(name => {
      const file = JSON.parse(readFileSync(real + name, 'utf8'))
      return file.racecards ?? file.results ?? [file]
    })

  function compare(ours: readonly Race[], theirs: readonly Race[]): { strange: string[]; lacking: string[] } {
    const parts = [
      [ours, theirs],
      [ours.flatMap(({ runners }) => runners), theirs.flatMap(({ runners }) => runners)],
    ] as const
    const kinds = parts.map(([our, their]) => [[...kindsOf(our).keys()], [...kindsOf(their).keys()]] as const)
    return {
      strange: kinds.flatMap(([our, their]) => our.filter(kind => !their.includes(kind))),
      lacking: kinds.flatMap(([our, their]) => their.filter(kind => !our.includes(kind))),
    }
  }

  test('of the results; the prices of the exchange are newer than the real ones', () => {
    const ours = world.results('2025-10-11', '2025-10-14T12:00:00Z') as unknown as Race[]
    expect(compare(ours, readAll('results/rac_*.json'))).toEqual({ strange: ['bsp: string'], lacking: [] })
  })

  test.each([
    ['free', []],
    ['basic', ['race_status: string']],
    ['standard', ['race_status: string']],
    ['pro', ['race_status: string']],
  ])('of the cards in the plan %s; the status is newer than the real ones', (plan, strange) => {
    const { racecards } = world.ask<{ racecards: Race[] }>(`/v1/racecards/${plan}`, '2025-10-11T11:00:00Z')
    expect(compare(racecards, readAll(`racecards/${plan}/_query/*.json`))).toEqual({ strange, lacking: [] })
  })
})
