import { closeSync, lstatSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Clock } from '../../core/clock.ts'
import { StoreError } from '../../core/errors.ts'
import type { Log } from '../../core/log.ts'
import { actAs } from './account.ts'
import { isWatched, joinClients, leaveClients } from './clients-pipe.ts'
import { pipeIn, port, superuser } from './cluster.ts'
import { logOf, notStarted, toDamage, toDataDirectoryError } from './failure.ts'
import { adoptRunningServer, type Launch, launchServer } from './launch.ts'
import { decideStep, type Sight } from './next-step.ts'
import { type Cluster, clusterIn, openCluster, openPlace, type Place } from './place.ts'
import { endServer, isPostmaster, readPostmaster, stopServer } from './postmaster.ts'
import { askServer, type ServerState } from './probe.ts'
import { isShort, type ShortPath, shortPathTo } from './socket-path.ts'
import { isAlive, isBeingMade } from './temporary.ts'
import type { Watcher } from './watcher.ts'

export type EmbeddedServer = Awaited<ReturnType<typeof openEmbeddedServer>>

export interface EmbeddedServerOptions {
  dataDir: string
  clock: Clock
  log: Log
  signal?: AbortSignal
  /** The npm package with the binaries; the one for this machine where it is not given. */
  packageDir?: string
}

const socketName = `.s.PGSQL.${port}`
const stopLimitMs = 3000
/** Attempts to start: some fail while an earlier server is still shutting down. With the growing pauses, all of them take 3 s. */
const maxStarts = 8

/**
 * The Postgres server of a data directory, made and started where need be, and shared by all processes of the machine. The
 * last process to leave, or to be killed, stops it: see clients-pipe.ts and watcher.ts for how that is known.
 * @throws StoreError where the directory or the server fails, ConfigError where there is no Postgres for this machine
 */
