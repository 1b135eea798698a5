import { createHash } from 'node:crypto'
import { BugError } from '../core/errors.ts'
import { decodeBody, tooLarge } from './body.ts'
import { classifyBody, keptBodyBytes } from './classify.ts'
import type { OpenBody } from './exchange.ts'
import { Failure } from './failure.ts'
import { networkFailure } from './network-failure.ts'
import type { Question } from './question.ts'
import { lookAhead, pieceBytes, unpack } from './unpack.ts'
import { type Validators, validatorsIn } from './validators.ts'

/** Identifies the content of a file. */
export interface FileSum {
  /** SHA-256 of the decoded file, hex. */
  hash: string
  /** Decoded. */
  bytes: number
}

/** A file that is being received. */
export interface Download extends Validators {
  /** The full address asked for, without credentials. */
  url: string
  /** What its text is encoded in, as the provider says and `TextDecoder` knows it. */
  charset?: string | undefined
  /**
   * Whether nothing but the end of the connection says where it ends, once it was read: no length, no chunks, no packing. The chunks throw
   * where that is within a line.
   */
  isOpenEnded(): boolean
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

/** The body of a file as it comes: decoded, unpacked, checked, counted and hashed piece by piece. */
async function takeFile<T>(body: OpenBody, { url, line, limits }: Question, consume: Consume<T>): Promise<Taken<T>> {
  const { wire, headers, deadline } = body
  const { maxFileBytes } = limits
  const validators = validatorsIn(headers)
  const charset = charsetIn(headers['content-type'] ?? '')
  const seen: { isOpenEnded?: boolean; sum?: FileSum; failed?: { error: unknown } } = {}

  /** Throws the failure where the text does not end with a line: it was cut off. */
  async function* endingWithLine(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    seen.isOpenEnded = true
    let last = lineEnd
    for await (const piece of pieces) {
      last = piece.at(-1) ?? last
      yield piece
    }
    if (last !== lineEnd) throw new Failure('unavailable', 'closed the connection within a line of its response to')
  }

  async function* read(): AsyncGenerator<Buffer, void, undefined> {
    const hash = createHash('sha256')
    let bytes = 0
    deadline.resume()
    try {
      const decoded = decodeBody(wire, headers, maxFileBytes, { chunkSize: pieceBytes })
      const plain = isOpenEndedBody(headers) ? endingWithLine : undefined
      for await (const chunk of checked(unpack(decoded as AsyncIterable<Buffer>, plain), headers['content-type'])) {
        bytes += chunk.length
        if (bytes > maxFileBytes) throw tooLarge(maxFileBytes)
        hash.update(chunk)
        deadline.pause()
        yield chunk
        deadline.resume()
      }
      seen.sum = { hash: hash.digest('hex'), bytes }
    } catch (error) {
      seen.failed = { error: deadline.signal.aborted ? deadline.signal.reason : networkFailure(error, new URL(url).origin) }
      throw seen.failed.error
    } finally {
      deadline.pause()
    }
  }
  const isOpenEnded = () => seen.isOpenEnded === true
  const sum = () => {
    if (!seen.sum) throw new BugError(`The consumer of ${line} must read it to its end.`)
    return seen.sum
  }

  const chunks = read()
  // The time-out runs only while someone waits for a chunk.
  deadline.pause()
  try {
    const value = await consume({ url, ...validators, charset, isOpenEnded, chunks, sum })
    // A failure that `consume` has caught still counts.
    if (seen.failed) throw seen.failed.error
    sum()
    return { result: { status: 'loaded', value, ...validators } }
  } catch (thrown) {
    // The file is the cause of whatever else failed, and may be complete the next time.
    if (seen.failed) throw seen.failed.error
    return { thrown }
  } finally {
    wire.destroy()
    await chunks.return()
  }
}

const lineEnd = 0x0a

/** Undefined also for one that is no encoding: stores of files send `binary` where nobody has told them. */
function charsetIn(contentType: string): string | undefined {
  const [, name] = /;\s*charset\s*=\s*["']?([^\s;"']+)/i.exec(contentType) ?? []
  try {
    new TextDecoder(name)
    return name
  } catch {
    return undefined
  }
}

/** A body without a length and not in chunks; where it is packed, its packing says whether it is whole. */
const isOpenEndedBody = (headers: OpenBody['headers']): boolean =>
  headers['content-length'] === undefined && !headers['transfer-encoding'] && !headers['content-encoding']

/** Throws the failure where it is a page or nothing at all. White space, and a mark of the byte order, may come before a page. */
async function* checked(pieces: AsyncIterable<Buffer>, contentType: string | undefined): AsyncGenerator<Buffer> {
  const told = (start: Buffer) => start.length >= 4 && /[^\s\uFEFF]/.test(start.toString('utf8', 0, keptBodyBytes))
  const { start, all } = await lookAhead(pieces, start => start.length >= keptBodyBytes || told(start))
  const failure = classifyBody(start, contentType, 'file')
  if (failure) throw failure
  yield* all
}
