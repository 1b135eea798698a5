interface Trip {
  ms: number
  /** Own time less the server's, if the whole trip was the way there. */
  mostMs: number
}

/**
 * Converts times of the server's clock to this process's own, without relying on the hosts' clocks.
 * As in NTP, the fastest of the last eight answers counts: for a slow one, it is unknown which way took longer.
 */
export function createServerTime() {
  let trips: Trip[] = []
  const best = () => trips.reduce<Trip | undefined>((a, b) => (a && a.ms <= b.ms ? a : b), undefined)
  return {
    /** Records one query: sent and answered at these times by `performance.now()`, when the server's clock read `serverMs`. */
    learn(sentMs: number, answeredMs: number, serverMs: number): void {
      trips = [...trips.slice(-7), { ms: answeredMs - sentMs, mostMs: answeredMs - serverMs }]
    },
    /** The quickest of the last answers, in milliseconds. */
    get tripMs(): number {
      return best()?.ms ?? 10
    },
    /** The time by `performance.now()` when the server's clock says `serverMs`. */
    toOwn(serverMs: number): number {
      const [quickest, latest] = [best(), trips.at(-1)]
      if (!quickest || !latest) return serverMs
      const halfWayMs = quickest.mostMs - quickest.ms / 2
      // Not outside of what the latest answer says: the server's clock may have been set.
      return serverMs + Math.min(Math.max(halfWayMs, latest.mostMs - latest.ms), latest.mostMs)
    },
  }
}