export async function openEmbeddedServer(options: EmbeddedServerOptions) {
  const { clock, log, signal } = options
  const dataDir = resolve(options.dataDir)
  let place: Place | undefined
  let cluster: Cluster | undefined
  let version = ''
  let client: number | undefined
  let short: ShortPath | undefined
  let rising: Promise<void> | undefined
  let closed = false

  /** The database files, once they are there. */
  const find = async (at: Place): Promise<Cluster | undefined> => {
    if (cluster?.isGone()) await forget()
    cluster ??= openCluster(at)
    return cluster
  }

  const forget = async (): Promise<void> => {
    if (client !== undefined) closeSync(client)
    await short?.release()
    cluster?.close()
    client = short = cluster = undefined
  }

  const ask = async (at: Place, found: Cluster | undefined): Promise<ServerState | { kind: 'being-made' }> => {
    if (!found) return { kind: (await isBeingMade(clusterIn(at.path))) ? 'being-made' : 'absent' }
    short ??= await shortPathTo(found.path, socketName)
    const socket = join(short.directory, socketName)
    // A link may lead to the server of somebody else.
    if (!lstatSync(socket, { throwIfNoEntry: false })?.isSocket()) return { kind: 'absent' }
    return await askServer(socket, superuser, dataDir)
  }

  const rise = async (): Promise<void> => {
    const startedAt = clock.elapsedMs()
    let own: Launch | undefined
    let adopter: Watcher | undefined
    let starts = 0
    let before = ''
    let since = startedAt
    try {
      for (;;) {
        signal?.throwIfAborted()
        place ??= openPlace(dataDir)
        const found = await find(place)
        const pipe = found && pipeIn(found.path)
        client ??= pipe ? joinClients(pipe) : undefined
        const state = await ask(place, found)
        const sight: Sight = {
          server: state.kind,
          joined: client !== undefined,
          watched: pipe !== undefined && isWatched(pipe),
          own: own ? (own.watcher.ended ? 'ended' : 'running') : 'none',
        }
        const now = clock.elapsedMs()
        if (JSON.stringify(sight) !== before) since = now
        before = JSON.stringify(sight)
        const step = decideStep(sight, now - since)
        if (step === 'done' && state.kind === 'ready') {
          version = state.version
          if (own) log.debug('database.started', { version, ms: Math.round(now - startedAt), dir: dataDir })
          return
        }
        if (step === 'give-up' || (state.kind === 'busy' && own && isCrashing(own.said())))
          throw notStarted(dataDir, own?.said() ?? '')
        if (step === 'start') {
          if (own && (starts >= maxStarts || !isPassing(own.said()))) throw notStarted(dataDir, own?.said() ?? '')
          await own?.watcher.release()
          await clock.sleep(100 * starts++, signal)
          own = await launchServer(place, options.packageDir)
        } else if (step === 'adopt' && found) {
          await adopter?.release()
          adopter = await adoptRunningServer(place, found)
          log.warn('database.adopted', { dir: dataDir })
        } else if (step === 'end' && found) {
          endServer(found)
          log.warn('database.ended', { dir: dataDir })
          await clock.sleep(1000, signal)
        }
        await clock.sleep(own ? 5 : 15, signal)
      }
    } finally {
      await own?.watcher.release()
      await adopter?.release()
    }
  }

  /** Brings the server up again where it has died; changes nothing where it is well. @throws StoreError */
  const revive = async (): Promise<void> => {
    if (closed) throw new StoreError(`The embedded database in ${dataDir} is closed.`)
    rising ??= rise().finally(() => {
      rising = undefined
    })
    await rising.catch(error => {
      throw toDataDirectoryError(error, dataDir)
    })
  }

  /** Leaves the server, and waits until it has stopped where no other process uses it. End the connections first. */
  const close = async (how?: 'at-once'): Promise<void> => {
    if (closed) return
    closed = true
    await rising?.catch(() => {})
    if (client !== undefined && cluster) await leave(client, cluster, clock, how)
    client = undefined
    await forget()
    place?.close()
  }

  try {
    await revive()
  } catch (error) {
    // A server whose files are damaged may crash all the time, and would not hear that it is to stop.
    await close(error instanceof StoreError ? 'at-once' : undefined)
    throw error
  }
  const { directory } = short as unknown as ShortPath
  return {
    /**
     * `path` is the socket itself; postgres.js takes it as it is, whatever characters the data directory has. `host` is its directory, for
     * other programs too where its name is not too long for them.
     */
    connection: {
      host: isShort(clusterIn(dataDir), socketName) ? clusterIn(dataDir) : directory,
      port,
      user: superuser,
      path: join(directory, socketName),
    },
    /** Such as `18.4`. */
    version,
    /** What went wrong, where it is the directory's fault. */
    explain: (error: unknown) => toDamage(error, dataDir),
    /** What a person can look at. */
    log: logOf(dataDir),
    revive,
    close: () => close(),
  }
}

/** Leaves the clients of a server, and waits for its end where this was the last of them. */
async function leave(file: number, cluster: Cluster, clock: Clock, how?: 'at-once'): Promise<void> {
  const { path, account } = cluster
  const pid = actAs(account, () => readPostmaster(path))
  const pipe = pipeIn(path)
  const watched = isWatched(pipe)
  const last = leaveClients(pipe, file)
  if (!last || pid === undefined) return
  if (how === 'at-once') endServer(cluster)
  else if (!watched && actAs(account, () => isPostmaster(pid, path))) stopServer(pid, account)
  const until = clock.elapsedMs() + stopLimitMs
  while (isAlive(pid) && clock.elapsedMs() < until) await clock.sleep(5)
}

/** One of its processes ends each time it has started. That it takes connections in between is a matter of milliseconds. */
const isCrashing = (said: string): boolean => said.split('all server processes terminated; reinitializing').length > 3

/** Another server has the directory, or the last one is not quite gone, or ours was up and has been stopped. */
const isPassing = (said: string): boolean => /lock file|shared memory block|ready to accept connections/.test(said)
