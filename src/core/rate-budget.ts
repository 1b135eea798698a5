/** Where a start stands. */
export interface Reservation {
  /** Until the start that was booked; below 0 where it has gone by. */
  waitMs: number
  /** Above 0: the provider has asked for a pause that lasts so much longer. */
  pausedMs: number
}

/** The rate a provider allows, shared by all who ask it: all processes on all hosts. Each holds one start at a time. */
export interface RateBudget {
  /**
   * Books the next free start; none while there is a pause.
   * @param unused the last one that was booked here went by unused; it is there again where none was booked behind it
   */
  reserve(unused: boolean): Promise<Reservation>
  /** Asks again about the start that was booked last: there may be a pause now, or others are late. */
  look(): Promise<Reservation>
  /** The start that was booked last was so much late: all that come after it are to be later, too. */
  postpone(lateMs: number): Promise<void>
  /** Nobody gets a start before `at`. Only ever extends a pause. */
  pause(at: Date): Promise<void>
}
