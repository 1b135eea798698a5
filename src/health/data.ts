import { hostname } from 'node:os'
import type { App } from '../app.ts'
import type { Config } from '../core/config/config.ts'
import { readFreshness } from '../jobs/freshness.ts'
import type { Sport } from '../pipeline/sport.ts'
import { listWatchedSports } from '../schedule/watched-sports.ts'
import type { Database } from '../store/database.ts'
import { isAlive } from '../store/embedded/temporary.ts'
import { listBudgets, listHeartbeats, listLetterFacts, listUnsent } from '../store/facts.ts'
import { type Check, checksOf, countText, instantText, spanText } from './check.ts'

const hourMs = 3_600_000

type Parts = Pick<App, 'database' | 'archive' | 'clock' | 'config'>

/** Whether the newest rows of each sport are as new as its schedule says they should be. */
export async function checkFreshness({ database, archive, clock, config }: Parts, sports: readonly Sport[]): Promise<Check[]> {
  const watched = await database.run(sql => listWatchedSports(sql, config, { now: clock.now(), sandbox: false }))
  const hasJobs = Object.keys(config.jobs).length > 0
  const freshness = checksOf('freshness')
  const staleMs = config.alerts.thresholds.staleDataHours * hourMs
  const found: Check[] = []
  for (const sport of sports) {
    const { id } = sport
    const lacks = sport.lacks?.(config)
    const { state, why } = await readFreshness({ database, archive }, sport, { now: clock.now(), staleMs })
    const load = `sports-ingest schedule daily --sport ${id}`
    if (state === 'empty')
      found.push(
        freshness.notChecked(
          why,
          lacks ? `To load it, set ${lacks}; else set sports.${id}.enabled to false.` : `To load it: ${load}.`,
          id,
        ),
      )
    else if (state === 'stale') {
      const remedy = lacks
        ? `Set ${lacks}, without which it is not loaded.`
        : `If schedule, a job or a provider above has a failure, mend that first. To load it now: ${load}.`
      found.push(freshness.failure(why, remedy, id))
    } else if (hasJobs && watched.every(one => one.sport.id !== id)) {
      const remedy = `Switch a job with run: daily or live on (enabled), or set sports.${id}.enabled to false.`
      found.push(
        freshness.warning(
          `No job that is switched on loads ${id}, and nobody follows it live: nothing new comes. ${why}`,
          remedy,
          id,
        ),
      )
    } else found.push(freshness.ok(why, id))
  }
  return found
}

/** What could not be loaded. */
export async function checkLetters(database: Database): Promise<Check[]> {
  const letters = checksOf('dead-letters')
  const all = await database.run(listLetterFacts)
  if (all.length === 0) return [letters.ok('None is open.')]
  return all.map(({ sport, count, datasets, oldest, message }) => {
    const what = `${countText(count, 'is', 'are')} open (${datasets}), since ${instantText(oldest)}. The newest says: ${message}`
    const remedy = `sports-ingest dead-letters list shows them; dead-letters retry --all --sport ${sport} asks again, dead-letters discard gives them up.`
    return letters.warning(what, remedy, sport)
  })
}

/** Notices that should have been sent by now. */
const unsentMs = hourMs

/** What waits to be sent. @param channels those that the settings have: `cache`, `redis`, and channels of alerts */
export async function checkOutbox({ database, clock }: Parts, channels: readonly string[]): Promise<Check[]> {
  const outbox = checksOf('outbox')
  const all = await database.run(listUnsent)
  const found = all.map(({ channel, isGivenUp, count, oldest, lastError }) => {
    const since = `the oldest since ${instantText(oldest)}.`
    const last = lastError ? ` The last attempt: ${lastError}` : ''
    const name = { cache: 'the cache', redis: 'Redis' }[channel] ?? channel
    if (isGivenUp) {
      const message = `${countText(count, 'notice', 'notices')} to ${name} will not be sent, ${since}${last}`
      return outbox.warning(
        message,
        'sports-ingest alerts list --status all has what they say. They are deleted by retention.',
        channel,
      )
    }
    const message = `${countText(count, 'notice waits', 'notices wait')} to be sent to ${name}, ${since}${last}`
    if (!channels.includes(channel))
      return outbox.notChecked(
        `${message} The settings of this host do not have it.`,
        'If it was taken out on purpose, nothing is to be done: they are deleted by retention.',
        channel,
      )
    const remedy = 'Look whether the receiver answers (CACHE_INVALIDATION_URL, REDIS_URL, alerts); the next run sends them.'
    return clock.now().getTime() - oldest.getTime() > unsentMs
      ? outbox.warning(message, remedy, channel)
      : outbox.ok(message, channel)
  })
  return found.length > 0 ? found : [outbox.ok('Nothing waits to be sent.')]
}

