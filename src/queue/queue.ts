import type { Log } from '../core/log.ts'
import { decideOutcome, type Outcome } from '../core/outcome.ts'

/** A piece of work, as a queue carries it. */
export interface Message {
  /** A UUID. A message that waits, or is being worked, is not added a second time; one that has ended can be. */
  id: string
  /** Anything that JSON can hold. */
  payload: unknown
  /** Those with a higher number come first. Default 0. */
  priority?: number
}

/** A message on its way to a handler. */
export interface Delivery extends Required<Message> {
  /** Counts from 1. A message that was put back, or snoozed, keeps its number. */
  attempt: number
  /** Aborts when the queue stops, and when the message has gone to another worker. */
  signal: AbortSignal
}

/**
 * Works a message, at least once. `done` and `dead-letter` remove it, `retry` repeats it with backoff, `snooze` repeats it later without
 * counting an attempt, and `stop` puts it back without counting one. An error that is thrown is decided on by `decideOutcome`.
 */
export type Handler = (delivery: Delivery) => Promise<Outcome>

export interface WorkOptions {
  /** How many messages are worked at a time. */
  concurrency: number
  /** How many more the handler is given: it keeps them waiting for its others. Asked each time; none without it. */
  ahead?(): number
}

/** Handlers at work. */
export interface Working {
  /** Takes up to so many of its idle slots for work that the queue does not know of. Returns how many it gives; each is to be released. */
  reserve(most: number): number
  /** Gives back a slot that was reserved. */
  release(): void
  /** Takes no message any more, aborts those that are worked, and returns when they have ended or were put back. */
  stop(): Promise<void>
}

/**
 * Carries messages to workers on any number of hosts, each at least once: what a worker that dies has not done is with another within 15
 * seconds.
 */
export interface Queue {
  readonly driver: QueueDriver
  send(messages: readonly Message[]): Promise<void>
  /** The same, to be worked from an instant on. */
  schedule(messages: readonly Message[], at: Date): Promise<void>
  /** Removes messages that are not worked yet. Returns how many there were. */
  cancel(ids: readonly string[]): Promise<number>
  work(handler: Handler, options: WorkOptions): Promise<Working>
  close(): Promise<void>
}

export type QueueDriver = 'pg-boss' | 'bullmq' | 'inline'

/** After so many attempts a message counts as dead. */
const maxAttempts = 5
const firstPauseMs = 1_000
/** Between two attempts of what says nothing of the time to wait. */
const snoozeMs = 30_000
/** Until what concerns the worker as a whole, such as a lost database, may have passed. */
const stopMs = 2_000

/** What a queue does with a message after it was worked. */
export type Settlement = { kind: 'remove' } | { kind: 'again'; afterMs: number; attempt: number }

/** Works a message and decides what becomes of it. `now`: the time of the queue. Never throws. */
export async function deliver(handler: Handler, delivery: Delivery, now: () => Date, log: Log): Promise<Settlement> {
  const { id, attempt } = delivery
  const outcome = await handler(delivery).catch((error: unknown) =>
    delivery.signal.aborted ? ({ kind: 'stop', error } as const) : decideOutcome(error, { attempt, maxAttempts }),
  )
  switch (outcome.kind) {
    case 'done':
      return { kind: 'remove' }
    case 'dead-letter':
      log.error('queue.dead', { message: outcome.error.message, id, attempt })
      return { kind: 'remove' }
    case 'retry':
      return { kind: 'again', afterMs: firstPauseMs * 2 ** Math.min(attempt - 1, 10), attempt: attempt + 1 }
    case 'snooze': {
      const afterMs = outcome.until ? Math.max(0, outcome.until.getTime() - now().getTime()) : snoozeMs
      return { kind: 'again', afterMs, attempt }
    }
    case 'stop':
      return { kind: 'again', afterMs: delivery.signal.aborted ? 0 : stopMs, attempt }
  }
}
