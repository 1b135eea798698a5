import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, constants, readdirSync, readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { OwnJobError } from '../../core/errors.ts'

export interface ProgramOptions {
  command: string
  args: readonly string[]
  cwd: string
  env: NodeJS.ProcessEnv
  /** Ends it, and what it has started, when it aborts. */
  signal: AbortSignal
  /** So long it may take to end by itself once it is told to. */
  graceMs(): number
  onStart(pid: number): void
  /** Gets each line that it prints. */
  onLine(stream: 'out' | 'err', line: string): void
}

/** How a program has ended: by itself with a code, or by a signal. */
export interface ProgramEnd {
  code: number | null
  signal: NodeJS.Signals | null
  /** Others of its group were still there when it had ended by itself, and were stopped. */
  hadOthers: boolean
}

/**
 * Waits until the process that has started it is gone (its standard input ends), and then ends the group of the program: killed like that,
 * nobody else would. It is released by a line before that.
 */
const guardScript = `
read -r group || exit 0
read -r released && exit 0
kill -s TERM -- "-$group" 2>/dev/null
seconds=0
while [ "$seconds" -lt 10 ] && kill -s 0 -- "-$group" 2>/dev/null; do sleep 1; seconds=$((seconds + 1)); done
kill -s KILL -- "-$group" 2>/dev/null`

/** What has left the group may hold its output open: so long it is waited for. */
const outputWaitMs = 1_000
const lookEveryMs = 50

/**
 * Runs a program without standard input, in a process group of its own, so that what it starts ends with it: when it has ended, when the
 * signal aborts, and when this process is killed.
 * @throws OwnJobError where it cannot be started
 */
export async function runProgramGroup(options: ProgramOptions): Promise<ProgramEnd> {
  const { command, args, cwd, env, signal, graceMs, onStart, onLine } = options
  const guard = spawn('/bin/sh', ['-c', guardScript, 'sports-ingest-guard'], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
    env: { PATH: process.env['PATH'] },
  })
  guard.on('error', () => {})
  guard.stdin.on('error', () => {})
  guard.unref()
  let isStarted = false
  try {
    const child = spawn(command, [...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    if (child.pid !== undefined) guard.stdin.write(`${child.pid}\n`)
    const read = [readLines(child.stdout, line => onLine('out', line)), readLines(child.stderr, line => onLine('err', line))]
    const ended = endOf(child)
    ended.catch(() => {})
    await started(child)
    isStarted = true
    const group = child.pid as number
    onStart(group)
    const stopping = stopAtAbort(group, signal, graceMs)
    const { code, signal: endedBy } = await ended
    const hadOthers = !signal.aborted && isGroupAlive(group)
    await (signal.aborted ? stopping.done() : endGroup(group, graceMs()))
    stopping.cancel()
    await Promise.race([Promise.all(read), sleep(outputWaitMs, undefined, { ref: false })])
    child.stdout.destroy()
    child.stderr.destroy()
    return { code, signal: endedBy, hadOthers }
  } catch (error) {
    throw isStarted ? error : startError(command, error as NodeJS.ErrnoException)
  } finally {
    // Twice: without a program it has not read a group.
    guard.stdin.end('released\nreleased\n')
  }
}

/**
 * Where a program is, as the system looks for it.
 * @throws OwnJobError where it, or the folder that it is to start in, is not there
 */
export function findProgram({ command, cwd, env }: Pick<ProgramOptions, 'command' | 'cwd' | 'env'>): string {
  if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory())
    throw new OwnJobError(`The program cannot be started in ${cwd}: there is no such folder.`)
  const folders = command.includes('/') ? [''] : (env['PATH'] ?? '/usr/bin:/bin').split(':')
  const paths = folders.map(folder => resolve(cwd, folder, command))
  const found = paths.filter(path => statSync(path, { throwIfNoEntry: false })?.isFile())
  const path = found.find(isExecutable)
  if (path) return path
  if (found[0])
    throw new OwnJobError(`The program ${found[0]} cannot be started: this user may not run it.`, { hint: 'See chmod.' })
  if (command.includes('/') && statSync(paths[0] ?? '', { throwIfNoEntry: false })?.isDirectory())
    throw new OwnJobError(`The program cannot be started: ${paths[0]} is a folder.`)
  const where = command.includes('/') ? paths[0] : `${command} in PATH (${env['PATH']})`
  throw new OwnJobError(`The program cannot be started: there is no ${where}.`)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const started = (child: ChildProcess) =>
  new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', reject)
  })

