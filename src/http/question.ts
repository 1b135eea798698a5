import type { Clock } from '../core/clock.ts'
import type { Bounds, Take } from './exchange.ts'
import type { Limits } from './limits.ts'
import type { Validators } from './validators.ts'

/** A path, and how a client asks for it. */
export interface Question {
  readonly provider: string
  /** The full address, without credentials. */
  readonly url: string
  /** `GET /path?query`, without secrets. */
  readonly line: string
  readonly limits: Limits
  readonly clock: Clock
  /** Repeats `attempt` for as long as that helps. */
  tryAgain<T>(attempt: () => Promise<T>): Promise<T>
  /**
   * Makes the request and those it is redirected to, each paced. It counts as in flight until its body was consumed.
   * @returns what `take` made of the body; undefined if it is still the `known` one
   * @throws Failure for any other status than 200
   */
  follow<T extends object>(accept: string, known: Validators | undefined, bounds: Bounds, take: Take<T>): Promise<T | undefined>
}
