/** When a booked start is due. */
export interface Reservation {
  /** Until the booked start; below 0 if it has passed. */
  waitMs: number
  /** Above 0: the provider has asked for a pause that lasts this much longer. */
  pausedMs: number
  /** Where it lasts because so many requests were sent today, and no more may be: until the next day begins in UTC. */
  spentQuota?: number | undefined
}

/** The rate that a provider allows, shared by all processes on all hosts. Each has one start booked at a time. */
export interface RateBudget {
  /**
   * Books the next free start; none during a pause.
   * @param unused the last start booked here was not used; it is free again if no later one was booked
   */
  reserve(unused: boolean): Promise<Reservation>
  /** Checks the start that was booked last: there may be a pause now, or the starts were postponed. */
  look(): Promise<Reservation>
  /** The start that was booked last was this late: all later ones are postponed by as much. */
  postpone(lateMs: number): Promise<void>
  /** How many requests may still be sent today, by all processes; undefined where there is no quota. */
  left(): Promise<number | undefined>
  /** No process gets a start before `at`. Only extends a pause. */
  pause(at: Date): Promise<void>
}
