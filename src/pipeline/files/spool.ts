import { randomUUID } from 'node:crypto'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Puts a file on disk, until the end of the scope. Whether it is the one that was loaded is known at its end only, and one that is must not
 * be read; a provider that sends tags spares us this. Its name is removed before anything is written: however the process ends, nothing is
 * left.
 */
export async function spool(chunks: AsyncIterable<Buffer>): Promise<AsyncDisposable & { chunks(): AsyncIterable<Buffer> }> {
  const path = join(tmpdir(), `sports-ingest-${randomUUID()}`)
  const file = await open(path, 'wx+', 0o600)
  try {
    await rm(path)
    await file.writeFile(chunks)
  } catch (error) {
    await file.close()
    throw error
  }
  return { chunks: () => readFrom(file), [Symbol.asyncDispose]: () => file.close() }
}

const pieceBytes = 256 * 1024

async function* readFrom(file: FileHandle): AsyncGenerator<Buffer> {
  for (let position = 0; ; ) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(pieceBytes), 0, pieceBytes, position)
    if (bytesRead === 0) return
    position += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}
