import type { Queue as Bull, Job, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import type { Clock } from '../core/clock.ts'
import { ConfigError, StoreError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { deliver, type Handler, type Message, type Queue, type Working, type WorkOptions } from './queue.ts'

export interface BullOptions {
  /** `redis://…` or `rediss://…` */
  url: string
  name: string
  clock: Clock
  log: Log
}

/** The lock of a job is renewed by its worker; one without a lock is given to another when somebody has looked twice. */
const [lockMs, lookEveryMs] = [8_000, 2_000]

/** BullMQ takes the lowest number first, and those without one before all others. */
const leastUrgent = 1_000

/** Short, since each message is parsed as often as it is worked. */
interface Envelope {
  payload: unknown
  /** 1 without it. */
  attempt?: number
}

/** What has ended is removed at once, so that a message can be sent again under its id. */
const removal = { removeOnComplete: { count: 0 }, removeOnFail: { count: 0 } }

/**
 * BullMQ on Redis.
 * @throws ConfigError where the packages are missing or Redis refuses us, StoreError where it cannot be reached
 */
export async function openBullQueue({ url, name, clock, log }: BullOptions): Promise<Queue> {
  const { bullmq, ioredis } = await loadPackages()
  const connect = (isWorker: boolean) => {
    const redis = new ioredis.Redis(url, {
      // A worker waits for Redis to come back; who sends is told at once, and tries again later.
      maxRetriesPerRequest: isWorker ? null : 1,
      enableOfflineQueue: isWorker,
      connectTimeout: 5_000,
      retryStrategy: times => Math.min(100 * 2 ** times, 2_000),
      lazyConnect: true,
    })
    redis.on('error', (error: Error) => log.debug('queue.redis', { reason: error.message }))
    return redis
  }
  const connection = connect(false)
  await connectOnce(connection, url)
  const bull: Bull<Envelope> = new bullmq.Queue(name, { connection, skipWaitingForReady: true })
  bull.on('error', (error: Error) => log.debug('queue.error', { reason: error.message }))

  const add = async (messages: readonly Message[], delay = 0): Promise<void> => {
    const jobs = messages.map(({ id, payload, priority = 0 }) => ({
      name,
      data: { payload },
      opts: {
        jobId: toShort(id),
        priority: leastUrgent - Math.max(0, Math.min(priority, leastUrgent - 1)),
        ...(delay > 0 && { delay }),
      },
    }))
    if (jobs.length > 0) await storing(bull.addBulk(jobs))
  }

  async function work(handler: Handler, { concurrency, ahead = () => 0 }: WorkOptions): Promise<Working> {
    const running = new Map<string, ReturnType<typeof createEnding>>()
    let isStopping = false
    const whyStopped = new StoreError('The worker is stopping.')
    const own = connect(true)
    const process = async (job: Job<Envelope>, token?: string): Promise<void> => {
      const id = toUuid(job.id ?? '')
      const ending = createEnding()
      running.set(id, ending)
      // Fetched before the worker was told to stop.
      if (isStopping) ending.abort(whyStopped)
      worker.concurrency = concurrency + ahead()
      const { payload, attempt = 1 } = job.data
      // Begun again counts, where its worker died.
      const delivery = {
        id,
        payload,
        priority: leastUrgent - job.priority,
        attempt: attempt + (job.stalledCounter ?? 0),
        get signal() {
          return ending.signal
        },
      }
      const settled = await deliver(handler, delivery, () => clock.now(), log)
      running.delete(id)
      if (settled.kind === 'remove') return
      if (settled.attempt !== attempt) await job.updateData({ ...job.data, attempt: settled.attempt })
      // By the time of Redis and not of our clock, which may be a rehearsal's.
      await job.moveToDelayed(Date.now() + settled.afterMs, token)
      throw new bullmq.DelayedError()
    }
    const worker: Worker<Envelope> = new bullmq.Worker(name, process, {
      connection: own,
      concurrency,
      lockDuration: lockMs,
      stalledInterval: lookEveryMs,
      maxStalledCount: 1_000,
      ...removal,
    })
    worker.on('error', (error: Error) => log.debug('queue.error', { reason: error.message }))
    worker.on('lockRenewalFailed', (ids: string[]) => {
      for (const id of ids.map(toUuid))
        running.get(id)?.abort(new StoreError(`The job ${id} has gone to another worker, or was cancelled.`))
    })
    return {
      // With fewer for a while, BullMQ would see that it has more again only when a message ends.
      reserve: () => 0,
      release: () => {},
      stop: async () => {
        await worker.pause(true)
        isStopping = true
        for (const ending of running.values()) ending.abort(whyStopped)
        await worker.close()
        own.disconnect()
      },
    }
  }

  return {
    driver: 'bullmq',
    send: messages => add(messages),
    schedule: (messages, at) => add(messages, Math.max(0, at.getTime() - clock.now().getTime())),
    cancel: async ids => {
      // One that is being worked is locked, and stays.
      const remove = async (id: string) => {
        const job = await bull.getJob(toShort(id))
        return job
          ? await job.remove().then(
              () => 1,
              () => 0,
            )
          : 0
      }
      const removed: number[] = await storing(Promise.all(ids.map(remove)))
      return removed.reduce((sum, count) => sum + count, 0)
    },
    work,
    close: async () => {
      await bull.close().catch(() => {})
      connection.disconnect()
    },
  }
}

/** What tells the handler of a message to stop; a signal is made for whoever asks for it, which trivial jobs do not. */
function createEnding() {
  let why: Error | undefined
  let made: AbortController | undefined
  return {
    get signal(): AbortSignal {
      made ??= new AbortController()
      if (why) made.abort(why)
      return made.signal
    },
    abort(reason: Error): void {
      why = reason
      made?.abort(reason)
    },
  }
}

/** Redis has the id of a message in several keys: with shorter ones it works 5 % more of them. */
const toShort = (uuid: string): string => Buffer.from(uuid.replaceAll('-', ''), 'hex').toString('base64url')

function toUuid(short: string): string {
  // Anybody may have put in another one.
  if (short.length !== 22) return short
  const hex = Buffer.from(short, 'base64url').toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

async function loadPackages() {
  try {
    const [bullmq, ioredis] = await Promise.all([import('bullmq'), import('ioredis')])
    return { bullmq, ioredis }
  } catch (cause) {
    throw new ConfigError('queue.driver is bullmq, and the packages bullmq and ioredis are not both installed.', {
      hint: 'Install them beside sports-ingest: npm install bullmq ioredis (with --global where it is installed so).',
      cause,
    })
  }
}

/** What a person has to mend is told before there is work; later, Redis is waited for. */
async function connectOnce(redis: Redis, url: string): Promise<void> {
  try {
    await redis.connect()
    await redis.ping()
  } catch (error) {
    redis.disconnect()
    const { message } = error as Error
    const place = placeOf(url)
    if (/NOAUTH|WRONGPASS|NOPERM/.test(message))
      throw new ConfigError(`Redis at ${place} refuses this client: ${message}.`, {
        hint: 'REDIS_URL has the user and the password: redis://USER:PASSWORD@HOST:6379.',
        cause: error,
      })
    throw new StoreError(`Redis at ${place} cannot be reached: ${message.replace(/\.$/, '')}.`, {
      hint: 'Check REDIS_URL (queue.redis_url), and that Redis runs; or set queue.driver to pg-boss.',
      cause: error,
    })
  }
}

/** Without user and password. */
export function placeOf(url: string): string {
  const parsed = URL.parse(url)
  return parsed ? parsed.host : 'the address of REDIS_URL'
}

async function storing<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw new StoreError(`Redis did not take it: ${(error as Error).message}.`, { cause: error })
  }
}
