import { transientErrors } from '../core/outcome.ts'
import type { Discarded } from '../store/dead-letters.ts'
import type { Failure } from './item.ts'

/**
 * An item's failures without those that a person has discarded: no new letter, not dead in the receipt, no exit code; the item counts by
 * what else is known of it. A watermark may pass it, because its letter is still there. A failure is the discarded one if it is of the same
 * dataset and the same kind. One that may pass by itself (the provider is down) does not bring it up again, either. Another kind is news:
 * there was no file, and now there is one that is malformed.
 */
export const undiscarded = <F extends Pick<Failure, 'dataset' | 'error'>>(
  item: string,
  failures: readonly F[],
  discarded: readonly Discarded[],
): F[] =>
  failures.filter(({ dataset, error }) => {
    const own = discarded.filter(letter => letter.item === item && letter.dataset === dataset)
    return !own.some(({ errorClass }) => errorClass === error.name || transientErrors.includes(error.name))
  })
