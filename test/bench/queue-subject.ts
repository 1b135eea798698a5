/** How many jobs are worked at a time, by each of them. */
export const concurrency = 10

/** Calls back for each job that begins. */
export type OnBegin = () => void

/** A queue with trivial jobs, as the bench measures it. */
export interface Subject {
  /** Has so many jobs waiting. */
  fill(count: number): Promise<void>
  /** Works until it is stopped. */
  work(onBegin: OnBegin): Promise<() => Promise<void>>
  close(): Promise<void>
}
