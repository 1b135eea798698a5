import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { type Account, programAs } from './account.ts'
import { port } from './cluster.ts'

/**
 * Waits until the starter has joined the clients (or is dead) and then until the last client has left. File 3 comes
 * from the starter, 4 keeps the pipe from ending before the starter has joined, 5 reads. The reading end is closed first
 * of all: a client that finds it open after it has talked to the server knows that the server stays.
 */
const awaitLastClient = `
  while read -r _; do :; done <&3
  exec 4>&- 3<&-
  while read -r _; do :; done <&5
  exec 5<&-`

const openPipe = `
umask 077
[ -p clients ] || mkfifo clients
exec 4<>clients 5<clients`

/**
 * How long a server may take to stop. Postgres 18 never does where it is told to while it recovers from the crash of one of its
 * processes; it then ends as in a power cut (SIGQUIT), which loses nothing.
 */
export const stopLimitS = 30

/** The signal is repeated: a server that has only just been started does not hear it. `isOurs`: whether $server is still that server. */
const stop = (isOurs: string): string => `
  signal=INT waited=0
  while ${isOurs} && kill -$signal $server; do
    sleep 1
    waited=$((waited + 1))
    [ $waited -lt ${stopLimitS} ] || signal=QUIT
  done`

/**
 * Runs the server ($@) and stops it after its last client. Where the server ends by itself, so does the watcher; where
 * another server has the directory already, this one ends at once.
 */
const serve = `${openPipe}
"$@" 3<&- 4<&- 5<&- &
server=$!
(${awaitLastClient}${stop('true')}
) 2>/dev/null &
guard=$!
exec 3<&- 4>&- 5<&-
wait $server
kill $guard 2>/dev/null`

/** Stops a server ($1) whose watcher was killed, unless another has taken its place by then. */
const adopt = `${openPipe}
server=$1
{ ${awaitLastClient}${stop('read -r pid <postmaster.pid && [ "$pid" = "$server" ]')}
} 2>/dev/null`

/** What differs from Postgres' defaults. Memory for dynamic use is in files: /dev/shm has 64 MB in containers. */
const settings = {
  port,
  listen_addresses: '',
  unix_socket_directories: '.',
  unix_socket_permissions: '0700',
  max_connections: 300, // a process has up to a dozen, and nobody can raise it who does not see the server
  shared_buffers: '128MB',
  dynamic_shared_memory_type: 'mmap',
  max_wal_size: '1GB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_destination: 'stderr',
  logging_collector: 'off',
  log_min_messages: 'log', // clients receive their own errors; the log has starts, stops and crashes
  log_checkpoints: 'off',
}

/** The script that runs a server, with its arguments. */
export function serverScript(postgres: string, dataDirectory: string): string[] {
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  return [serve, postgres, '-D', dataDirectory, ...options]
}

/** The script that watches over a server which runs without a watcher. */
export const adoptScript = (pid: number): string[] => [adopt, String(pid)]

export type Watcher = Awaited<ReturnType<typeof startWatcher>>

/**
 * Runs a script, with its arguments, in a session of its own, which outlives this process.
 * @param logFile an open file for what the server says
 * @throws the system's error where the process cannot be made
 */
export async function startWatcher([script = '', ...args]: string[], cluster: string, logFile: number, account?: Account) {
  const child = spawn('/bin/sh', ['-c', script, 'sports-ingest-postgres', ...args], {
    cwd: cluster,
    ...programAs(account),
    detached: true,
    stdio: ['ignore', logFile, logFile, 'pipe'],
  })
  await once(child, 'spawn')
  child.unref()
  const starter = child.stdio[3] as Socket
  starter.on('error', () => {})
  starter.unref()
  return {
    get ended(): boolean {
      return child.exitCode !== null || child.signalCode !== null
    },
    /** We have joined the clients, or give up: the server stays only for those who joined. */
    async release(): Promise<void> {
      // Its end of the connection closes once file 4 is closed: from then on, only clients keep the pipe open.
      const closed = starter.closed || once(starter, 'close', { signal: AbortSignal.timeout(1000) }).catch(() => {})
      starter.ref().resume().end()
      await closed
      starter.destroy()
    },
  }
}
