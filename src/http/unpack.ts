import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'

/** Larger pieces than zlib's own 16 KiB: 130 MB of CSV pass in 0.65 s instead of 1.0. */
export const pieceBytes = 256 * 1024

/**
 * A file that is itself a gzip file, unpacked; any other as it is. Told by its first two bytes alone: no text begins with them,
 * while content types (`application/octet-stream`, `binary/octet-stream`, `text/csv`) and names say little.
 * @param plain what a file that is not packed passes through
 */
export async function* unpack(
  pieces: AsyncIterable<Buffer>,
  plain: (all: AsyncIterable<Buffer>) => AsyncIterable<Buffer> = all => all,
): AsyncGenerator<Buffer> {
  const { start, all } = await lookAhead(pieces, start => start.length >= 2)
  const packed = start[0] === 0x1f && start[1] === 0x8b
  yield* packed ? (pipeline(all, createGunzip({ chunkSize: pieceBytes }), () => {}) as AsyncIterable<Buffer>) : plain(all)
}

/** Reads as far as `enough` asks, or to the end. `all` still begins at the beginning. */
export async function lookAhead(
  pieces: AsyncIterable<Buffer>,
  enough: (start: Buffer) => boolean,
): Promise<{ start: Buffer; all: AsyncIterable<Buffer> }> {
  const iterator = pieces[Symbol.asyncIterator]()
  const read: Buffer[] = []
  let start: Buffer = Buffer.alloc(0)
  while (!enough(start)) {
    const next = await iterator.next()
    if (next.done) break
    read.push(next.value)
    start = read.length === 1 ? next.value : Buffer.concat([start, next.value])
  }
  async function* all() {
    yield* read
    yield* { [Symbol.asyncIterator]: () => iterator }
  }
  return { start, all: all() }
}
