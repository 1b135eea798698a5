import { pipeline, type Readable, Transform } from 'node:stream'
import zlib from 'node:zlib'
import { Failure } from './failure.ts'

const decoders: Record<string, () => Transform> = {
  gzip: () => zlib.createGunzip(),
  'x-gzip': () => zlib.createGunzip(),
  deflate: () => zlib.createInflate(),
  br: () => zlib.createBrotliDecompress(),
  zstd: () => zlib.createZstdDecompress(),
}

export interface BodyOptions {
  contentEncoding: string | undefined
  /** On the wire and after decompression, counted as it streams: a decompression bomb never unfolds. */
  maxBytes: number
  /** Take this much of the decoded body and leave the rest. */
  keepBytes?: number
}

/** Reads and decodes a body. Throws Failure `too-large` over the limit, and what the streams throw on a damaged one. */
export async function readBody(
  wire: Readable,
  { contentEncoding, maxBytes, keepBytes = Infinity }: BodyOptions,
): Promise<Buffer> {
  const decoded = [meter(maxBytes), ...decodersOf(contentEncoding, wire)].reduce<Readable>(
    // Errors arrive at the last stream, which is the one that is read.
    (from, to) => pipeline(from, to, () => {}),
    wire,
  )
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of decoded as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes >= keepBytes) break
    if (bytes > maxBytes) throw tooLarge(maxBytes)
  }
  const body = Buffer.concat(chunks)
  return bytes > keepBytes ? body.subarray(0, keepBytes) : body
}

/** Encodings are listed in the order they were applied. */
function decodersOf(contentEncoding: string | undefined, wire: Readable): Transform[] {
  const names = (contentEncoding ?? '')
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(name => name !== '' && name !== 'identity')
  return names.reverse().map(name => {
    const create = decoders[name]
    if (create) return create()
    wire.destroy()
    throw new Failure('malformed', `sent a body in an encoding we cannot read (${name}) to`)
  })
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
