import { expect, test } from 'vitest'
import { type IngestError, PayloadError, ProviderRejectedError, ProviderUnavailableError } from '../../src/core/errors.ts'
import { undiscarded } from '../../src/pipeline/discarded.ts'

const refused = new ProviderRejectedError('403', { kind: 'refused' })
const letter = { item: '1', dataset: 'box-scores', errorClass: 'ProviderRejectedError' }
const left = (error: IngestError, dataset = 'box-scores', item = '1') => undiscarded(item, [{ dataset, error }], [letter]).length

test('a failure that was discarded is none any more when it is the same, or passes by itself', () => {
  expect(left(refused)).toBe(0)
  expect(left(new ProviderUnavailableError('503'))).toBe(0)
})

test('another kind of failure, another dataset and another game are news', () => {
  expect(left(new PayloadError('malformed'))).toBe(1)
  expect(left(refused, 'schedule')).toBe(1)
  expect(left(refused, 'box-scores', '2')).toBe(1)
})
