import type { Config } from '../core/config/config.ts'
import type { Day } from '../core/days.ts'
import type { IngestError } from '../core/errors.ts'
import type { Limits, RetryPolicy } from '../http/limits.ts'

export interface Account {
  username: string
  password: string
}

/** What `explainRefusal` goes by. */
export interface Refused {
  ask(path: string): Promise<unknown>
  /** Whether the same endpoint, with whatever query, has been answered since the provider was opened. */
  hasAnswered: boolean
}

/** What is special to one outside API. */
export interface ProviderDeclaration {
  id: string
  baseUrl: string
  headers: Readonly<Record<string, string>>
  /** What it is asked for to learn whether it answers: something small, or a file of which the beginning is read. */
  probe?: { path(today: Day): string; isFile: boolean }
  /** Nothing of the current season depends on it. */
  isOptional?: boolean
  /** If it allows less than the defaults, or fewer attempts make sense. Settings may lower these further, not raise them. */
  limits?: Readonly<Partial<Limits>>
  /** The rate of its account where it has a setting of its own. */
  ratePerSecond?(config: Config): number
  /** Requests of which fewer are allowed than of all together. */
  slower?: { isMeant(path: string): boolean; ratePerSecond(config: Config): number }
  /** The account it wants. @throws CredentialsError where the settings have none */
  account?(config: Config): Account
  /**
   * Why a path was answered with 401, by another request that tells an account from a path; `ask` throws what the provider says. Undefined
   * where the answer seems to have been a passing one: then the path is asked for once more.
   */
  explainRefusal?(path: string, config: Config, about: Refused): Promise<IngestError | undefined>
  /** What to do about a request that was rejected as it stands, by the error's message; undefined where nothing is known to help. */
  remedyFor?(message: string, path: string): string | undefined
  retry?: Readonly<Partial<RetryPolicy>>
}
