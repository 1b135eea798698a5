import { expect, test } from 'vitest'
import { PayloadError, ProviderRejectedError, ProviderUnavailableError } from '../../src/core/errors.ts'
import { withoutDiscarded } from '../../src/pipeline/discarded.ts'
import type { FetchedGame } from '../../src/pipeline/fetch-game.ts'

const failed = (error: Error, dataset = 'box-scores', id = '1'): FetchedGame => ({
  id,
  game: undefined,
  teams: [],
  tables: [],
  findings: [],
  done: [],
  failures: [{ dataset, stage: 'fetch', error, payload: undefined, refused: false }],
})
const refused = new ProviderRejectedError('403', { kind: 'refused' })
const letter = { item: '1', dataset: 'box-scores', errorClass: 'ProviderRejectedError' }
const left = (game: FetchedGame) => withoutDiscarded([game], [letter])[0]?.failures.length

test('a failure that was discarded is none any more when it is the same, or passes by itself', () => {
  expect(left(failed(refused))).toBe(0)
  expect(left(failed(new ProviderUnavailableError('503')))).toBe(0)
})

test('another kind of failure, another dataset and another game are news', () => {
  expect(left(failed(new PayloadError('malformed')))).toBe(1)
  expect(left(failed(refused, 'schedule'))).toBe(1)
  expect(left(failed(refused, 'box-scores', '2'))).toBe(1)
})
