import { beforeAll, describe, expect, test } from 'vitest'
import { steps } from '../../src/core/steps.ts'
import { createSmallSeason } from '../support/backfill-run.ts'
import { createTestDatabase } from '../support/database.ts'
import { killedAlone, killedBesideAnother, momentsOf } from '../torture/kill.ts'
import { openWorld, tryCase, type World } from '../torture/trial.ts'

// The short form of `npm run torture`.
let world: World

beforeAll(async () => {
  world = await openWorld(createSmallSeason(), () => createTestDatabase())
})

const last = (step: (typeof steps)[number]) => momentsOf(step).at(-1) as string

describe.concurrent('a backfill that is killed leaves whole chunks only, and the next one asks for the rest and no more', () => {
  test.each(steps.map(last).map(killedAlone))('$name', async one => {
    expect((await tryCase(world, one)).problems).toEqual([])
  })
})

describe.concurrent('a second process ends with 103 while the first lives, and takes over when it is dead', () => {
  test.each(['after-fetch:20', 'rows-merged:19'].map(killedBesideAnother))('$name', async one => {
    expect((await tryCase(world, one)).problems).toEqual([])
  })
})
