import { transientErrors } from '../core/outcome.ts'
import type { Discarded } from '../store/dead-letters.ts'
import type { Failure, Item } from './item.ts'

/** Items that are not complete. */
export const failedItems = (items: readonly Item[]): string[] =>
  items.filter(({ failures }) => failures.length > 0).map(({ id }) => id)

/**
 * Items without the failures that a person has discarded: no new letter, not dead in the receipt, no exit code; the item counts by what
 * else is known of it. A watermark may pass it, because its letter is still there.
 */
export function withoutDiscarded(items: readonly Item[], discarded: readonly Discarded[]): Item[] {
  if (discarded.length === 0) return [...items]
  return items.map(item => {
    const own = discarded.filter(letter => letter.item === item.id)
    return { ...item, failures: item.failures.filter(failure => !own.some(letter => isDiscarded(failure, letter))) }
  })
}

/**
 * Whether a failure is the one a person has discarded: of the same dataset and the same kind. One that may pass by itself (the provider
 * is down) does not bring it up again, either. Another kind is news: there was no file, and now there is one that is malformed.
 */
export const isDiscarded = ({ dataset, error }: Pick<Failure, 'dataset' | 'error'>, letter: Discarded): boolean =>
  letter.dataset === dataset && (letter.errorClass === error.name || transientErrors.includes(error.name))
