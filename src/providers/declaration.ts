import type { Limits, RetryPolicy } from '../http/limits.ts'

/** What is special to one outside API. */
export interface ProviderDeclaration {
  id: string
  baseUrl: string
  headers: Readonly<Record<string, string>>
  /** If it allows less than the defaults, or fewer attempts make sense. Settings may lower these further, not raise them. */
  limits?: Readonly<Partial<Limits>>
  retry?: Readonly<Partial<RetryPolicy>>
}
