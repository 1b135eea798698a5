import type { App } from '../../app.ts'
import type { LivePolling, Sport } from '../../pipeline/contract.ts'
import { createRefusalWatch, type RefusalWatch } from '../../pipeline/refusal.ts'
import type { Provider } from '../../providers/open-provider.ts'
import type { HeldRun } from '../sport-run.ts'

/** A sport that declares how its games are followed. */
export type LiveSport = Sport & { live: LivePolling }

export const isLive = (sport: Sport): sport is LiveSport => sport.live !== undefined

/** A sport's live files, opened for as long as it is followed. Whoever opened it closes it. */
export interface OpenLive {
  app: App
  sport: LiveSport
  run: NonNullable<HeldRun>
  providers: ReadonlyMap<string, Provider>
  refusals: RefusalWatch
  /** Made so far. */
  readonly requests: number
  close(): Promise<void>
}

export function openLive(app: App, sport: LiveSport, run: NonNullable<HeldRun>): OpenLive {
  const wanted = [
    sport.live.provider,
    ...sport.providers.filter(({ id }) => sport.live.datasets.some(one => one.provider === id)),
  ]
  const declared = new Map(wanted.map(declaration => [declaration.id, declaration]))
  const providers = new Map([...declared].map(([id, declaration]) => [id, app.openProvider(declaration, false, 'live')]))
  return {
    app,
    sport,
    run,
    providers,
    refusals: createRefusalWatch(),
    get requests() {
      return [...providers.values()].reduce((sum, provider) => sum + provider.requests, 0)
    },
    close: async () => {
      await Promise.all([...providers.values()].map(provider => provider.close()))
    },
  }
}
