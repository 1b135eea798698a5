import type { ServerState } from './probe.ts'
import { stopLimitS } from './watcher.ts'

/** What one check of the server showed. */
export interface Sight {
  server: ServerState['kind'] | 'being-made'
  /** We hold the clients' pipe. */
  joined: boolean
  /** A watcher reads the pipe, seen after the server answered. */
  watched: boolean
  /** The server this process has started last. */
  own: 'none' | 'running' | 'ended'
}

export type Step = 'done' | 'wait' | 'start' | 'adopt' | 'end' | 'give-up'

/** Recovery after a crash replays at most `max_wal_size`. */
const busyLimitMs = 120_000
const startLimitMs = 60_000
/** Longer than its watcher waits, which may be gone. */
const stoppingLimitMs = stopLimitS * 1000 + 5000
/** Another process makes the database, or has died and its number is taken. Ten at once would take five times as long. */
const makeLimitMs = 20_000
/** A watcher begins to read some 10 ms before its server listens; on a busy machine, more. */
const othersStartMs = 3000
/** A server without a watcher is about to be stopped, as a rule, by the one that has just stopped reading. */
const unwatchedMs = 200

/** What to do next for a server that is up, and stays up for us. `sameForMs`: for how long nothing has changed. */
export function decideStep({ server, joined, watched, own }: Sight, sameForMs: number): Step {
  if (server === 'ready') {
    if (joined && watched) return 'done'
    return !watched && sameForMs >= unwatchedMs ? 'adopt' : 'wait'
  }
  if (server === 'being-made') return sameForMs < makeLimitMs ? 'wait' : 'start'
  if (server === 'stopping' && sameForMs >= stoppingLimitMs && sameForMs < busyLimitMs) return 'end'
  if (server === 'busy' || server === 'stopping') return sameForMs < busyLimitMs ? 'wait' : 'give-up'
  if (own === 'running') return sameForMs < startLimitMs ? 'wait' : 'give-up'
  return watched && sameForMs < othersStartMs ? 'wait' : 'start'
}
