import { once } from 'node:events'
import { BaseCommand } from './base-command.ts'

/** Standard output for any number of rows. */
export interface Output {
  /** Aborts when nothing can be written any more, or when the command is stopped. */
  signal: AbortSignal
  /** Waits while the reader has enough. */
  write(text: string | Uint8Array): Promise<void>
}

/** The reader has gone (`| head`). */
class OutputClosedError extends Error {}

/** A command that writes any number of rows to standard output. */
export abstract class OutputCommand extends BaseCommand {
  #isClosed = false

  /** Does what writes, until the reader goes, which is no failure: the command then ends with 0, once its parts are closed. */
  protected async writeOutput(work: (output: Output) => Promise<void>): Promise<void> {
    const { stdout } = process
    const broken = new AbortController()
    const signal = AbortSignal.any([this.signal, broken.signal])
    // Replaces the handler that ends the program at once: a statement is to be cancelled first.
    stdout.removeAllListeners('error').on('error', ({ code, message }: NodeJS.ErrnoException) => {
      const isGone = code === 'EPIPE'
      broken.abort(isGone ? new OutputClosedError(message) : new Error(`The output could not be written: ${message}.`))
    })
    const write: Output['write'] = async text => {
      signal.throwIfAborted()
      if (text.length > 0 && !stdout.write(text)) await once(stdout, 'drain', { signal }).catch(() => signal.throwIfAborted())
    }
    try {
      await work({ signal, write })
      signal.throwIfAborted()
      await Promise.race([new Promise<void>(resolve => stdout.write('', () => resolve())), once(signal, 'abort')])
      signal.throwIfAborted()
    } catch (error) {
      if (!(error instanceof OutputClosedError)) throw error
      this.#isClosed = true
    }
  }

  protected override async finally(error: Error | undefined): Promise<void> {
    await super.finally(error)
    // oclif would wait until the rest is read.
    if (this.#isClosed) process.exit(0)
  }
}
