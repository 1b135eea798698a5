import type { App } from '../../app.ts'
import type { Day } from '../../core/days.ts'
import type { Log } from '../../core/log.ts'
import type { FileSport } from '../../pipeline/contract.ts'
import type { Provider } from '../../providers/open-provider.ts'
import type { HeldRun } from '../sport-run.ts'

/** What the files of a run share. */
export interface ImportContext {
  app: App
  sport: FileSport
  run: HeldRun
  providers: ReadonlyMap<string, Provider>
  /** In the sport's zone. */
  today: Day
  /** A person has everything read again: a file may be much smaller than it was before. */
  restarted?: boolean
  log: Log
}

/** The days a file is about, for its chunk: from the summer before a season to the next one. */
export const windowOf = (season: string, today: Day): { from: Day; to: Day } =>
  season ? { from: `${season}-07-01`, to: `${Number(season) + 1}-06-30` } : { from: today, to: today }
