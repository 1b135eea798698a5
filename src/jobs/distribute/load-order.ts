import type { ISql } from 'postgres'
import type { App } from '../../app.ts'
import { toErrorValue } from '../../core/error-values.ts'
import { BugError, BusyError, type IngestError, PayloadError, ProviderRefusesError, RateLimitedError } from '../../core/errors.ts'
import { decideOutcome } from '../../core/outcome.ts'
import { listSeason } from '../../pipeline/events.ts'
import { loadFile } from '../../pipeline/files/read-file.ts'
import { loadUnit } from '../../pipeline/load-unit.ts'
import { createProviderHealth } from '../../pipeline/provider-health.ts'
import type { Counts } from '../../pipeline/receipt.ts'
import { createRun } from '../../pipeline/run.ts'
import type { ScheduleEntry } from '../../pipeline/schedule.ts'
import { partOf, type Unit } from '../../pipeline/unit.ts'
import { listOpenDeadLetters } from '../../store/dead-letters.ts'
import { hasHolder } from '../../store/leases.ts'
import { readDoneChunk } from '../../store/runs.ts'
import { type LoadingOptions, ofSpans, openSeason, planBackfill, planOthers } from '../backfill.ts'
import type { Job } from '../job.ts'
import { entryOf } from '../plan/entries.ts'
import { eventUnit } from '../plan/units.ts'
import { closeProviders, openProviders, requestsOf } from '../providers.ts'
import { allSports } from '../request/sports.ts'
import { hasSchedule, type ScheduledSport } from '../schedules.ts'
import { toContext } from '../work-units.ts'
import { toFileValue, toRequestsValue, type UnitName, type UnitOrder, type UnitResult } from './unit-order.ts'

/** A run of another process, as far as units of it are loaded here. */
interface OpenedRun {
  job: Omit<Job, 'receipt' | 'requestsElsewhere'>
  find(unit: UnitName): Promise<Unit>
  options(): Promise<LoadingOptions>
  /** Of `requestsOf`, those that an earlier result has told of. */
  told: number
}

/** Runs of which units were loaded last: what is known of each (its schedule) is kept for its next unit. */
const mostOpen = 4

/** Loads units in the name of runs of other processes, by the same code, under their leases. */
export function createUnitLoader(app: App) {
  const opened = new Map<number, Promise<OpenedRun>>()

  async function open(order: UnitOrder): Promise<OpenedRun> {
    const known = opened.get(order.run)
    if (known) return await known
    for (const run of [...opened.keys()].slice(0, -mostOpen + 1)) await close(run)
    const opening = openRun(app, order)
    opened.set(order.run, opening)
    opening.catch(() => opened.delete(order.run))
    return await opening
  }

  async function close(run: number): Promise<void> {
    const found = opened.get(run)
    opened.delete(run)
    await found?.then(({ job }) => closeProviders(job.providers)).catch(() => {})
  }

  return {
    /** @throws what concerns this process: a lost database, a signal. All else is a result. */
    async load(order: UnitOrder): Promise<UnitResult> {
      const { unit: name, run, leases } = order
      const { isHeld, done } = await app.database.run(async sql => {
        const held = await Promise.all(leases.map(lease => hasHolder(sql, lease)))
        return { isHeld: held.every(Boolean), done: await findResult(sql, order) }
      })
      if (done) return { ...done, requests: 0 }
      // Nobody waits for it any more.
      if (!isHeld) return { read: 'none', error: toErrorValue(new BusyError(`Run ${run} has lost its lease.`)), requests: 0 }
      let found: OpenedRun | undefined
      const result = await load().catch((error: unknown) => ({ read: 'none', error: toErrorValue(ofUnit(error)) }) as const)
      const requests = found ? requestsOf(found.job.providers) - found.told : 0
      if (found) found.told += requests
      return { ...result, requests }

      async function load() {
        found = await open(order)
        const [unit, options] = await Promise.all([found.find(name), found.options()])
        const context = toContext(found.job, options)
        if (unit.read === 'file') return toFileValue(await loadFile(unit, context))
        const ready = options.prepare ? await options.prepare(unit) : unit
        return toRequestsValue(await loadUnit(ready, context))
      }
    },
    async close(): Promise<void> {
      for (const run of opened.keys()) await close(run)
    },
  }
}

