import { BugError } from '../core/errors.ts'
import type { OpenBody } from './exchange.ts'
import { createFileBody, type FileSum } from './file-body.ts'
import type { Question } from './question.ts'
import { type Validators, validatorsIn } from './validators.ts'

/** A file that is being received. */
export interface Download extends Validators {
  /** The full address asked for, without credentials. */
  url: string
  /**
   * The file, decoded and unpacked. To be read once and to its end; only a few chunks are in memory. Throws if the file is incomplete,
   * and at once when the signal aborts.
   */
  chunks: AsyncIterable<Buffer>
  /** Of all of it. @throws BugError before it was read to its end */
  sum(): FileSum
}

/** `value`: what `consume` returned. */
export type DownloadResult<T> = { status: 'unchanged' } | ({ status: 'loaded'; value: T } & Validators)

type Consume<T> = (file: Download) => Promise<T>

/** Errors of `consume` are wrapped, to distinguish them from those of the network: both may be called ECONNRESET. */
type Taken<T> = { result: DownloadResult<T> } | { thrown: unknown }

/** Asks for a file, as `HttpClient.download` says. */
export async function download<T>(
  question: Question,
  known: Validators | undefined,
  consume: Consume<T>,
): Promise<DownloadResult<T>> {
  const { fileTimeoutMs: totalTimeoutMs, maxFileBytes: maxBodyBytes } = question.limits
  let consuming: Promise<Taken<T>> | undefined
  try {
    return await question.tryAgain(async () => {
      const taken = await question.follow('*/*', known, { totalTimeoutMs, maxBodyBytes }, body => {
        consuming = takeFile(body, question, consume)
        return consuming
      })
      if (taken && 'thrown' in taken) throw taken.thrown
      return taken?.result ?? { status: 'unchanged' }
    })
  } finally {
    // A signal ends the wait above at once. The caller may then close what `consume` works with, so wait for its end.
    await consuming?.catch(() => {})
  }
}

async function takeFile<T>(body: OpenBody, { url, line, limits }: Question, consume: Consume<T>): Promise<Taken<T>> {
  const validators = validatorsIn(body.headers)
  const file = createFileBody(body, limits.maxFileBytes)
  const sum = () => {
    if (!file.sum) throw new BugError(`The consumer of ${line} must read it to its end.`)
    return file.sum
  }
  try {
    const value = await consume({ url, ...validators, chunks: file.chunks, sum })
    // A failure that `consume` has caught still counts.
    if (file.failed) throw file.failed.error
    sum()
    return { result: { status: 'loaded', value, ...validators } }
  } catch (thrown) {
    // The file is the cause of whatever else failed, and may be complete the next time.
    if (file.failed) throw file.failed.error
    return { thrown }
  } finally {
    body.wire.destroy()
    await file.chunks.return()
  }
}