/** What a look at the file does not tell. */
function startError(command: string, cause: NodeJS.ErrnoException): OwnJobError {
  const { code = cause.message } = cause
  const why = notStarted[code] ?? `the system says ${code}`
  return new OwnJobError(`The program ${command} cannot be started: ${why}.`, { cause })
}

const notStarted: Record<string, string> = {
  ENOENT: 'the interpreter in its first line (#!), or a library that it needs, is not there',
  ENOEXEC: 'it is no program of this system',
  EACCES: 'this user may not run it, or its interpreter',
  E2BIG: 'its arguments and variables are too long',
  EAGAIN: 'this user may start no more processes',
}

const endOf = (child: ChildProcess) =>
  new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })

function stopAtAbort(group: number, signal: AbortSignal, graceMs: () => number) {
  let done: Promise<void> | undefined
  const stop = () => {
    done = endGroup(group, graceMs())
  }
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop)
  return { done: async () => await done, cancel: () => signal.removeEventListener('abort', stop) }
}

/** Ends what is in a group: SIGTERM, and after the grace SIGKILL. */
async function endGroup(group: number, graceMs: number): Promise<void> {
  for (const [name, waitMs] of [
    ['SIGTERM', graceMs],
    ['SIGKILL', 1_000],
  ] as const) {
    if (!signalGroup(group, name)) return
    for (const until = performance.now() + waitMs; performance.now() < until; await sleep(lookEveryMs))
      if (!isGroupAlive(group)) return
  }
}

function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal)
  } catch (error) {
    // Somebody else's processes among them (sudo) are there, too.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** In a container often nobody waits for orphans that have ended: they stay, as zombies, and do nothing. */
function isGroupAlive(group: number): boolean {
  if (!signalGroup(group, 0)) return false
  if (process.platform !== 'linux') return true
  return readdirSync('/proc').some(name => {
    if (!/^\d+$/.test(name)) return false
    try {
      // 123 (name) S parent group …; the name may have any characters.
      const [state, , ownGroup] = readFileSync(`/proc/${name}/stat`, 'latin1')
        .replace(/^.*\) /s, '')
        .split(' ')
      return Number(ownGroup) === group && state !== 'Z' && state !== 'X'
    } catch {
      return false
    }
  })
}

/** A line that is longer is told in pieces. */
const longestLine = 8_192

/** Reads a stream line by line, whatever bytes it has, to its end. */
async function readLines(stream: Readable, onLine: (line: string) => void): Promise<void> {
  const decoder = new TextDecoder()
  let open = ''
  const tell = (text: string, isEnd: boolean) => {
    const lines = (open + text).split('\n')
    open = lines.pop() as string
    for (const line of lines) for (const piece of pieces(line.replace(/\r$/, ''))) onLine(piece)
    while (open.length >= longestLine) {
      onLine(open.slice(0, longestLine))
      open = open.slice(longestLine)
    }
    if (isEnd && open !== '') onLine(open)
  }
  try {
    for await (const chunk of stream) tell(decoder.decode(chunk as Buffer, { stream: true }), false)
  } catch {} // given up, or broken: what was read is kept
  tell(decoder.decode(), true)
}

const pieces = (line: string): string[] =>
  Array.from({ length: Math.max(1, Math.ceil(line.length / longestLine)) }, (_, i) =>
    line.slice(i * longestLine, (i + 1) * longestLine),
  )
