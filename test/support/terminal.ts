import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { quick } from './cli.ts'
import { createScreen } from './screen.ts'

const program = join(import.meta.dirname, '../../bin/run.js')

/** Makes a terminal; part of util-linux. */
const script = '/usr/bin/script'

export const hasTerminals = existsSync(script)

/** The built program on a terminal, as a user has started it. */
export function startOnTerminal(args: readonly string[], { columns = 80, env = {} as Record<string, string> } = {}) {
  const command = `stty cols ${columns}; exec '${process.execPath}' '${program}' ${args.join(' ')}`
  const machine = { PATH: process.env['PATH'], HOME: '/nonexistent', TERM: 'xterm' }
  const child = spawn(script, ['-qec', command, '/dev/null'], { env: { ...machine, ...quick, ...env }, stdio: 'pipe' })
  const screen = createScreen(columns)
  let written = ''
  child.stdout.setEncoding('utf8').on('data', piece => {
    written += piece
    screen.write(piece)
  })
  const done = once(child, 'close').then(([code]) => ({ code: code as number, written, lines: screen.lines() }))
  return {
    /** Resolves once this was written. */
    async wrote(text: RegExp): Promise<void> {
      while (!text.test(written))
        await Promise.race([once(child.stdout, 'data'), done.then(end => Promise.reject(new Error(end.written)))])
    },
    type: (keys: string) => void child.stdin.write(keys),
    done,
  }
}
