import type { TransactionSql } from 'postgres'

export interface Column {
  name: string
  /** The oid of its type. */
  type: number
}

/** The values as the server writes them, as text. */
export type TextRow = readonly (Buffer | null)[]

export interface ReadOptions {
  /** Gets the rows as they come, and is waited for. */
  onRows(rows: readonly TextRow[], columns: readonly Column[]): Promise<void>
  /** Cancels the statement. */
  signal: AbortSignal
}

export interface ReadResult {
  /** None where the statement gives no rows. */
  columns: readonly Column[]
  command: string
  /** How many rows it has given, or else written. */
  count: number
}

/** What postgres.js gives for some rows, and at the end. */
type Batch = TextRow[] & { columns: Column[] | null; command: string; count: number | null }

/** The first rows are few: nobody knows how long they are. */
const firstRows = 20
const maxRows = 20_000
const batchBytes = 512 * 1024

/**
 * Runs one statement, which must not be empty and no COPY: postgres.js (3.4.9) would wait for ever. Hands out its rows in batches of about
 * half a megabyte; the server makes the next one when it is asked for it. The extended protocol refuses several statements in one text.
 * @throws the driver's error, or the reason of the signal
 */
export async function readRows(tx: TransactionSql, text: string, { onRows, signal }: ReadOptions): Promise<ReadResult> {
  let rows = 0
  let columns: readonly Column[] = []
  let last = Promise.resolve()
  let taken: Batch | undefined
  const take = async (batch: Batch): Promise<void> => {
    signal.throwIfAborted()
    if (batch.length === 0) return
    taken = batch
    // Only the first batch has them.
    columns = batch.columns ?? columns
    rows += batch.length
    sized.cursorRows = nextSize(batch)
    await onRows(batch, columns)
  }
  // Without a look at `simple`, postgres.js sends a text without parameters by the simple protocol.
  const query = tx.unsafe(text, [], { prepare: false, simple: false } as object).raw()
  // Read before each batch.
  const sized = query as unknown as { cursorRows: number }
  // Its own `cancel` loses the promise, whose rejection would end the process.
  const { canceller } = query as unknown as { canceller(query: unknown): Promise<void> }
  const cancel = () => void canceller(query).catch(() => {})
  try {
    signal.throwIfAborted()
    signal.addEventListener('abort', cancel)
    const result = (await query.cursor(firstRows, batch => {
      last = take(batch as unknown as Batch)
      // postgres.js does not wait for the last batch.
      last.catch(() => {})
      return last as never
    })) as unknown as Batch
    await last
    // postgres.js keeps back the last rows of SHOW and EXPLAIN, for which the server gives no number.
    if (result !== taken) await take(result)
    columns = result.columns ?? columns
    return { columns, command: result.command, count: columns.length > 0 ? rows : (result.count ?? 0) }
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

function nextSize(batch: Batch): number {
  let bytes = 0
  for (const row of batch) for (const value of row) bytes += 16 + (value?.length ?? 0)
  return Math.max(1, Math.min(maxRows, Math.floor((batch.length * batchBytes) / Math.max(1, bytes))))
}
