export const logLevels = ['trace', 'debug', 'info', 'warn', 'error'] as const

export type LogLevel = (typeof logLevels)[number]

/** The fields of an event: one level, no secrets. `undefined` values are omitted. */
export type LogFields = Record<string, string | number | boolean | undefined>

/** One event is one line on stderr. The event's name comes first: `job.start job=daily sport=nba`. */
export interface Log extends Record<LogLevel, (event: string, fields?: LogFields) => void> {
  /** A log that adds `fields` to each of its events. */
  with(fields: LogFields): Log
}

/** Logs nothing. */
export const silentLog: Log = {
  trace() {},
  debug() {},
  info() {},
  warn() {},
  error() {},
  with: () => silentLog,
}

/** A log that writes warnings and errors as debug, for callers that report them in their own words. */
export const withoutWarnings = (log: Log): Log => ({
  ...log,
  warn: (event, fields) => log.debug(event, fields),
  error: (event, fields) => log.debug(event, fields),
  with: fields => withoutWarnings(log.with(fields)),
})
