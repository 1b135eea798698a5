import {
  type IngestError,
  ProviderRefusesError,
  ProviderRejectedError,
  ProviderUnavailableError,
  RateLimitedError,
} from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Failure } from './item.ts'

/** What a run has seen of its providers: whether they throttle, block or are down. It is said once, when it becomes known. */
export interface ProviderHealth {
  /** A file was given, so a no (403) is about the file and not about us. */
  answered: boolean
  /** Files refused that should be there, and had not been refused to earlier runs. */
  refused: number
  /** Events without an answer since the last one that was given. */
  unanswered: number
  /** Why no more units are begun; undefined while they are. */
  readonly closedBy: IngestError | undefined
  /**
   * Notes how a unit has ended. A provider that asks us to wait or refuses us means it; one that gave no answer may have files that never
   * have one, so that counts only `patience` times in a row.
   */
  note(error: IngestError | undefined, patience: number): void
}

export function createProviderHealth(log: Log): ProviderHealth {
  let closedBy: IngestError | undefined
  let failing: IngestError[] = []
  return {
    answered: false,
    refused: 0,
    unanswered: 0,
    get closedBy() {
      return closedBy
    },
    note(error, patience) {
      const isClosed = error instanceof RateLimitedError || error instanceof ProviderRefusesError
      const isFailing = error instanceof ProviderUnavailableError || isRefusal(error)
      failing = error && isFailing ? [...failing, error] : []
      if (closedBy || !(isClosed || (isFailing && failing.length >= patience))) return
      closedBy = isClosed ? error : failing[0]
      log.warn('provider.stopped', { reason: closedBy?.message })
    },
  }
}

/** The provider said no (403). */
export const isRefusal = (error: unknown): boolean => error instanceof ProviderRejectedError && error.kind === 'refused'

/** The error of a unit's own requests that speaks for the provider, where there is one. */
export const healthErrorOf = (failures: readonly Pick<Failure, 'error'>[]): IngestError | undefined =>
  failures.map(({ error }) => error).find(error => error instanceof ProviderUnavailableError || isRefusal(error))
