interface Trip {
  ms: number
  /** Own time less the server's, half way. */
  offsetMs: number
}

/**
 * Converts times of the server's clock to this process's own, without relying on the hosts' clocks.
 * As in NTP, the fastest of the last eight answers counts: for a slow one, it is unknown which way took longer.
 */
export function createServerTime() {
  let trips: Trip[] = []
  let latest = { answeredMs: 0, serverMs: 0, ms: 0 }
  const best = () => trips.reduce<Trip | undefined>((a, b) => (a && a.ms <= b.ms ? a : b), undefined)
  return {
    /** Records one query: sent and answered at these times by `performance.now()`, when the server's clock read `serverMs`. */
    learn(sentMs: number, answeredMs: number, serverMs: number): void {
      const ms = answeredMs - sentMs
      latest = { answeredMs, serverMs, ms }
      trips = [...trips.slice(-7), { ms, offsetMs: (sentMs + answeredMs) / 2 - serverMs }]
    },
    /** The quickest of the last answers, in milliseconds. */
    get tripMs(): number {
      return best()?.ms ?? 10
    },
    /** The time by `performance.now()` when the server's clock says `serverMs`. */
    toOwn(serverMs: number): number {
      // Not outside of what the latest answer says: the server's clock may have been set.
      const least = latest.answeredMs - latest.ms - latest.serverMs
      const most = latest.answeredMs - latest.serverMs
      return serverMs + Math.min(Math.max(best()?.offsetMs ?? 0, least), most)
    },
  }
}
