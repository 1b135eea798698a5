import { createHash } from 'node:crypto'
import { decodeBody, tooLarge } from './body.ts'
import { classifyBody, keptBodyBytes } from './classify.ts'
import type { OpenBody } from './exchange.ts'
import { networkFailure } from './network-failure.ts'
import { lookAhead, pieceBytes, unpack } from './unpack.ts'

/** Identifies the content of a file. */
export interface FileSum {
  /** SHA-256 of the decoded file, hex. */
  hash: string
  /** Decoded. */
  bytes: number
}

/** The body of a file as it comes: decoded, unpacked, checked, counted and hashed piece by piece. */
export interface FileBody {
  /** To be read once. Throws a Failure, or the reason of the signal. */
  chunks: AsyncGenerator<Buffer, void, undefined>
  /** What `chunks` threw. */
  failed?: { error: unknown }
  /** Of all that came out of `chunks`, once they have ended. */
  sum?: FileSum
}

/** Pauses the time-out: from here on it runs only while someone waits for a chunk. */
export function createFileBody({ wire, headers, deadline }: OpenBody, maxBytes: number): FileBody {
  const file: FileBody = { chunks: read() }
  deadline.pause()
  return file

  async function* read(): AsyncGenerator<Buffer, void, undefined> {
    const hash = createHash('sha256')
    let bytes = 0
    deadline.resume()
    try {
      const decoded = decodeBody(wire, headers, maxBytes, { chunkSize: pieceBytes })
      for await (const chunk of checked(unpack(decoded as AsyncIterable<Buffer>), headers['content-type'])) {
        bytes += chunk.length
        if (bytes > maxBytes) throw tooLarge(maxBytes)
        hash.update(chunk)
        deadline.pause()
        yield chunk
        deadline.resume()
      }
      file.sum = { hash: hash.digest('hex'), bytes }
    } catch (error) {
      file.failed = { error: deadline.signal.aborted ? deadline.signal.reason : networkFailure(error) }
      throw file.failed.error
    } finally {
      deadline.pause()
    }
  }
}

/** Throws the failure where it is a page or nothing at all. White space, and a mark of the byte order, may come before a page. */
async function* checked(pieces: AsyncIterable<Buffer>, contentType: string | undefined): AsyncGenerator<Buffer> {
  const told = (start: Buffer) => start.length >= 4 && /[^\s\uFEFF]/.test(start.toString('utf8', 0, keptBodyBytes))
  const { start, all } = await lookAhead(pieces, start => start.length >= keptBodyBytes || told(start))
  const failure = classifyBody(start, contentType, 'file')
  if (failure) throw failure
  yield* all
}
