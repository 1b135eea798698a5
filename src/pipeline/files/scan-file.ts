import { PayloadError, ProviderUnavailableError } from '../../core/errors.ts'
import { type CsvRecord, createCsvScanner } from './csv-scanner.ts'

export interface ScanOptions {
  /** In words, for messages: `player-stats of 2024`. */
  what: string
  /** What its text is encoded in, as `TextDecoder` calls it; UTF-8 without it. */
  encoding?: string | undefined
  /** The same as the provider says; a declared one counts more, and servers say what somebody has set for all their files. */
  charset?: string | undefined
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
  { what, encoding, charset, isOpenEnded = () => false }: ScanOptions,
  onRecord: (record: CsvRecord) => void,
): AsyncGenerator<void> {
  let columns = 0
  let last = 0
  const scanner = createCsvScanner(what, record => {
    last = record.problem === undefined ? record.count : 0
    if (columns === 0) columns = last
    onRecord(record)
  })
  const said = encoding === undefined ? notUtf8(chunks, charset, what) : chunks
  for await (const chunk of decoded(said, encoding ?? charset, what)) {
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

/** Encodings in which any text of UTF-8 can be read, wrongly. */
const singleByte = /^(iso-?8859|windows-125|latin|l\d$|cp125|koi8|mac|x-mac|ibm)/i

/** The chunks as they are. @throws PayloadError where all of them are UTF-8, with letters beyond ASCII, and the provider says otherwise */
async function* notUtf8(chunks: AsyncIterable<Buffer>, charset: string | undefined, what: string): AsyncGenerator<Buffer> {
  const utf8 = new TextDecoder('utf-8', { fatal: true })
  let isUtf8 = charset !== undefined && singleByte.test(charset)
  let isAscii = true
  const look = (chunk?: Buffer) => {
    try {
      utf8.decode(chunk, { stream: chunk !== undefined })
    } catch {
      isUtf8 = false
    }
  }
  for await (const chunk of chunks) {
    if (isUtf8) {
      isAscii &&= chunk.every(byte => byte < 0x80)
      look(chunk)
    }
    yield chunk
  }
  if (isUtf8) look()
  if (isUtf8 && !isAscii)
    throw new PayloadError(`The file ${what} is said to be in ${charset}, and all of it is UTF-8.`, {
      hint: 'Nothing of it was loaded: its letters would be stored wrongly.',
    })
}

function decoderOf(encoding: string, what: string) {
  try {
    return new TextDecoder(encoding, { fatal: true })
  } catch (error) {
    throw new PayloadError(`The file ${what} is said to be in ${encoding}, which is no known encoding.`, { cause: error })
  }
}
