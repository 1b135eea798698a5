import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

/**
 * Puts a file on disk, until the end of the scope. Whether it is the one that was loaded is known at its end only, and one that is must not be read; a provider
 * that sends tags spares us this.
 */
export async function spool(chunks: AsyncIterable<Buffer>): Promise<AsyncDisposable & { chunks(): AsyncIterable<Buffer> }> {
  const folder = await mkdtemp(join(tmpdir(), 'sports-ingest-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  const path = join(folder, 'file')
  try {
    await pipeline(chunks, createWriteStream(path))
  } catch (error) {
    await remove()
    throw error
  }
  return {
    chunks: () => createReadStream(path, { highWaterMark: 256 * 1024 }),
    [Symbol.asyncDispose]: remove,
  }
}