/** What became of a unit that was loaded already: who has loaded it died before it could tell. */
async function findResult(sql: ISql, { run, sport, unit: { read, key, part } }: UnitOrder) {
  const done = await readDoneChunk(sql, run, { unit: key, part })
  if (!done) return undefined
  const counts = done as Counts
  if (read === 'file') return { read, became: 'done', counts } as const
  const letters = (await listOpenDeadLetters(sql, sport, [key])).filter(letter => letter.runId === run)
  const failures = letters.map(({ dataset, errorClass: name, message }) => ({ dataset, error: { name, message } }))
  return { read, counts, failures }
}

/**
 * The error of a unit of which nothing was kept, for the run that it is of.
 * @throws what concerns this process
 */
function ofUnit(thrown: unknown): IngestError {
  const outcome = decideOutcome(thrown)
  if (outcome.kind === 'dead-letter') return outcome.error
  if (thrown instanceof RateLimitedError || thrown instanceof ProviderRefusesError || thrown instanceof BusyError) return thrown
  throw thrown
}

async function openRun(app: App, order: UnitOrder): Promise<OpenedRun> {
  const sport = allSports(app.config).find(({ id }) => id === order.sport)
  if (!sport) throw new BugError(`This version has no sport ${order.sport}.`)
  const { database, signal } = app
  const log = app.log.with({ sport: sport.id, run: order.run })
  const providers = openProviders(app, sport.providers, { dryRun: false, signal, log })
  const run = createRun(database, order.run, order.leases)
  const job = { app, sport, run, providers, today: order.today, health: createProviderHealth(log) }
  const plan = planBackfill(sport, order.seasons, order.options)
  const season = hasSchedule(sport) ? await openSeason(job, sport, plan) : undefined
  let options: Promise<LoadingOptions> | undefined
  const planned = () => planOthers(job, plan, hasSchedule(sport) ? order.options.from : undefined)
  return {
    job,
    told: 0,
    options() {
      options ??= season ? season.ofUnits() : planned().then(all => ofSpans(job, plan, all))
      options.catch(() => {
        options = undefined
      })
      return options
    },
    async find(name) {
      if (season && hasSchedule(sport) && name.part === '') {
        const events = await findEntries(job, sport, season.schedule, name.events)
        return eventUnit(sport.schedule.dataset, name, events, season.datasets)
      }
      // Each time: what is stored of a file may have changed.
      const unit = (await planned()).find(one => one.read === name.read && one.key === name.key && partOf(one) === name.part)
      if (!unit)
        throw new PayloadError(`This host finds no unit ${name.key} ${name.part} in ${order.seasons.join(', ')}.`, {
          hint: 'Run the same version of the program on all hosts.',
        })
      return unit
    },
  }
}

/** Entries of the schedule, and of stored events that it does not list any more. */
async function findEntries(
  { app, today }: Pick<Job, 'app' | 'today'>,
  sport: ScheduledSport,
  schedule: Parameters<typeof entryOf>[2],
  ids: readonly string[],
): Promise<ScheduleEntry[]> {
  const listed = ids.map(id => schedule.find(id))
  if (listed.every(entry => entry !== undefined)) return listed
  return await app.database.run(async sql => {
    const stored = new Map((await listSeason(sql, sport, schedule.season)).map(event => [event.id, event]))
    const entries: ScheduleEntry[] = []
    for (const [i, id] of ids.entries()) {
      const event = stored.get(id)
      const entry = listed[i] ?? (event && (await entryOf(sql, sport, schedule, event, today)))
      if (!entry) throw new PayloadError(`The schedule of ${schedule.season} that this host was given does not list ${id}.`)
      entries.push(entry)
    }
    return entries
  })
}
