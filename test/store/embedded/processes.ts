import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export const isRoot = process.getuid?.() === 0

/** A directory with a closed parent (0700), as `mkdtemp` makes it: what root's home is to the server's account. */
export async function makeRoom(): Promise<AsyncDisposable & { parent: string; dataDir: string; cluster: string }> {
  const parent = await mkdtemp(join(tmpdir(), 'embedded-'))
  const dataDir = join(parent, 'data')
  return {
    parent,
    dataDir,
    cluster: join(dataDir, 'pgdata-18'),
    [Symbol.asyncDispose]: async () => {
      await until('all processes are gone', () => processesIn(join(dataDir, 'pgdata-18')).length === 0)
      await rm(parent, { recursive: true, force: true })
    },
  }
}

export interface Client extends AsyncDisposable {
  pid: number
  /** What it answered when it had opened the server. */
  opened: Promise<string>
  ask(action: string): Promise<string>
  kill(): Promise<void>
}

export interface ClientOptions {
  packageDir?: string
  uid?: number
  env?: NodeJS.ProcessEnv
}

/** A process of its own that opens the server. */
export function startClient(dataDir: string, { packageDir, uid, env }: ClientOptions = {}): Client {
  const args = [join(import.meta.dirname, 'client.ts'), dataDir, ...(packageDir ? [packageDir] : [])]
  const child: ChildProcessWithoutNullStreams = spawn(process.execPath, args, {
    ...(uid === undefined ? {} : { uid, gid: uid }),
    env: { ...process.env, ...env },
  })
  const said: string[] = []
  child.stderr.on('data', data => said.push(String(data)))
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const next = async () => {
    const { value, done } = await lines.next()
    return done ? `ended: ${said.join('')}` : String(value)
  }
  const exited = once(child, 'exit')
  return {
    pid: child.pid ?? 0,
    opened: next(),
    ask: async action => {
      child.stdin.write(`${action}\n`)
      return await next()
    },
    kill: async () => {
      child.kill('SIGKILL')
      await exited
    },
    [Symbol.asyncDispose]: async () => {
      child.stdin.end()
      child.kill('SIGKILL')
      await exited
    },
  }
}

/** All processes that work in a directory: the server, its backends and its watcher. */
export function processesIn(directory: string): number[] {
  const place = statOrNothing(directory)
  if (!place) return []
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .filter(pid => {
      const cwd = statOrNothing(`/proc/${pid}/cwd`)
      return cwd?.ino === place.ino && cwd.dev === place.dev
    })
    .map(Number)
}

const statOrNothing = (path: string) => {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}

export const postmasterOf = (cluster: string): number =>
  Number(readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')[0])

/** The shells that watch over the clients. */
export const watchersOf = (cluster: string): number[] =>
  processesIn(cluster).filter(pid => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('sports-ingest-postgres'))

/** Waits for a condition, with a deadline far above what it takes. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`Not in time: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 25))
  }
}
