import { once } from 'node:events'
import type { Writable } from 'node:stream'
import type { PendingQuery, Row, TransactionSql } from 'postgres'

const batchBytes = 64 * 1024

/**
 * Sends lines (each with its newline) through `copy … from stdin`; resolves when the server has taken all.
 * Rejects with the server's error, also with one that comes after the last line: postgres.js hands the stream
 * out by resolving the query, so a later error would reach nobody and the end of the stream would be waited for
 * in vain. The query's `reject` is therefore pointed at the stream.
 */
export async function copyLines(
  tx: TransactionSql,
  statement: (tx: TransactionSql) => PendingQuery<Row[]>,
  lines: Iterable<string> | AsyncIterable<string>,
): Promise<void> {
  const query = statement(tx)
  const stream: Writable = await query.writable()
  const failed = new Promise<never>((_, reject) => {
    stream.once('error', reject)
    ;(query as unknown as { reject: (error: Error) => void }).reject = reject
  })
  failed.catch(() => {})
  let batch = ''
  for await (const line of lines) {
    batch += line
    if (batch.length < batchBytes) continue
    if (!stream.write(batch)) await Promise.race([once(stream, 'drain'), failed])
    batch = ''
  }
  if (batch) stream.write(batch)
  await Promise.race([new Promise<void>(resolve => stream.end(() => resolve())), failed])
}
