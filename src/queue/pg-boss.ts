import type { PgBoss as Boss, Job } from 'pg-boss'
import { createAlarm } from '../core/alarm.ts'
import { inBatches } from '../core/batches.ts'
import type { Clock } from '../core/clock.ts'
import { ConfigError, StoreError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { deliver, type Handler, type Message, type Queue, type Settlement, type Working, type WorkOptions } from './queue.ts'

type Rows = Record<string, unknown>[]
type Execute = (text: string, values?: readonly unknown[]) => Promise<Rows>

/** Statements as pg-boss writes them, on connections of the program. */
export interface SqlAccess {
  execute: Execute
  /** All statements of `work` commit together. */
  transaction<T>(work: (execute: Execute) => Promise<T>): Promise<T>
  /** Undefined where nothing would be heard, as behind a pooler. */
  listen: ((channel: string, onNotify: (payload: string) => void, onBack: () => void) => Promise<Listening>) | undefined
}

interface Listening {
  close(): Promise<void>
}

export interface PgBossOptions {
  access: SqlAccess
  /** Letters, digits, `_`, `-`, `.` and `/`. */
  name: string
  clock: Clock
  log: Log
}

const schema = 'pgboss'

/**
 * A job whose worker has been silent for 10 s, the least that pg-boss allows, is given to another, which is looked for every 3 s. Jobs may
 * take as long as they want, and be begun as often as it takes: who sends them decides when it is enough.
 */
const jobOptions = { heartbeatSeconds: 10, expireInSeconds: 23 * 3600, retryLimit: 1_000, retryDelay: 0, notify: true }
const lookEveryS = 3
const touchEveryMs = 2_500

/** pg-boss announces what is there at once; what was put off, or taken from a dead worker, is found by asking. */
const [pollMs, pollPooledMs] = [2_000, 500]

/** After an error of the database. */
const pauseMs = 1_000

interface Envelope {
  payload: unknown
  attempt: number
  /** Here as well, so that not all that pg-boss knows of a job has to be fetched with it. */
  priority: number
}

interface Running {
  job: Job<Envelope>
  ending: AbortController
}

/**
 * pg-boss in the same database, in the schema `pgboss`. Its own loop (`boss.work`) settles what it has fetched only when the slowest of it is
 * done, and fetches one by one otherwise; here each free slot is filled as soon as there is one, and ends are settled together.
 * @throws ConfigError where the role may not create the schema
 */
export async function openPgBossQueue({ access, name, clock, log }: PgBossOptions): Promise<Queue> {
  const alarm = createAlarm()
  const boss = await startBoss(access, name, alarm.ring, log)

  const insert = async (messages: readonly Message[], startAfter?: Date): Promise<void> => {
    const jobs = messages.map(({ id, payload, priority = 0 }) => {
      return { ...toJob({ id, payload, priority, attempt: 1 }), ...(startAfter ? { startAfter } : {}) }
    })
    if (jobs.length > 0) await boss.insert(name, jobs)
  }

  function work(handler: Handler, { concurrency, ahead = () => 0 }: WorkOptions): Working {
    const running = new Map<string, Running>()
    const handling = new Set<Promise<void>>()
    let isStopping = false
    // Of the slots: those of other work, and those that a fetch under way may fill.
    let [reserved, awaited] = [0, 0]
    // Whether it has not looked for messages because there was no slot.
    let isWaiting = false
    const idle = () => concurrency - running.size - reserved - awaited
    const remove = inBatches(async (jobs: readonly Job<Envelope>[]) => {
      await boss.deleteJob(name, fencedBy(jobs))
      return jobs.map(() => undefined)
    })

    async function settle(job: Job<Envelope>, settled: Settlement): Promise<void> {
      if (settled.kind === 'remove') return await remove(job)
      const { attempt, afterMs } = settled
      const { payload, priority } = job.data
      const startAfter = Math.ceil(afterMs / 1000)
      await access.transaction(async execute => {
        const db = { executeSql: async (text: string, values?: unknown[]) => ({ rows: await execute(text, values) }) }
        const { affected } = (await boss.deleteJob(name, fencedBy([job]), { db })) as { affected: number }
        // Not where another worker has it by now.
        if (affected > 0) await boss.insert(name, [{ ...toJob({ id: job.id, payload, priority, attempt }), startAfter }], { db })
      })
    }

    async function run(job: Job<Envelope>): Promise<void> {
      const ending = new AbortController()
      running.set(job.id, { job, ending })
      const { payload, attempt, priority } = job.data
      // Begun again counts, whether its worker died or has lost it.
      const delivery = { id: job.id, payload, priority, attempt: attempt + job.retryCount, signal: ending.signal }
      const settled = await deliver(handler, delivery, () => clock.now(), log)
      running.delete(job.id)
      alarm.ring()
      // What could not be settled is begun again when its heartbeat is over.
      await settle(job, settled).catch((error: Error) => log.warn('queue.unsettled', { id: job.id, reason: error.message }))
    }

    async function fill(): Promise<void> {
      const free = idle() + ahead()
      isWaiting = free <= 0
      if (isWaiting) return await alarm.wait(pollMs)
      awaited = free
      const fetched = boss.fetch<Envelope>(name, { batchSize: free })
      const jobs = await fetched.finally(() => {
        awaited = 0
      })
      for (const job of jobs) {
        const handled: Promise<void> = run(job).finally(() => handling.delete(handled))
        handling.add(handled)
      }
      if (jobs.length < free) await alarm.wait(access.listen ? pollMs : pollPooledMs)
      // Handlers that end at once leave their slots before the next look.
      else await new Promise(resolve => setImmediate(resolve))
    }

    async function loop(): Promise<void> {
      let isFailing = false
      while (!isStopping) {
        try {
          await fill()
          isFailing = false
        } catch (error) {
          log[isFailing ? 'debug' : 'warn']('queue.fetch', { reason: (error as Error).message })
          isFailing = true
          if (!isStopping) await alarm.wait(pauseMs)
        }
      }
    }

    const touching = setInterval(() => void touch().catch(() => {}), touchEveryMs)
    async function touch(): Promise<void> {
      const held = [...running.values()]
      if (held.length === 0) return
      const { affected, settled } = (await boss.touch(name, fencedBy(held.map(({ job }) => job)))) as {
        affected: number
        settled?: unknown
      }
      if (affected === held.length) return
      const kept = new Set(idsOf(settled))
      for (const { job, ending } of held)
        if (!kept.has(job.id)) ending.abort(new StoreError(`The job ${job.id} has gone to another worker, or was cancelled.`))
    }

    const looping = loop()
    return {
      reserve: most => {
        const count = Math.max(0, Math.min(most, idle()))
        reserved += count
        return count
      },
      release: () => {
        reserved--
        if (isWaiting) alarm.ring()
      },
      stop: async () => {
        isStopping = true
        alarm.ring()
        await looping
        const why = new StoreError('The worker is stopping.')
        for (const { ending } of running.values()) ending.abort(why)
        await Promise.all(handling)
        clearInterval(touching)
      },
    }
  }

  return {
    driver: 'pg-boss',
    send: messages => insert(messages),
    schedule: (messages, at) => insert(messages, at),
    // Those that are worked stay, which pg-boss's own functions do not tell apart.
    cancel: async ids => {
      const gone = `delete from ${schema}.job where name = $1 and id = any($2::uuid[]) and state < 'active' returning id`
      return ids.length === 0 ? 0 : (await access.execute(gone, [name, ids])).length
    },
    work: async (handler, options) => work(handler, options),
    close: () => boss.stop({ graceful: false }),
  }
}

const toJob = ({ id, payload, priority, attempt }: Required<Message> & { attempt: number }) => {
  const { notify: _, ...options } = jobOptions
  return { id, data: { payload, attempt, priority } satisfies Envelope, priority, ...options }
}

/** A job that has been begun again since is another's. */
const fencedBy = (jobs: readonly Job<Envelope>[]) => jobs as never

/** A list of ids as the server writes it: `{a,b}`. */
const idsOf = (list: unknown): string[] =>
  Array.isArray(list)
    ? list
    : String(list ?? '')
        .replace(/[{}]/g, '')
        .split(',')
        .filter(Boolean)

/** Of several that make the schema at the same moment, one does, and the others find it when they look once more. */
const startAttempts = 3

async function startBoss(access: SqlAccess, name: string, ring: () => void, log: Log, attempt = 1): Promise<Boss> {
  const { PgBoss } = await import('pg-boss')
  const { listen } = access
  const boss = new PgBoss({
    schema,
    db: {
      executeSql: async (text, values) => ({ rows: await access.execute(text, values) }),
      // pg-boss wakes its own loops by it; ours listens to the same.
      ...(listen && {
        listen: async (channel: string, _: unknown, onBack: () => void) =>
          await listen(
            channel,
            queue => {
              if (queue === name) ring()
            },
            () => {
              onBack()
              ring()
            },
          ),
      }),
    },
    useListenNotify: listen !== undefined,
    schedule: false,
    superviseIntervalSeconds: lookEveryS,
    monitorIntervalSeconds: lookEveryS,
    monitorVacuum: false,
    // In the hours of nobody's choice, and not in a transaction, which a pooler needs.
    reindex: false,
  })
  boss.on('error', error => log.debug('queue.error', { reason: error.message }))
  boss.on('warning', ({ message }) => log.debug('queue.warning', { reason: message }))
  try {
    await boss.start()
    await boss.createQueue(name, jobOptions)
  } catch (error) {
    await boss.stop({ graceful: false }).catch(() => {})
    const { code, message } = error as Error & { code?: string }
    if (code === '42501')
      throw new ConfigError(`The queue cannot be used: the schema ${schema} could not be created or read (${message}).`, {
        hint: `As the owner of the database: CREATE SCHEMA ${schema} AUTHORIZATION role; or let the user of DATABASE_URL create it (GRANT CREATE ON DATABASE).`,
        cause: error,
      })
    if (code === undefined || attempt === startAttempts) throw error
    log.debug('queue.start', { attempt, reason: message })
    return await startBoss(access, name, ring, log, attempt + 1)
  }
  return boss
}
