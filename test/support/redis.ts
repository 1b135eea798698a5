import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { freePort } from './free-port.ts'
import { createScratch } from './scratch.ts'
import { until } from './until.ts'

const program = 'redis-server'

/** For `skipIf`: prints why. */
export const noRedis = spawnSync(program, ['--version']).status !== 0

if (noRedis) process.stderr.write('Skipped: redis-server is not installed.\n')

export interface TestRedis extends AsyncDisposable {
  url: string
  /** Ends it as `kill -9` does. What it had is on disk, since each write is synced. */
  kill(): Promise<void>
  /** Starts it again on the same port. */
  start(): Promise<void>
  /** It takes connections, and answers nothing, until it goes on. */
  halt(): void
  goOn(): void
}

/** A Redis of the test's own, which keeps what it has across its end. */
export async function startRedis(): Promise<TestRedis> {
  const dir = createScratch()
  const port = await freePort()
  const args = [
    '--port',
    `${port}`,
    '--bind',
    '127.0.0.1',
    '--dir',
    dir.path,
    '--save',
    '',
    '--appendonly',
    'yes',
    '--appendfsync',
    'always',
  ]
  let child = spawn(program, args, { stdio: 'ignore' })
  const isReady = () => until('Redis is ready', () => answers(port))
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  await isReady()
  return {
    url: `redis://127.0.0.1:${port}`,
    kill,
    halt: () => void child.kill('SIGSTOP'),
    goOn: () => void child.kill('SIGCONT'),
    start: async () => {
      child = spawn(program, args, { stdio: 'ignore' })
      await isReady()
    },
    async [Symbol.asyncDispose]() {
      await kill()
      dir[Symbol.dispose]()
    },
  }
}

/** While it loads what it had, it answers with an error. */
const answers = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    const end = (is: boolean) => {
      socket.destroy()
      resolve(is)
    }
    socket.once('connect', () => socket.write('PING\r\n')).once('error', () => end(false))
    socket.once('data', data => end(data.toString().startsWith('+PONG')))
  })
