import { expect, test } from 'vitest'
import { type IngestError, PayloadError, ProviderRejectedError, ProviderUnavailableError } from '../../src/core/errors.ts'
import { withoutDiscarded } from '../../src/pipeline/discarded.ts'
import { emptyItem, type Item } from '../../src/pipeline/item.ts'

const failed = (error: IngestError, dataset = 'box-scores', id = '1'): Item => ({
  ...emptyItem(id, ''),
  failures: [{ dataset, stage: 'fetch', error, payload: undefined, isRefused: false }],
})
const refused = new ProviderRejectedError('403', { kind: 'refused' })
const letter = { item: '1', dataset: 'box-scores', errorClass: 'ProviderRejectedError' }
const left = (item: Item) => withoutDiscarded([item], [letter])[0]?.failures.length

test('a failure that was discarded is none any more when it is the same, or passes by itself', () => {
  expect(left(failed(refused))).toBe(0)
  expect(left(failed(new ProviderUnavailableError('503')))).toBe(0)
})

test('another kind of failure, another dataset and another game are news', () => {
  expect(left(failed(new PayloadError('malformed')))).toBe(1)
  expect(left(failed(refused, 'schedule'))).toBe(1)
  expect(left(failed(refused, 'box-scores', '2'))).toBe(1)
})
