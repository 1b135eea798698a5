import type { Limits, RetryPolicy } from '../http/limits.ts'

/** What is special to one outside API. */
export interface ProviderDeclaration {
  id: string
  baseUrl: string
  headers: Readonly<Record<string, string>>
  /** Where it takes less than others, or deserves less patience. Settings may lower these further, not raise them. */
  limits?: Readonly<Partial<Limits>>
  retry?: Readonly<Partial<RetryPolicy>>
}
