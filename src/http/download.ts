import type { Clock } from '../core/clock.ts'
import { BugError } from '../core/errors.ts'
import type { Asking } from './asking.ts'
import { classifyStatus } from './classify.ts'
import type { OpenBody } from './exchange.ts'
import { unasked304 } from './failure.ts'
import { createFileBody } from './file-body.ts'
import type { Limits } from './limits.ts'
import { conditionsOf, type Validators, validatorsOf } from './validators.ts'

export interface DownloadOptions {
  signal?: AbortSignal
  /** Of the version the caller has: the provider sends only a different one. */
  known?: Validators
}

/** A file that is being received. */
export interface Download extends Validators {
  /** The full address asked for, without credentials. */
  url: string
  /** On the wire; undefined without a Content-Length. */
  length: number | undefined
  /**
   * The file, decoded and unpacked. To be read once and to its end; only a few chunks are in memory. Throws if the file is incomplete,
   * and at once when the signal aborts.
   */
  chunks: AsyncIterable<Buffer>
  /** Of all of it. @throws BugError before it was read to its end */
  sum(): FileSum
}

/** Identifies the content of a file. */
export interface FileSum {
  /** SHA-256 of the decoded file, hex. */
  hash: string
  /** Decoded. */
  bytes: number
}

export type DownloadResult<T> = Unchanged | Loaded<T>

interface Unchanged {
  status: 'unchanged'
  /** Requests it took, failed ones and redirects included. */
  requests: number
}

interface Loaded<T> extends Validators, FileSum {
  status: 'loaded'
  /** What `consume` returned. */
  value: T
  /** When it began to come. */
  fetchedAt: Date
  requests: number
}

export interface DownloadParts {
  asking: Asking
  limits: Limits
  clock: Clock
}

type Consume<T> = (file: Download) => Promise<T>

/** Errors of `consume` are wrapped, to distinguish them from those of the network: both may be called ECONNRESET. */
type Taken<T> = { loaded: Omit<Loaded<T>, 'requests'> } | { thrown: unknown }

/** Asks for a file, as `HttpClient.download` says. */
export async function download<T>(
  path: string,
  { signal, known }: DownloadOptions,
  consume: Consume<T>,
  { asking, limits, clock }: DownloadParts,
): Promise<DownloadResult<T>> {
  const bounds = { totalTimeoutMs: limits.fileTimeoutMs, maxBodyBytes: limits.maxFileBytes }
  const conditions = conditionsOf(known)
  let consuming: Promise<Taken<T>> | undefined
  try {
    return await asking.ask(path, signal, question =>
      question.tryAgain(async () => {
        const { taken, ...reply } = await question.follow({ accept: '*/*', ...conditions }, bounds, body => {
          consuming = takeFile(body, {
            consume,
            maxBytes: limits.maxFileBytes,
            fetchedAt: clock.now(),
            url: question.url,
            line: question.line,
          })
          return consuming
        })
        const { requests } = question
        if (taken && 'thrown' in taken) throw taken.thrown
        if (taken) return { ...taken.loaded, requests }
        if (reply.status !== 304) throw classifyStatus(reply, clock.now())
        if (Object.keys(conditions).length === 0) throw unasked304()
        return { status: 'unchanged', requests }
      }),
    )
  } finally {
    // A signal ends the wait above at once. The caller may then close what `consume` works with, so wait for its end.
    await consuming?.catch(() => {})
  }
}

interface TakeFile<T> {
  consume: Consume<T>
  maxBytes: number
  fetchedAt: Date
  url: string
  line: string
}

async function takeFile<T>(body: OpenBody, { consume, maxBytes, fetchedAt, url, line }: TakeFile<T>): Promise<Taken<T>> {
  const { etag, 'last-modified': lastModified, 'content-length': length } = body.headers
  const validators = validatorsOf({ etag, lastModified })
  const file = createFileBody(body, maxBytes)
  const sum = () => {
    if (!file.sum) throw new BugError(`The consumer of ${line} must read it to its end.`)
    return file.sum
  }
  try {
    const told = { url, length: length === undefined ? undefined : Number(length), ...validators }
    const value = await consume({ ...told, chunks: file.chunks, sum })
    // A failure that `consume` has caught still counts.
    if (file.failed) throw file.failed.error
    return { loaded: { status: 'loaded', value, ...validators, ...sum(), fetchedAt } }
  } catch (thrown) {
    // The file is the cause of whatever else failed, and may be complete the next time.
    if (file.failed) throw file.failed.error
    return { thrown }
  } finally {
    body.wire.destroy()
    await file.chunks.return()
  }
}
