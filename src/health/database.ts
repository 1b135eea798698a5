import { existsSync, statfsSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { type Clock, latestBelieved } from '../core/clock.ts'
import { checkClock } from '../core/clock-check.ts'
import { readConnection } from '../store/connection.ts'
import type { Database } from '../store/database.ts'
import { isAlive } from '../store/embedded/temporary.ts'
import {
  findRunAhead,
  type GrowthFacts,
  type LeaseFacts,
  listGrowth,
  listLeases,
  readServer,
  type ServerFacts,
} from '../store/facts.ts'
import { readSchemaStatus, type SchemaStatus } from '../store/migrations.ts'
import { bytesText, type Check, checksOf, countText, instantText, spanText } from './check.ts'

/** Which part of its sessions a server may have in use. */
const manySessions = 0.85

/** An answer that takes longer is felt in every run. */
const slowMs = 500

const { ok, warning, failure } = checksOf('database')

/** Which server it is, how quickly it answers, and whether it takes writes. */
export async function checkServer(database: Database): Promise<{ checks: Check[]; server: ServerFacts }> {
  const server = await database.run(readServer)
  const connection = await readConnection(database)
  const [sentMs] = [performance.now(), await database.run(sql => sql`select 1`)]
  const ms = performance.now() - sentMs
  const [version] = server.version.split(' ')
  const { sessions, mostSessions, isStandby, bytes } = server
  const about = `${database.description}, PostgreSQL ${version}, ${connection}, ${bytesText(bytes)}: it answers in ${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms, with ${sessions} of ${mostSessions} sessions in use.`
  if (isStandby)
    return {
      server,
      checks: [
        failure(
          `${database.description} is on a standby, which takes no writes.`,
          'Name the primary in DATABASE_URL, or all hosts with target_session_attrs=read-write: after a fail-over it is another one.',
        ),
      ],
    }
  if (sessions >= mostSessions * manySessions)
    return {
      server,
      checks: [warning(about, 'End sessions that nobody needs (select * from pg_stat_activity), or raise max_connections.')],
    }
  return {
    server,
    checks: [ms > slowMs ? warning(about, 'Look at the network between, and at the load of the server.') : ok(about)],
  }
}

/** Whether the tables are those of this program. `isUsable`: they can be looked at. */
export async function checkSchema(
  database: Database,
  unmade: () => string,
): Promise<{ checks: Check[]; isUsable: boolean; status: SchemaStatus }> {
  const schema = checksOf('schema')
  const status = await database.run(readSchemaStatus)
  const { pending, newer, empty } = status
  if (newer)
    return {
      ...{ status, isUsable: false },
      checks: [schema.failure(`The tables are of a newer version of this program.`, 'Update sports-ingest on this host.')],
    }
  if (empty)
    return {
      ...{ status, isUsable: false },
      checks: [
        schema.failure(`${database.description} has no tables of this program: nothing was ever loaded into it.`, unmade()),
      ],
    }
  if (pending > 0)
    return {
      ...{ status, isUsable: false },
      checks: [
        schema.failure(
          `The tables lack ${countText(pending, 'migration', 'migrations')} of this version.`,
          `Run sports-ingest db migrate${database.embedded ? '; the next command that uses the database does so, too' : ''}.`,
        ),
      ],
    }
  return { status, isUsable: true, checks: [schema.ok('The tables are up to date.')] }
}

/** Compares the host's clock with the server's, and with what was written by others. */
export async function checkClocks(database: Database, clock: Clock): Promise<Check[]> {
  const clocks = checksOf('clock')
  const remedy = 'Set the clock that is wrong: timedatectl set-ntp true, on this host or on that of the database.'
  const now = clock.now()
  const found: Check[] = []
  if (clock.isOwn) {
    const sentMs = performance.now()
    const server = await database.run(readServer)
    const host = new Date(clock.now().getTime() - (performance.now() - sentMs) / 2)
    const aheadMs = host.getTime() - server.now.getTime()
    const seconds = `${(Math.abs(aheadMs) / 1000).toFixed(1)} s`
    const problem = tryClock(host, server.now)
    if (problem?.isRefused)
      found.push(clocks.failure(`${problem.message} They differ by ${spanText(Math.abs(aheadMs))}: jobs refuse to run.`, remedy))
    else if (problem) found.push(clocks.warning(`${problem.message} They differ by ${seconds}.`, remedy))
    else found.push(clocks.ok(`This host's clock is ${seconds} ${aheadMs < 0 ? 'behind' : 'ahead of'} that of the database.`))
  } else {
    const message = `SPORTS_INGEST_NOW sets the clock of this process, which says ${instantText(now)}: it is not compared.`
    found.push(clocks.notChecked(message, 'If that is not a rehearsal, take SPORTS_INGEST_NOW out of the environment.'))
  }
  const ahead = await database.run(sql => findRunAhead(sql, latestBelieved(now)))
  if (ahead) {
    const { id, job, sport, startedAt, host } = ahead
    const message = `Run ${id} (${job} of ${sport}, on ${host}) began at ${instantText(startedAt)}, which is still to come: that host's clock was ahead then, or this one is behind.`
    found.push(clocks.warning(message, `${remedy} Once it is right, the next daily run loads again what that one has passed.`))
  }
  return found
}

function tryClock(host: Date, server: Date): { message: string; isRefused: boolean } | undefined {
  try {
    const message = checkClock(host, server)
    return message === undefined ? undefined : { message, isRefused: false }
  } catch (error) {
    return { message: (error as Error).message, isRefused: true }
  }
}

/** Who is at work, and which leases are left of processes that have died. */
export async function checkLeases(database: Database): Promise<Check[]> {
  const leases = checksOf('leases')
  const all = await database.run(listLeases)
  const isDead = ({ host, pid, isGone }: LeaseFacts) => isGone || (host === hostname() && !isAlive(pid))
  const found: Check[] = []
  for (const lease of all) {
    const { name, host, pid, acquiredAt, expiresAt, isExpired } = lease
    if (isDead(lease)) {
      const message = `Process ${pid} on ${host}, which was at ${name} since ${instantText(acquiredAt)}, has died.`
      found.push(
        leases.warning(message, 'Nothing has to be removed: the next run of it takes over. Its log says why it died.', name),
      )
    } else if (isExpired) {
      const message = `Process ${pid} on ${host} is at ${name} and has given no sign of life since ${instantText(expiresAt)}: it is halted, or its host sleeps.`
      found.push(leases.warning(message, `The next run takes over. End it on ${host}: kill ${pid}.`, name))
    }
  }
  const held = all.filter(lease => !isDead(lease) && !lease.isExpired)
  const names = held.map(({ name, pid, host, acquiredAt }) => `${name} by pid ${pid} on ${host} since ${instantText(acquiredAt)}`)
  return [...found, leases.ok(held.length === 0 ? 'Nobody is at work.' : `At work: ${names.join('; ')}.`)]
}

/** Of the disk. */
const [leastFree, lowFree] = [200e6, 1e9]
/** A disk that is full in so many days. */
const soonDays = 14
const weekMs = 7 * 86_400_000

/** Free space, and how quickly it is used. */
export async function checkSpace(
  dataDir: string,
  database: Database | undefined,
  { clock, bytes }: { clock: Clock; bytes: number | undefined },
): Promise<Check[]> {
  const disk = checksOf('disk')
  const growth = checksOf('growth')
  const free = freeBytes(dataDir)
  const message = `${bytesText(free)} are free for the data directory ${dataDir}.`
  const remedy = 'Free some, or move the data directory (SPORTS_INGEST_DATA_DIR). To keep less: the settings under retention.'
  const found = [
    free < leastFree ? disk.failure(message, remedy) : free < lowFree ? disk.warning(message, remedy) : disk.ok(message),
  ]
  if (!database) return found
  const tables = await database.run(sql => listGrowth(sql, new Date(clock.now().getTime() - weekMs)))
  const perDay = tables.reduce((sum, { newBytes }) => sum + newBytes, 0) / 7
  const grown = `The database has ${bytesText(bytes ?? 0)}; what came in the last 7 days makes ${bytesText(perDay)} a day${mostOf(tables)}.`
  const days = perDay > 0 ? free / perDay : Number.POSITIVE_INFINITY
  if (database.embedded && days < soonDays)
    found.push(growth.warning(`${grown} At that pace the disk is full in ${Math.floor(days)} days.`, remedy))
  else found.push(growth.ok(grown))
  return found
}

/** Of a directory, or of the one in which it would be made. */
function freeBytes(path: string): number {
  const parent = dirname(path)
  if (!existsSync(path) && parent !== path) return freeBytes(parent)
  const { bavail, bsize } = statfsSync(path)
  return bavail * bsize
}

function mostOf(tables: readonly GrowthFacts[]): string {
  const most = tables.filter(({ newBytes }) => newBytes >= 1e6).sort((a, b) => b.newBytes - a.newBytes)
  const names = most.slice(0, 3).map(({ table, newBytes }) => `${table} ${bytesText(newBytes / 7)}`)
  return names.length === 0 ? '' : `, most in ${names.join(', ')}`
}
