import { AsyncLocalStorage } from 'node:async_hooks'
import type { Clock } from './clock.ts'
import { type Log, type LogFields, type LogLevel, logLevels } from './log.ts'
import { logfmt, present, prettyLine } from './log-line.ts'

/** By the flow of calls: whoever logs within a run need not know of it, and several runs may be at work at the same time. */
const keepers = new AsyncLocalStorage<(line: string) => void>()

/** Does some work, and gets each line that it logs, as `pretty` writes it. */
export const keepingLog = <T>(keep: (line: string) => void, work: () => Promise<T>): Promise<T> => keepers.run(keep, work)

/** A log whose lines, from a level on, can be kept as well. */
export function keptLog(log: Log, { level, clock }: { level: LogLevel; clock: Clock }, inherited: LogFields = {}): Log {
  const emit = (at: LogLevel) => (event: string, fields?: LogFields) => {
    log[at](event, fields)
    const keep = keepers.getStore()
    if (!keep || logLevels.indexOf(at) < logLevels.indexOf(level)) return
    keep(prettyLine(at, clock.now().toISOString(), logfmt(event, present({ ...inherited, ...fields })), false))
  }
  const emitters = Object.fromEntries(logLevels.map(at => [at, emit(at)])) as Omit<Log, 'with'>
  return { ...emitters, with: fields => keptLog(log.with(fields), { level, clock }, { ...inherited, ...fields }) }
}
