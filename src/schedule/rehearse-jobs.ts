import type { App } from '../app.ts'
import type { Config } from '../core/config/config.ts'
import { toDailyRequest } from '../jobs/request/daily-request.ts'
import { chooseLiveSports, chooseReferenceSports } from '../jobs/request/sports.ts'
import {
  type EventsByDay,
  readEventsByDay,
  type UsualRequests,
  usualDaily,
  usualLive,
  usualReference,
} from '../jobs/usual-requests.ts'
import type { Sport } from '../pipeline/sport.ts'
import type { ProviderDeclaration } from '../providers/declaration.ts'
import { readUsualDurations } from '../store/occurrences.ts'
import type { FileJob, FileJobOptions } from './file-job.ts'
import { type RehearsedJob, type RehearsedLoad, type RehearsedOccurrence, rehearse, type Span } from './rehearse.ts'

/** What a provider would be asked for, and what it allows and costs. */
export interface ProviderLoad extends Omit<RehearsedLoad, 'fullHours'> {
  allowedPerMinute: number
  dailyQuota: number | null
  /** Of all requests; null where the settings have no price. */
  price: number | null
}

export interface Rehearsal extends Span {
  occurrences: RehearsedOccurrence[]
  providers: ProviderLoad[]
  /** Sports of which no event is stored around these days, so that none is foreseen. */
  withoutEvents: string[]
  /** In which ways the budget would break, in words. */
  findings: string[]
}

const everyMs = 10 * 60_000

/** Runs a virtual clock over the jobs that are not switched off and the events that are stored: asks no provider, and writes nothing. */
export async function rehearseJobs(
  app: App,
  jobs: readonly FileJob[],
  span: Span,
  { sandbox }: Pick<FileJobOptions, 'sandbox'>,
): Promise<Rehearsal> {
  const { config, database } = app
  const events = new Map<string, EventsByDay>()
  const eventsOf = async (sport: Sport) => {
    const found = events.get(sport.id) ?? (await readEventsByDay(database, sport, span))
    events.set(sport.id, found)
    return found
  }
  const usualMs = await database.run(readUsualDurations)
  const declarations = new Map<string, ProviderDeclaration>()
  const rehearsed: RehearsedJob[] = []
  for (const job of jobs.filter(({ enabled }) => enabled)) {
    const { sports, usual } = await usualOf(job, { config, sandbox, from: span.from, eventsOf })
    for (const { providers, live } of sports)
      for (const one of [...providers, ...(live ? [live.provider] : [])]) declarations.set(one.id, one)
    rehearsed.push({ job, usualMs: usualMs.get(job.name) ?? 0, requests: at => sumOf(usual.map(one => one(at))) })
  }
  const providers = await readLimits(app, declarations)
  const ratePerSecond = new Map([...providers].map(([id, limits]) => [id, limits.ratePerSecond]))
  const { occurrences, loads } = rehearse(rehearsed, { ...span, everyMs, ratePerSecond })
  const told = loads.map(({ fullHours, ...load }): ProviderLoad => {
    const { dailyQuota = null, price, ratePerSecond: rate = 0 } = providers.get(load.provider) ?? {}
    return {
      ...load,
      ...{ allowedPerMinute: Math.round(rate * 60 * 10) / 10, dailyQuota },
      price: price === undefined ? null : Number((price * load.requests).toFixed(4)),
    }
  })
  return {
    ...{ ...span, occurrences, providers: told },
    withoutEvents: [...events].filter(([, byDay]) => byDay.size === 0).map(([sport]) => sport),
    findings: [...timeouts(occurrences, rehearsed), ...fullHours(loads, ratePerSecond), ...spentQuotas(told)],
  }
}

interface About {
  config: Config
  sandbox: boolean
  from: Date
  eventsOf(sport: Sport): Promise<EventsByDay>
}

