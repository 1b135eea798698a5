import { type Log, type LogFields, type LogLevel, logLevels } from '../core/log.ts'
import { type Terminal, tellOnTerminal } from './tell.ts'

/**
 * A log for who sits at a terminal: warnings and errors as sentences. What a job does is shown by its progress line, a line for each piece
 * it has loaded, and its receipt; with --verbose the whole log is shown instead.
 */
export function createTerminalLog(level: LogLevel, stream: Terminal = process.stderr): Log {
  // A terminal that went away ends nothing.
  stream.on('error', () => {})
  const withFields = (inherited: LogFields): Log => {
    const tell = (at: LogLevel) => (event: string, fields?: LogFields) => {
      const text =
        logLevels.indexOf(at) < logLevels.indexOf(level) ? undefined : toSentence(at, event, { ...inherited, ...fields })
      if (text) tellOnTerminal(stream, text, labels[at])
    }
    const tellers = Object.fromEntries(logLevels.map(at => [at, tell(at)])) as Omit<Log, 'with'>
    return { ...tellers, with: fields => withFields({ ...inherited, ...fields }) }
  }
  return withFields({})
}

const labels: Partial<Record<LogLevel, 'warning' | 'error'>> = { warn: 'warning', error: 'error' }

/** What happened, in words; undefined where somebody else says it, or it is only of interest in the whole log. */
function toSentence(level: LogLevel, event: string, fields: LogFields): string | undefined {
  const words = sentences[event]
  if (words) return words(fields)
  return level === 'warn' || level === 'error' ? plainSentence(event, fields) : undefined
}

/** `nfl 2024, player-stats: what was said of it. What can be done about it.` */
function plainSentence(event: string, fields: LogFields): string {
  const { message, reason, warning, error, hint } = fields
  const said = message ?? reason ?? warning ?? error ?? [event, ...Object.entries(fields).map(pair => pair.join(' '))].join(', ')
  const about = aboutText(fields)
  return `${about ? `${about}: ` : ''}${said}${hint ? ` ${hint}` : ''}`
}

function aboutText({ sport, season, dataset, day, from, to }: LogFields): string {
  const days = day ?? (from && to ? `${from} to ${to}` : undefined)
  // Days of a whole season say no more than the season.
  const when = dataset && season ? season : (days ?? season)
  return [sport, dataset, when].filter(part => part !== undefined).join(' ')
}

/** Those of events whose fields are not a sentence by themselves. `undefined`: the command itself tells it. */
const sentences: Record<string, (fields: LogFields) => string | undefined> = {
  // The command ends with this error, or its receipt says it.
  'job.end': () => undefined,
  'http.retry': ({ message }) => String(message).replace(/(GET|POST) [^\s?]*\/(?=[^\s?])/, '$1 …/'),
  'database.retry': ({ attempt, of, reason }) => `the database cannot be reached (${reason}), attempt ${attempt} of ${of}`,
  'provider.stopped': ({ sport, reason }) => `${sport}: nothing more is asked for in this run: ${reason}`,
  'calendar.kept': ({ sport, season, fetched_at, reason }) =>
    `${sport} ${season}: the schedule stored at ${String(fetched_at).slice(0, 19)}Z is used. ${reason}`,
  'notices.unsent': ({ sport, reason }) => `${sport}: cache invalidations were not sent: ${reason}`,
  'payloads.prune': ({ reason }) => `old payloads were not removed: ${reason}`,
  'lease.renew': ({ lease, reason }) => `the lease ${lease} could not be renewed: ${reason}`,
  'database.adopted': ({ dir }) => `the embedded database in ${dir} was running without a supervisor, and has one again`,
  'database.ended': ({ dir }) => `the embedded database in ${dir} did not stop in time; it was ended, and recovers`,
  'file.again': ({ dataset, unit }) =>
    `${dataset}${unit === 'all' ? '' : ` of ${unit}`} is read again: the database was lost meanwhile`,
  'payload.unknown-field': ({ sport, dataset, field, game }) => `${sport} ${dataset} of ${game}: unknown field ${field}`,
  'live.stand-down': ({ sport, reason }) => `${sport}: not followed at the moment: ${reason}`,
  'live.failed': ({ sport, reason }) => (sport ? `${sport}: not followed any more: ${reason}` : String(reason)),
  'live.recovered': ({ sport, failures }) =>
    `${sport}: answers again, after ${failures === 1 ? '1 failure' : `${failures} failures`}`,
  'sandbox.error': ({ path, error }) => `the sandbox could not answer ${path}: ${error}`,
}
