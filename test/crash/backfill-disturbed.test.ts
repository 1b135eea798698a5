import { beforeAll, describe, expect, test } from 'vitest'
import { createSmallSeason } from '../support/backfill-run.ts'
import { createTestDatabase } from '../support/database.ts'
import { eachAnswerLost, serverAwayFor, serverGone, sessionsEnded, someAnswersLost } from '../torture/database.ts'
import {
  asleepInCopy,
  asleepUntilAllIsDone,
  asleepUntilAnotherCommits,
  asleepUntilAnotherWorks,
  startedAtOnce,
} from '../torture/pause.ts'
import { toldToStop, toldToStopTooLate } from '../torture/signal.ts'
import { type Case, openWorld, tryCase, type World } from '../torture/trial.ts'

// The short form of `npm run torture`.
let world: World

beforeAll(async () => {
  world = await openWorld(createSmallSeason(), () => createTestDatabase())
})

const groups: [string, Case[]][] = [
  [
    'a backfill that sleeps past its lease commits nothing more and ends with 103',
    [
      ...['planned:1', 'before-commit:4'].map(asleepUntilAllIsDone),
      asleepUntilAnotherWorks('after-fetch:17'),
      asleepUntilAnotherCommits,
      asleepInCopy,
      startedAtOnce,
    ],
  ],
  [
    'a backfill that loses its database goes on by itself, asks for nothing twice and counts right',
    [
      ...['before-fetch:12', 'mid-copy:14', 'before-commit:4', 'before-receipt'].map(sessionsEnded),
      serverAwayFor('mid-copy:8'),
      eachAnswerLost,
      someAnswersLost(0.1, 1),
    ],
  ],
  ['a backfill that does not get it back ends with 102, and the next one goes on', [serverGone('before-commit:2')]],
  [
    'a backfill that gets a signal ends with its commits and says how to go on',
    [
      toldToStop('SIGINT', 'before-fetch:12'),
      toldToStop('SIGTERM', 'retry-wait:3'),
      toldToStop('SIGINT', 'mid-copy:8'),
      toldToStop('SIGTERM', 'before-commit:3'),
      toldToStopTooLate('SIGINT'),
    ],
  ],
]

describe.concurrent.each(groups)('%s', (_title, cases) => {
  test.each(cases)('$name', async one => {
    expect((await tryCase(world, one)).problems).toEqual([])
  })
})
