import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { ConfigError } from '../core/errors.ts'

/**
 * Runs another program in the place of this one: same terminal, same standard streams, signals are passed on.
 * @param hint what to do where it is not installed
 * @returns its exit code; of one that a signal has ended, 128 and the signal's number, as shells have it
 */
export async function runProgram(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  hint: string,
): Promise<number> {
  const child = spawn(command, args, { stdio: 'inherit', env })
  // On a terminal all of its processes get what is typed, and the program decides what it means.
  const isTyped = [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY)
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP'] as const) {
    // Ours would end this process after 8 seconds.
    process.removeAllListeners(signal)
    process.on(signal, () => {
      if (!isTyped || signal === 'SIGTERM' || signal === 'SIGHUP') child.kill(signal)
    })
  }
  return await new Promise((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      const isMissing = error.code === 'ENOENT'
      const message = isMissing ? `${command} is not installed.` : `${command} cannot be started: ${error.message}.`
      reject(new ConfigError(message, { hint: isMissing ? hint : undefined, cause: error }))
    })
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)))
  })
}
