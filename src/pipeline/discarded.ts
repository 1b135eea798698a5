import { IngestError } from '../core/errors.ts'
import type { Discarded } from '../store/dead-letters.ts'
import type { Failure, FetchedGame } from './fetch-game.ts'

/** Games that are not whole. */
export const failedItems = (fetched: readonly FetchedGame[]): string[] =>
  fetched.filter(game => game.failures.length > 0).map(game => game.id)

/**
 * Games without the failures that a person has given up: no new letter, not dead in the receipt, no exit code; the game counts by
 * what else is known of it. A watermark may pass it, because its letter is still there.
 */
export function withoutDiscarded(fetched: readonly FetchedGame[], discarded: readonly Discarded[]): FetchedGame[] {
  if (discarded.length === 0) return [...fetched]
  return fetched.map(game => {
    const own = discarded.filter(letter => letter.item === game.id)
    return { ...game, failures: game.failures.filter(failure => !own.some(letter => isDiscarded(failure, letter))) }
  })
}

/**
 * Whether a failure is the one a person has given up: of the same dataset and the same kind. One that may pass by itself (the
 * provider is down) does not bring it up again, either. Another kind is news: there was no file, and now there is one that is malformed.
 */
export function isDiscarded({ dataset, error }: Pick<Failure, 'dataset' | 'error'>, letter: Discarded): boolean {
  const passing = error instanceof IngestError && (error.recovery === 'retry' || error.recovery === 'snooze')
  return letter.dataset === dataset && (letter.errorClass === error.name || passing)
}
