import sonicBoom from 'sonic-boom'
import type { Clock } from './clock.ts'
import { type Log, type LogFields, type LogLevel, logLevels } from './log.ts'
import { logfmt, present, prettyLine } from './log-line.ts'
import { visibleJson } from './visible.ts'

export interface LogOptions {
  level: LogLevel
  /** `pretty` is for eyes, `json` for machines; the text `event key=value …` is in both, so one grep works on either. */
  format: 'pretty' | 'json'
  clock: Clock
  /** Default: stderr. */
  stream?: NodeJS.WritableStream
  /** Colours in `pretty`. Default: the stream is a terminal and NO_COLOR is not set. */
  colour?: boolean
}

/**
 * A log that writes one line per event. Lines for stderr are written before the call returns, so that none is lost
 * when the process exits; a reader that went away (EPIPE) or a full disk silences the log and stops nothing.
 */
export function createLog({ level, format, clock, stream = process.stderr, colour = wantsColour(stream) }: LogOptions): Log {
  const write = lineWriter(stream)
  const withFields = (inherited: LogFields): Log => {
    const emit = (at: LogLevel) => (event: string, fields?: LogFields) => {
      if (logLevels.indexOf(at) < logLevels.indexOf(level)) return
      const said = present({ ...inherited, ...fields })
      const time = clock.now().toISOString()
      const msg = logfmt(event, said)
      write(
        format === 'json'
          ? `${visibleJson(JSON.stringify({ level: at, time, event, ...said, msg }))}\n`
          : `${prettyLine(at, time, msg, colour)}\n`,
      )
    }
    const emitters = Object.fromEntries(logLevels.map(at => [at, emit(at)])) as Omit<Log, 'with'>
    return { ...emitters, with: fields => withFields({ ...inherited, ...fields }) }
  }
  return withFields({})
}

const wantsColour = (stream: NodeJS.WritableStream) =>
  'isTTY' in stream && stream.isTTY === true && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb'

/**
 * stderr goes around Node's stream, which queues lines for a slow reader and loses them on `process.exit`. A terminal queues
 * nothing, and there the stream is what a progress line on the same screen listens to, to make room for ours.
 */
function lineWriter(stream: NodeJS.WritableStream): (line: string) => void {
  const target = stream === process.stderr && !process.stderr.isTTY ? new sonicBoom.SonicBoom({ fd: 2, sync: true }) : stream
  let gone = false
  target.on('error', () => {
    gone = true // nothing is queued for it, or a worker without a reader would grow without end
  })
  return line => {
    if (!gone) target.write(line)
  }
}
