import type { App, ProviderOptions } from '../app.ts'
import type { ProviderDeclaration } from '../providers/declaration.ts'
import type { Provider } from '../providers/open-provider.ts'

/** The providers that a job asks, by their ids. Whoever opened them closes them. */
export type Providers = ReadonlyMap<string, Provider>

export const openProviders = (app: App, declarations: readonly ProviderDeclaration[], options: ProviderOptions): Providers =>
  new Map(declarations.map(declaration => [declaration.id, app.openProvider(declaration, options)]))

/** Requests made so far, of all of them. */
export const requestsOf = (providers: Providers): number =>
  [...providers.values()].reduce((sum, { requests }) => sum + requests, 0)

export async function closeProviders(providers: Providers): Promise<void> {
  await Promise.all([...providers.values()].map(provider => provider.close()))
}

/** What the slowest of them may be asked at most, or of some of them. */
export const slowest = (providers: Providers, some: ReadonlySet<string> = new Set(providers.keys())): number =>
  Math.min(...[...providers].filter(([id]) => some.has(id)).map(([, { ratePerSecond }]) => ratePerSecond))
