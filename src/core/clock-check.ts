import { ConfigError } from './errors.ts'

const minuteMs = 60_000
const toldFromMs = 2 * minuteMs
const refusedFromMs = 60 * minuteMs

const written = (at: Date): string => `${at.toISOString().slice(0, 19)}Z`

/**
 * Compares the host's clock with the database's, whose difference includes the time of one statement. Which day is loaded, and what is over,
 * goes by the host's.
 * @returns what there is to tell, where they differ by minutes
 * @throws ConfigError where they differ by an hour or more
 */
export function checkClock(host: Date, database: Date): string | undefined {
  const aheadMs = host.getTime() - database.getTime()
  const ms = Math.abs(aheadMs)
  if (ms < toldFromMs) return undefined
  const message = `The clock of this host says ${written(host)}, and that of the database ${written(database)}.`
  if (ms < refusedFromMs) return message
  throw new ConfigError(message, {
    hint: 'Nothing was loaded. Set the clock that is wrong; a time service (NTP) keeps it right.',
  })
}
