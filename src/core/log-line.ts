import { styleText } from 'node:util'
import type { LogFields, LogLevel } from './log.ts'
import { visible, visibleJson } from './visible.ts'

/** Names a line has of its own; a field of that name would appear twice in the JSON. */
const reserved = new Set(['level', 'time', 'event', 'msg'])

/** Fields as they are written: without those that are undefined. */
export function present(fields: LogFields): LogFields {
  const said: LogFields = {}
  for (const [name, value] of Object.entries(fields))
    if (value !== undefined) said[reserved.has(name) ? `${name}_` : name] = value
  return said
}

/** `job.start job=daily sport=nba` */
export function logfmt(event: string, fields: LogFields): string {
  return [event, ...Object.entries(fields).map(([name, value]) => `${name}=${quoted(String(value))}`)].join(' ')
}

/** Quotes what would end the value or the line, or drive the terminal: provider text ends up here. */
const quoted = (text: string): string =>
  text !== '' && !/[\s"=\\]/.test(text) && visible(text) === text ? text : visibleJson(JSON.stringify(text))

const colours = { trace: 'gray', debug: 'gray', info: 'green', warn: 'yellow', error: 'red' } as const

/** `14:05:00Z INFO  job.start job=daily`, without the end of the line. */
export function prettyLine(level: LogLevel, time: string, msg: string, colour: boolean): string {
  const label = level.toUpperCase().padEnd(5)
  const shown = colour ? styleText(colours[level], label, { validateStream: false }) : label
  return `${time.slice(11, 19)}Z ${shown} ${msg}`
}