/** What the runs of a job usually ask for, of each of its sports. */
async function usualOf(
  job: FileJob,
  { config, sandbox, from, eventsOf }: About,
): Promise<{ sports: Sport[]; usual: UsualRequests[] }> {
  const sport = job.sport ? [job.sport] : []
  const each = async <S extends Sport>(sports: S[], usual: (sport: S, events: EventsByDay) => UsualRequests) => ({
    sports,
    usual: await Promise.all(sports.map(async one => usual(one, await eventsOf(one)))),
  })
  switch (job.run) {
    case 'daily': {
      const { sports, options } = toDailyRequest(
        {
          ...{ sport, date: undefined, only: undefined, 'catch-up': true, 'dry-run': true, sandbox },
          ...{ 'days-back': job.daysBack ?? 1, 'days-ahead': job.daysAhead ?? 0, weekly: job.weekly },
        },
        { now: from, config },
      )
      return await each(sports, (one, events) => usualDaily(one, options, events))
    }
    case 'live':
      return await each(chooseLiveSports(sport, { config, sandbox }), usualLive)
    case 'reference':
      return await each(chooseReferenceSports(sport, [], { config, sandbox }), usualReference)
    default:
      return { sports: [], usual: [] }
  }
}

function sumOf(counts: readonly ReadonlyMap<string, number>[]): Map<string, number> {
  const sum = new Map<string, number>()
  for (const one of counts) for (const [provider, count] of one) sum.set(provider, (sum.get(provider) ?? 0) + count)
  return sum
}

async function readLimits(
  { openProvider, signal, log }: App,
  declarations: ReadonlyMap<string, ProviderDeclaration>,
): Promise<Map<string, { ratePerSecond: number; dailyQuota: number | undefined; price: number | undefined }>> {
  const limits = new Map()
  for (const [id, declaration] of declarations) {
    const provider = openProvider(declaration, { dryRun: true, signal, log })
    const { ratePerSecond, dailyQuota, price } = provider
    limits.set(id, { ratePerSecond, dailyQuota, price })
    await provider.close()
  }
  return limits
}

const minutes = (ms: number): string => `${Math.max(1, Math.round(ms / 60_000))} min`
const instant = (at: Date): string => `${at.toISOString().slice(0, 16)}Z`

/** One line for each job: the rest of its runs would say the same. */
function timeouts(occurrences: readonly RehearsedOccurrence[], jobs: readonly RehearsedJob[]): string[] {
  return jobs.flatMap(({ job, usualMs }) => {
    const late = occurrences.filter(one => one.job === job.name && one.isTimedOut)
    const [first] = late
    if (!first) return []
    const why = usualMs > job.timeoutMs ? `takes ${minutes(usualMs)} as a rule` : `needs about ${first.requests} requests`
    const others = late.length > 1 ? `, and ${late.length - 1} more after it` : ''
    return [
      `${job.name}, due at ${instant(first.dueAt)}, ${why} and is stopped by its timeout of ${minutes(job.timeoutMs)}${others}.`,
    ]
  })
}

const fullHours = (loads: readonly RehearsedLoad[], ratePerSecond: ReadonlyMap<string, number>): string[] =>
  loads.flatMap(({ provider, fullHours: [first, ...others] }) => {
    if (!first) return []
    const allowed = Math.floor((ratePerSecond.get(provider) ?? 0) * 3600)
    const more = others.length > 0 ? `; so it is in ${others.length} more hours` : ''
    return [
      `In the hour from ${instant(first.at)} jobs want ${first.requests} requests of ${provider}, which allows ${allowed} in an hour${more}.`,
    ]
  })

const spentQuotas = (loads: readonly ProviderLoad[]): string[] =>
  loads.flatMap(({ provider, busiestDay: { day, requests }, dailyQuota }) =>
    dailyQuota !== null && requests > dailyQuota
      ? [`On ${day} (UTC) jobs want ${requests} requests of ${provider}, and its daily_quota is ${dailyQuota}.`]
      : [],
  )
