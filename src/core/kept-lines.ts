/** Lines of a text of which only the beginning and the end are kept, so that it takes a bounded amount of memory. */
export interface KeptLines {
  add(line: string): void
  /** How many there were. */
  readonly count: number
  /** Those that are kept, with a line that says how many are not. */
  text(): string
  /** The last ones, as many as fit. */
  last(limits: { lines: number; bytes: number }): string[]
}

interface Part {
  lines: string[]
  bytes: number
}

const emptyPart = (): Part => ({ lines: [], bytes: 0 })

/** @param partBytes of the beginning as many are kept, of the end as many to twice as many */
export function keepLines(partBytes = 256 * 1024): KeptLines {
  let isFull = false
  let count = 0
  const first = emptyPart()
  let [older, newer] = [emptyPart(), emptyPart()]
  const left = { lines: 0, bytes: 0 }
  return {
    add(line) {
      count++
      const bytes = Buffer.byteLength(line) + 1
      isFull ||= first.bytes + bytes > partBytes
      if (isFull && newer.bytes + bytes > partBytes) {
        left.lines += older.lines.length
        left.bytes += older.bytes
        ;[older, newer] = [newer, emptyPart()]
      }
      const part = isFull ? newer : first
      part.lines.push(line)
      part.bytes += bytes
    },
    get count() {
      return count
    },
    text() {
      const note = left.bytes > 0 ? [`… ${left.lines} lines (${Math.ceil(left.bytes / 1024)} KB) are left out …`] : []
      return [...first.lines, ...note, ...older.lines, ...newer.lines].join('\n')
    },
    last({ lines, bytes }) {
      const found: string[] = []
      let size = 0
      for (const line of [
        ...first.lines.slice(-lines),
        ...older.lines.slice(-lines),
        ...newer.lines.slice(-lines),
      ].toReversed()) {
        size += Buffer.byteLength(line) + 1
        if (found.length >= lines || size > bytes) break
        found.push(line)
      }
      return found.toReversed()
    },
  }
}
