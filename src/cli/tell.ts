import { styleText } from 'node:util'
import { visible } from '../core/visible.ts'
import { wrap } from './wrap.ts'

export interface Terminal extends NodeJS.WritableStream {
  columns?: number
}

/** What people read on a terminal, whatever its width. */
const mostColumns = 80

/** Narrower than this, it breaks lines by itself. */
const leastColumns = 20

const colours = { warning: 'yellow', error: 'red' } as const

/** Writes a text on lines that fit the terminal, all of them at once. */
export function tellOnTerminal(stream: Terminal, text: string, label?: keyof typeof colours): void {
  const fitted = fold(stream, visible(label ? `${label}: ${text}` : text))
  const painted = label && styleText(colours[label], label, { stream: stream as NodeJS.WriteStream })
  stream.write(`${painted ? fitted.replace(label, painted) : fitted}\n`)
}

/** A line on as many as a terminal wants for it, further ones indented. A word that is too long, such as an address, is broken. */
export function fold({ columns = 0 }: Terminal, line: string): string {
  // The last column stays free: some terminals break the line behind it.
  const width = Math.min(columns || mostColumns, mostColumns) - 1
  if (width < leastColumns) return line
  const short = line.replaceAll(new RegExp(`\\S{${width - 2}}(?=\\S)`, 'gu'), '$& ')
  const [first = '', ...more] = wrap(short, width)
  // Wrapped anew, for the indentation takes two columns.
  const rest = more.length > 0 ? wrap(short.slice(first.length).trimStart(), width - 2) : []
  return [first, ...rest.map(part => `  ${part}`)].join('\n')
}

/** Tells on stderr how a command has ended: a line, for a configuration with several mistakes some; on a terminal they are made to fit it. */
export function tellOnStderr(text: string): void {
  const { stderr } = process
  if (stderr.isTTY) for (const line of text.split('\n')) tellOnTerminal(stderr, line)
  else stderr.write(`${text}\n`)
}

/** Takes away the ^C that a terminal shows where somebody typed it; nothing else stands on that line. */
export function clearInterrupt({ stderr } = process): void {
  if (stderr.isTTY && process.env['TERM'] !== 'dumb') stderr.write('\r\u001b[K')
}
