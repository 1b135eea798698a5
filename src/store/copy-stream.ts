import type { Writable } from 'node:stream'
import type { PendingQuery, Row, TransactionSql } from 'postgres'
import { StoreError } from '../core/errors.ts'
import { sessionOf } from './sessions.ts'

/**
 * Sends pieces of any length, which need not end with a line, through `copy … from stdin`; resolves when the server has taken all.
 * postgres.js hands the stream out by resolving the query, so an error that comes after the last line would reach nobody, and the end
 * of the stream would be waited for in vain. The query's `reject` is therefore pointed at the stream. If `chunks` throws, the server
 * discards what it was sent.
 * @throws the server's error, also one that comes after the last line; StoreError if the server does not take a piece, or the end, within
 * `database.query_timeout`. How long the pieces take to come does not count.
 */
export async function copyChunks(
  tx: TransactionSql,
  statement: (tx: TransactionSql) => PendingQuery<Row[]>,
  chunks: Iterable<Uint8Array> | AsyncIterable<string | Uint8Array>,
): Promise<void> {
  const { timeoutMs, hangUp } = sessionOf(tx)
  const query = statement(tx)
  // The server's own limit of a wait for a lock comes first: it leaves the session as it was.
  const stream: Writable = await bounded(query.writable(), timeoutMs + 1_000)
  const failed = new Promise<never>((_, reject) => {
    stream.once('error', reject)
    ;(query as unknown as { reject: (error: Error) => void }).reject = reject
  })
  failed.catch(() => {})

  /** Lets the server take something. */
  const take = (begin: (done: () => void) => void): Promise<void> =>
    bounded(Promise.race([new Promise<void>(begin), failed]), timeoutMs)

  /** Waits for the server. */
  async function bounded<T>(waiting: Promise<T>, limitMs: number): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new StoreError(`The database took nothing of a COPY for ${limitMs / 1000} s; nothing of this step was committed.`))
        // The next statement on this session, the rollback, would wait for ever.
        hangUp()
      }, limitMs)
    })
    try {
      return await Promise.race([waiting, late])
    } finally {
      clearTimeout(timer)
    }
  }

  try {
    for await (const chunk of chunks) {
      if (chunk.length === 0) continue
      // Each is sent before the next is requested: the generator may reuse its buffer.
      await take(done => stream.write(chunk, () => done()))
    }
  } catch (error) {
    // Without an end the session, and the rollback after it, would wait for more lines.
    if (!stream.destroyed) stream.destroy()
    await take(() => {}).catch(() => {})
    throw error
  }
  await take(done => stream.end(() => done()))
}
