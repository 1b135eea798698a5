import {
  IngestError,
  PayloadError,
  ProviderRefusesError,
  ProviderRejectedError,
  ProviderUnavailableError,
} from '../core/errors.ts'
import { decideOutcome } from '../core/outcome.ts'
import { providerOf } from '../pipeline/context.ts'
import type { ScheduleSource, SeasonSchedule } from '../pipeline/schedule.ts'
import type { Sport } from '../pipeline/sport.ts'
import { type OptionalProvider, optionalProvider } from '../providers/optional-provider.ts'
import type { Job } from './job.ts'
import { findKeptSchedule } from './kept-schedules.ts'

/** With `keptAt`, no provider gave it, and it is the one that was kept then: of what came later it knows nothing. */
interface FoundSchedule {
  schedule: SeasonSchedule
  keptAt?: Date
}

/** A sport's schedules, and what one request can check, for one run. */
export interface Schedules {
  /** @throws ProviderRefusesError where the provider will not give it: without it nothing can be loaded */
  fetchCurrent(): Promise<SeasonSchedule>
  /** The schedule of a season that may be over: from the provider of the current one, from that of former ones, or as it was kept. */
  fetch(season: string): Promise<FoundSchedule>
  /** For the sport's bulk check; undefined where it has none. */
  checker: OptionalProvider | undefined
}

/** A sport whose events are listed beforehand. */
export type ScheduledSport = Sport & { schedule: ScheduleSource }

export const hasSchedule = (sport: Sport): sport is ScheduledSport => sport.schedule !== undefined

export function openSchedules({ app, sport, providers }: Pick<Job, 'app' | 'providers'> & { sport: ScheduledSport }): Schedules {
  const { schedule: source, bulkCheck } = sport
  const checker = bulkCheck && optionalProvider(providerOf({ providers }, bulkCheck.provider), app.log)

  async function fetchCurrent(): Promise<SeasonSchedule> {
    try {
      return source.parse((await providerOf({ providers }, source.provider).get(source.path)).json())
    } catch (error) {
      throw withoutSchedule(error)
    }
  }

  async function fetchFormer(season: string): Promise<FoundSchedule> {
    const { former } = source
    if (!former) throw new PayloadError(`No provider has the schedule of ${season}.`)
    try {
      const answer = await providerOf({ providers }, former.provider).get(former.path(season))
      return { schedule: former.parse(answer.json(), season) }
    } catch (error) {
      if (!(error instanceof IngestError) || decideOutcome(error).kind === 'stop') throw error
      if (bulkCheck?.provider === former.provider) checker?.stopAsking(error)
      const kept = await findKeptSchedule(app.archive, source, season)
      if (!kept) throw withoutFormer(error, former.provider, season)
      const { schedule, payload } = kept
      const fields = { sport: sport.id, season, fetched_at: payload.fetchedAt.toISOString(), reason: error.message }
      app.log.warn('calendar.kept', fields)
      return { schedule, keptAt: payload.fetchedAt }
    }
  }

  return {
    checker,
    fetchCurrent,
    fetch: async season => {
      const current = await fetchCurrent()
      return current.season === season ? { schedule: current } : await fetchFormer(season)
    },
  }
}

/** Without the schedule nothing can be loaded, so it is the run that has failed. */
function withoutSchedule(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const message = `${error.message.replace(/\.$/, '')}, and without the schedule nothing can be loaded.`
  const later = { hint: 'Nothing was loaded; a later run catches up.', cause: error }
  if (error instanceof ProviderUnavailableError) return new ProviderUnavailableError(message, later)
  if (error instanceof PayloadError) return new PayloadError(message, { ...later, hint: error.hint ?? later.hint })
  return error instanceof ProviderRejectedError ? refusedBy(error, message) : error
}

/** A provider that says no to its own list refuses this client. */
export const refusedBy = (error: ProviderRejectedError, message = error.message): ProviderRefusesError =>
  new ProviderRefusesError(message, {
    hint: 'The provider may block this client or address: try from another network, or later.',
    cause: error,
  })

/** A schedule of the past can be had from one provider alone, which answers some networks only. */
function withoutFormer(error: IngestError, provider: string, season: string): IngestError {
  const message = `${provider}, the only provider of the schedule of ${season}, did not send it: ${error.message}`
  if (error instanceof PayloadError) return new PayloadError(message, { hint: 'Nothing was loaded.', cause: error })
  const hint = 'It answers few hosting networks; try from another one, or later. The current season does not need it.'
  return new ProviderRefusesError(message, { hint, cause: error })
}
