import type { Writable } from 'node:stream'
import type { PendingQuery, Row, TransactionSql } from 'postgres'

/**
 * Sends pieces of any length, which need not end with a line, through `copy … from stdin`; resolves when the server has taken all.
 * postgres.js hands the stream out by resolving the query, so an error that comes after the last line would reach nobody, and the end
 * of the stream would be waited for in vain. The query's `reject` is therefore pointed at the stream. If `chunks` throws, the server
 * discards what it was sent.
 * @throws the server's error, also one that comes after the last line
 */
export async function copyChunks(
  tx: TransactionSql,
  statement: (tx: TransactionSql) => PendingQuery<Row[]>,
  chunks: Iterable<Uint8Array> | AsyncIterable<string | Uint8Array>,
): Promise<void> {
  const query = statement(tx)
  const stream: Writable = await query.writable()
  const failed = new Promise<never>((_, reject) => {
    stream.once('error', reject)
    ;(query as unknown as { reject: (error: Error) => void }).reject = reject
  })
  failed.catch(() => {})
  try {
    for await (const chunk of chunks) {
      if (chunk.length === 0) continue
      // Each is sent before the next is requested: the generator may reuse its buffer.
      await Promise.race([new Promise<void>(resolve => stream.write(chunk, () => resolve())), failed])
    }
  } catch (error) {
    // Without an end the session, and the rollback after it, would wait for more lines.
    if (!stream.destroyed) stream.destroy()
    await failed.catch(() => {})
    throw error
  }
  await Promise.race([new Promise<void>(resolve => stream.end(() => resolve())), failed])
}
