import { flush } from '@oclif/core'
import { tellOnStderr } from './tell.ts'

/** Ended by a closed pipe, as shells have it: 128 and the number of SIGPIPE. */
const brokenPipe = 141

let isJob = false
let failed: NodeJS.ErrnoException | undefined
const failure = Promise.withResolvers<void>()

/** From now on what a command does matters more than that somebody reads of it: it goes on without an output. */
export function workWithoutOutput(): void {
  isJob = true
}

/**
 * Watches stdout. A reader that has gone (`| head`) ends a command quietly, as SIGPIPE ends others; a full disk ends it with a message.
 * A job goes on in both cases.
 */
export function watchOutput(): void {
  // Replaces oclif's handler, which prints only a stack trace when the disk is full.
  process.stdout.removeAllListeners('error').on('error', (error: NodeJS.ErrnoException) => {
    const isPipe = error.code === 'EPIPE'
    if (!isPipe && !failed) tellOnStderr(`The output could not be written: ${error.message}. What was committed stays.`)
    failed ??= error
    failure.resolve()
    if (!isJob) process.exit(isPipe ? brokenPipe : 1)
  })
}

/** Waits until everything was written. @returns the exit code of a command that has ended well: 1 where output was lost on a full disk */
export async function finishOutput(): Promise<number> {
  // What has failed is never flushed.
  await Promise.race([failure.promise, flush()])
  return failed && failed.code !== 'EPIPE' ? 1 : 0
}
