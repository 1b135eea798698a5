import { PayloadError, ProviderUnavailableError } from '../../core/errors.ts'
import { type CsvRecord, createCsvScanner } from './csv-scanner.ts'

export interface ScanOptions {
  /** In words, for messages: `player-stats of 2024`. */
  what: string
  /** What its text is encoded in, as `TextDecoder` calls it; UTF-8 without it. */
  encoding?: string | undefined
  /** Whether nothing but the end of the connection says where it ends, once it was read: it may have been cut off. */
  isOpenEnded?: (() => boolean) | undefined
}

/**
 * Hands on the records of a file as they come; yields behind each piece, and once more at the end.
 * @throws PayloadError where it is no CSV
 * @throws ProviderUnavailableError where it was cut off
 */
export async function* scanFile(
  chunks: AsyncIterable<Buffer>,
  { what, encoding, isOpenEnded = () => false }: ScanOptions,
  onRecord: (record: CsvRecord) => void,
): AsyncGenerator<void> {
  let columns = 0
  let last = 0
  const scanner = createCsvScanner(record => {
    last = record.problem === undefined ? record.count : 0
    if (columns === 0) columns = last
    onRecord(record)
  })
  for await (const chunk of decoded(chunks, encoding, what)) {
    scanner.write(chunk)
    yield
  }
  try {
    scanner.end()
  } catch (error) {
    throw isOpenEnded() ? cutOff(what, error) : error
  }
  if (last < columns && isOpenEnded()) throw cutOff(what)
  yield
}

const cutOff = (what: string, cause?: unknown) =>
  new ProviderUnavailableError(`The connection ended within the last line of the file ${what}.`, { cause })

/** Encodings of which each text is UTF-8 as it is. */
const asItIs = new Set(['utf-8', 'utf8', 'us-ascii', 'ascii'])

/** As UTF-8. */
async function* decoded(chunks: AsyncIterable<Buffer>, encoding: string | undefined, what: string): AsyncGenerator<Buffer> {
  if (encoding === undefined || asItIs.has(encoding.toLowerCase())) {
    yield* chunks
    return
  }
  const decoder = decoderOf(encoding, what)
  for await (const chunk of chunks) yield Buffer.from(decode(chunk))
  yield Buffer.from(decode())

  function decode(chunk?: Buffer): string {
    try {
      return decoder.decode(chunk, { stream: chunk !== undefined })
    } catch (error) {
      throw new PayloadError(`The file ${what} is not in ${encoding}, which it is said to be in.`, { cause: error })
    }
  }
}

function decoderOf(encoding: string, what: string) {
  try {
    return new TextDecoder(encoding, { fatal: true })
  } catch (error) {
    throw new PayloadError(`The file ${what} is said to be in ${encoding}, which is no known encoding.`, { cause: error })
  }
}