/** Starts that are booked so far ahead keep everybody waiting. */
const longWaitMs = 5 * 60_000

/** Pauses that providers asked for, and daily quotas. */
export async function checkBudgets(database: Database, config: Config): Promise<Check[]> {
  const budget = checksOf('budget')
  const found: Check[] = []
  for (const { provider: account, pausedUntil, sentToday, waitMs } of await database.run(listBudgets)) {
    const [id = account] = account.split(':')
    const quota = account.endsWith(':slower') ? undefined : config.providers[id]?.dailyQuota
    const sent = quota === undefined ? '' : ` ${sentToday} of the ${quota} requests of its daily_quota are used today.`
    if (quota !== undefined && sentToday >= quota) {
      const message = `The daily_quota of ${quota} requests is used up: none is sent to ${id} before midnight (UTC).`
      found.push(
        budget.warning(message, `Wait: the next run after that loads the rest. Or raise providers.${id}.daily_quota.`, id),
      )
    } else if (pausedUntil) {
      const message = `${id} has asked for a pause (429): none is sent a request before ${instantText(pausedUntil)}.${sent}`
      found.push(budget.warning(message.replace('none is sent a request', 'no request is sent'), pauseRemedy, id))
    } else if (waitMs > longWaitMs) {
      const message = `Requests to ${id} are booked for the next ${spanText(waitMs)}: whoever asks now waits for so long.${sent}`
      found.push(budget.warning(message, 'Several runs ask it at the same time; let them end (sports-ingest runs list).', id))
    } else if (quota !== undefined) found.push(budget.ok(sent.trim(), id))
  }
  return found.length > 0 ? found : [budget.ok('No provider has asked for a pause.')]
}

const pauseRemedy = 'Wait: runs go on by themselves after that. If it comes often, lower api.rate_limit, or run fewer at a time.'

/** Later than that, a process that said when it would look again has died or is halted. */
const overdueMs = 10 * 60_000

/** Who follows a sport live, and whether it succeeds. */
export async function checkLive({ database, clock }: Parts): Promise<Check[]> {
  const live = checksOf('live')
  const now = clock.now()
  const found: Check[] = []
  for (const { name, sport, host, pid, mode, why, beatAt, nextLookAt, lastError, incidentSince } of await database.run(
    listHeartbeats,
  )) {
    if (mode === 'stopped') continue
    const expected = Math.max(nextLookAt?.getTime() ?? 0, beatAt.getTime())
    const isDead = host === hostname() && !isAlive(pid)
    const start = `sports-ingest live --sport ${sport}`
    if (isDead || now.getTime() - expected > overdueMs) {
      const message = `${isDead ? `Process ${pid} has died` : `Process ${pid} on ${host} gives no sign of life`}, which followed ${sport} live; its last was at ${instantText(beatAt)}.`
      found.push(
        live.failure(
          message,
          `Start it again: ${start}. If live work is not wanted any more, see that it is stopped by SIGTERM.`,
          name,
        ),
      )
    } else if (incidentSince) {
      const message = `It fails since ${instantText(incidentSince)}: ${lastError ?? 'for an unknown reason'}`
      found.push(
        live.failure(message, 'It tries again by itself. sports-ingest health --online says whether the provider answers.', name),
      )
    } else found.push(live.ok(`Process ${pid} on ${host} follows it (${mode}): ${why}`, name))
  }
  return found
}
