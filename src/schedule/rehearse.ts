import { decide, type ScheduledJob, type SkipReason } from './decide.ts'
import { findNextDueTime } from './due-times.ts'

/** A job, and what its runs usually cost. */
export interface RehearsedJob {
  job: ScheduledJob & { timeoutMs: number }
  /** Requests of a run that starts then, by provider. */
  requests(startsAt: Date): ReadonlyMap<string, number>
  /** What a run takes at least. */
  usualMs: number
}

export interface RehearsedOccurrence {
  job: string
  dueAt: Date
  status: 'runs' | 'merged' | 'skipped'
  reason: SkipReason | null
  /** The due time that it is made up for by. */
  by: Date | null
  startsAt: Date | null
  endsAt: Date | null
  requests: number
  /** It does not end before its timeout. */
  isTimedOut: boolean
}

/** What one provider would be asked for. */
export interface RehearsedLoad {
  provider: string
  requests: number
  busiestMinute: { at: Date; requests: number }
  /** In UTC, as quotas are counted. */
  busiestDay: { day: string; requests: number }
  /** More than an hour's worth of its rate: hours in which jobs want more requests than that. */
  fullHours: { at: Date; requests: number }[]
}

export interface Span {
  from: Date
  to: Date
}

const [minuteMs, hourMs] = [60_000, 3_600_000]

/** A run that is going on. */
interface Work {
  job: RehearsedJob
  occurrence: RehearsedOccurrence
  startedMs: number
  /** Requests that are left to be sent. */
  left: Map<string, number>
}

/** One call of the orchestrator: it works the jobs off one after the other. */
interface Caller {
  jobs: RehearsedJob[]
  work: Work | undefined
}

interface JobRecord {
  decidedUntil: Date
  /** The first due time behind that. */
  nextDueAt: Date | undefined
  waiting: Date[]
  isBusy: boolean
}

/**
 * Calls the orchestrator at even distances over a span, on a virtual clock: which due times run, when and for how long. Runs that ask the
 * same provider at the same time share its rate. The last runs may end behind the span.
 * @param ratePerSecond of each provider
 */
export function rehearse(
  jobs: readonly RehearsedJob[],
  { from, to, everyMs, ratePerSecond }: Span & { everyMs: number; ratePerSecond: ReadonlyMap<string, number> },
): { occurrences: RehearsedOccurrence[]; loads: RehearsedLoad[] } {
  const occurrences = new Map<string, RehearsedOccurrence>()
  const decidedUntil = new Date(from.getTime() - 1)
  const records = new Map(
    jobs.map(({ job }): [string, JobRecord] => {
      const nextDueAt = findNextDueTime(job, decidedUntil)
      return [job.name, { decidedUntil, nextDueAt, waiting: [], isBusy: false }]
    }),
  )
  const recordOf = (name: string) => records.get(name) as JobRecord
  const loads = trackLoads(ratePerSecond)
  let callers: Caller[] = []
  let nowMs = from.getTime()
  let nextCallMs = nowMs

  const works = () => callers.flatMap(({ work }) => work ?? [])
  /** Requests in a millisecond that each of the runs that ask a provider is given. */
  const shareOf = (provider: string) => {
    const askers = works().filter(({ left }) => left.has(provider)).length
    return (ratePerSecond.get(provider) ?? 1) / 1000 / Math.max(askers, 1)
  }

  /** When something may change, if nothing else does. */
  const changesOf = ({ job, left, startedMs }: Work): number[] => [
    startedMs + job.job.timeoutMs,
    ...(left.size === 0 ? [startedMs + job.usualMs] : [...left].map(([provider, count]) => nowMs + count / shareOf(provider))),
  ]

  function advance(toMs: number): void {
    const passed = toMs - nowMs
    const shares = new Map([...ratePerSecond.keys()].map(provider => [provider, shareOf(provider)]))
    for (const { left } of works())
      for (const [provider, count] of left) {
        const sent = Math.min(count, (shares.get(provider) ?? 0) * passed)
        loads.send(provider, sent, { fromMs: nowMs, toMs })
        // What is left by rounding is none.
        if (count - sent < 1e-6) left.delete(provider)
        else left.set(provider, count - sent)
      }
    nowMs = toMs
  }

  function end(caller: Caller): void {
    const { work } = caller
    if (!work) return
    const { job, left, startedMs, occurrence } = work
    const isTimedOut = nowMs >= startedMs + job.job.timeoutMs
    if (!isTimedOut && (left.size > 0 || nowMs < startedMs + job.usualMs)) return
    Object.assign(occurrence, {
      endsAt: new Date(nowMs),
      isTimedOut: isTimedOut && (left.size > 0 || job.usualMs > job.job.timeoutMs),
    })
    recordOf(job.job.name).isBusy = false
    caller.work = undefined
  }

  function decideDue({ job }: RehearsedJob): void {
    const record = recordOf(job.name)
    const now = new Date(Math.min(nowMs, to.getTime() - 1))
    // Nearly every call of the orchestrator finds nothing, and to look at a calendar takes a hundred times as long.
    if (!record.nextDueAt || record.nextDueAt > now) return
    const state = { decidedUntil: record.decidedUntil, hasRun: true, isBusy: record.isBusy, waiting: record.waiting }
    for (const decision of decide(job, state, now)) {
      const { dueAt, status } = decision
      if (status === 'waiting') record.waiting.push(dueAt)
      occurrences.set(`${job.name} ${dueAt.toISOString()}`, {
        ...{ job: job.name, dueAt, status: status === 'waiting' ? 'runs' : status, requests: 0, isTimedOut: false },
        ...{ reason: status === 'skipped' ? decision.reason : null, by: status === 'waiting' ? null : (decision.by ?? null) },
        ...{ startsAt: null, endsAt: null },
      })
    }
    record.decidedUntil = now
    record.nextDueAt = findNextDueTime(job, now)
  }

  function start(caller: Caller): void {
    for (let [job] = caller.jobs; job && !caller.work; [job] = caller.jobs) {
      const record = recordOf(job.job.name)
      decideDue(job)
      const dueAt = record.isBusy ? undefined : record.waiting.shift()
      const occurrence = dueAt && occurrences.get(`${job.job.name} ${dueAt.toISOString()}`)
      if (!occurrence) {
        caller.jobs.shift()
        continue
      }
      const left = new Map(job.requests(new Date(nowMs)))
      const requests = [...left.values()].reduce((sum, count) => sum + count, 0)
      Object.assign(occurrence, { startsAt: new Date(nowMs), requests })
      for (const [provider, count] of left) loads.want(provider, count, nowMs)
      record.isBusy = true
      caller.work = { job, occurrence, startedMs: nowMs, left }
    }
  }

  for (;;) {
    const changes = works().flatMap(changesOf)
    const nextMs = Math.min(...changes, nextCallMs <= to.getTime() ? nextCallMs : Number.POSITIVE_INFINITY)
    if (!Number.isFinite(nextMs)) break
    // At least a millisecond: a fraction of one would not move the clock.
    advance(nextMs > nowMs ? Math.max(Math.ceil(nextMs), nowMs + 1) : nowMs)
    for (const caller of callers) end(caller)
    if (nowMs >= nextCallMs && nextCallMs <= to.getTime()) {
      nextCallMs += everyMs
      callers.push({ jobs: [...jobs], work: undefined })
    }
    for (const caller of callers) if (!caller.work) start(caller)
    callers = callers.filter(({ work, jobs: left }) => work || left.length > 0)
  }
  const inOrder = [...occurrences.values()].sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime())
  return { occurrences: inOrder, loads: loads.list() }
}

