import type { App } from '../../app.ts'
import type { LiveFeed } from '../../pipeline/live-feed.ts'
import { createProviderHealth, type ProviderHealth } from '../../pipeline/provider-health.ts'
import type { Run } from '../../pipeline/run.ts'
import type { Sport } from '../../pipeline/sport.ts'
import type { Provider } from '../../providers/open-provider.ts'

/** A sport that declares how its events are followed. */
export type LiveSport = Sport & { live: LiveFeed }

export const isLive = (sport: Sport): sport is LiveSport => sport.live !== undefined

/** A sport's live feed, opened for as long as it is followed. Whoever opened it closes it. */
export interface OpenLive {
  app: App
  sport: LiveSport
  run: Run
  providers: ReadonlyMap<string, Provider>
  health: ProviderHealth
  /** Games of which a provisional dataset could not be had at the last poll. */
  failing: Set<string>
  /** Datasets to load; all where empty. */
  only: readonly string[]
  /** Made so far. */
  readonly requests: number
  close(): Promise<void>
}

/** Whether a dataset of live work is wanted. */
export const isWanted = (only: readonly string[], name: string): boolean => only.length === 0 || only.includes(name)

export function openLive(app: App, sport: LiveSport, run: Run, only: readonly string[]): OpenLive {
  const { live, providers: declarations } = sport
  const wanted = [live.provider, ...declarations.filter(({ id }) => live.datasets.some(({ provider }) => provider === id))]
  const declared = new Map(wanted.map(declaration => [declaration.id, declaration]))
  const options = { dryRun: false, signal: app.signal, log: app.log, share: 'live' as const }
  const providers = new Map([...declared].map(([id, declaration]) => [id, app.openProvider(declaration, options)]))
  return {
    ...{ app, sport, run, providers, only },
    failing: new Set(),
    health: createProviderHealth(app.log.with({ sport: sport.id })),
    get requests() {
      return [...providers.values()].reduce((sum, provider) => sum + provider.requests, 0)
    },
    close: async () => {
      await Promise.all([...providers.values()].map(provider => provider.close()))
    },
  }
}
