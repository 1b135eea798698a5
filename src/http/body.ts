import type { IncomingHttpHeaders } from 'node:http'
import { pipeline, type Readable, Transform } from 'node:stream'
import zlib from 'node:zlib'
import { Failure } from './failure.ts'

const decoders = new Map<string, (options: { chunkSize?: number }) => Transform>([
  ['gzip', zlib.createGunzip],
  ['x-gzip', zlib.createGunzip],
  ['deflate', zlib.createInflate],
  ['br', zlib.createBrotliDecompress],
  ['zstd', zlib.createZstdDecompress],
])

/** Each has memory of its own, and a header holds thousands of names. Servers use one. */
const maxEncodings = 5

/**
 * The body without its encodings. It fails with Failure `too-large` over the limit on the wire (counted as it streams: a body without
 * end is not read to its end), and with what zlib says of a damaged one.
 * @param options `chunkSize`: the size of the decoded pieces; large ones are decoded faster
 */
export function decodeBody(
  wire: Readable,
  headers: IncomingHttpHeaders,
  maxBytes: number,
  options: { chunkSize?: number } = {},
): Readable {
  const encodings = [headers['content-encoding'] ?? '']
    .flat()
    .join()
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(name => name !== '' && name !== 'identity')
  if (encodings.length > maxEncodings) {
    wire.destroy()
    throw new Failure('malformed', `sent a body in ${encodings.length} encodings to`)
  }
  // They are listed in the order they were applied.
  const stages = encodings.reverse().map(decoderOf)
  // Errors arrive at the last stream, which is the one that is read.
  return [meter(maxBytes), ...stages].reduce<Readable>((from, to) => pipeline(from, to, () => {}), wire)

  function decoderOf(name: string): Transform {
    const create = decoders.get(name)
    if (create) return create(options)
    wire.destroy()
    throw new Failure('malformed', `sent a body in an encoding we cannot read (${name}) to`)
  }
}

/**
 * Reads and decodes a body. Throws Failure `too-large` over the limit, on the wire or after decompression (a bomb never unfolds),
 * and what the streams throw on a damaged one.
 * @param keepBytes take this much of the decoded body and leave the rest
 */
export async function readBody(
  wire: Readable,
  headers: IncomingHttpHeaders,
  maxBytes: number,
  keepBytes = Number.POSITIVE_INFINITY,
): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of decodeBody(wire, headers, maxBytes) as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes >= keepBytes) break
    if (bytes > maxBytes) throw tooLarge(maxBytes)
  }
  return Buffer.concat(chunks).subarray(0, keepBytes)
}

function meter(maxBytes: number): Transform {
  let bytes = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      if (bytes > maxBytes) done(tooLarge(maxBytes))
      else done(null, chunk)
    },
  })
}

export function tooLarge(maxBytes: number): Failure {
  const limit = maxBytes >= 1024 * 1024 ? `${Math.floor(maxBytes / 1024 / 1024)} MiB` : `${maxBytes} bytes`
  return new Failure('too-large', `sent more than the limit of ${limit} to`)
}