/** Adds up what is wanted and sent, by minute, hour and day. */
function trackLoads(ratePerSecond: ReadonlyMap<string, number>) {
  const buckets = new Map<string, { minutes: Map<number, number>; days: Map<string, number>; hours: Map<number, number> }>()
  const of = (provider: string) => {
    const found = buckets.get(provider) ?? { minutes: new Map(), days: new Map(), hours: new Map() }
    buckets.set(provider, found)
    return found
  }
  const addTo = <K>(map: Map<K, number>, key: K, count: number) => map.set(key, (map.get(key) ?? 0) + count)
  const most = <K>(map: ReadonlyMap<K, number>) => [...map].reduce((a, b) => (b[1] > a[1] ? b : a))
  return {
    want: (provider: string, count: number, atMs: number) => addTo(of(provider).hours, Math.floor(atMs / hourMs) * hourMs, count),
    /** Evenly from one instant to another. */
    send(provider: string, count: number, { fromMs, toMs }: { fromMs: number; toMs: number }) {
      const { minutes, days } = of(provider)
      for (let atMs = fromMs; atMs < toMs; ) {
        const minute = Math.floor(atMs / minuteMs) * minuteMs
        const endMs = Math.min(toMs, minute + minuteMs)
        const part = (count * (endMs - atMs)) / (toMs - fromMs)
        addTo(minutes, minute, part)
        addTo(days, new Date(minute).toISOString().slice(0, 10), part)
        atMs = endMs
      }
    },
    list: (): RehearsedLoad[] =>
      [...buckets]
        .filter(([, { minutes }]) => minutes.size > 0)
        .map(([provider, { minutes, days, hours }]) => {
          const [[minute, inMinute], [day, inDay]] = [most(minutes), most(days)]
          const allowed = (ratePerSecond.get(provider) ?? 1) * 3600
          const requests = [...days.values()].reduce((sum, count) => sum + count, 0)
          return {
            ...{ provider, requests: Math.round(requests) },
            busiestMinute: { at: new Date(minute), requests: Math.round(inMinute) },
            busiestDay: { day, requests: Math.round(inDay) },
            fullHours: [...hours]
              .filter(([, count]) => count > allowed)
              .map(([at, count]) => ({ at: new Date(at), requests: Math.round(count) })),
          }
        }),
  }
}
