/**
 * What would drive a terminal, end a line, turn the direction of what follows, or not be seen: control characters of C0 and C1 (ESC,
 * newline, CSI, OSC), the line ends of Unicode, and what is drawn as nothing: marks of bidirectional text, spaces without width, tags.
 */
const unsafe = /[\p{Cc}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

const short: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** Each half of a pair by itself, as JSON has it. */
const hex = (found: string): string =>
  Array.from({ length: found.length }, (_, i) => `\\u${found.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')

/** A text from elsewhere on one line, with what is unsafe on a terminal escaped: `\n`, `\x1b`, `\u202e`. */
export const visible = (text: string): string =>
  text.replaceAll(unsafe, found => short[found] ?? (found < '\u0100' ? hex(found).replace('u00', 'x') : hex(found)))

/** The same of a text of several lines, which it keeps. */
export const visibleLines = (text: string): string => text.split('\n').map(visible).join('\n')

/** JSON with the escapes that `JSON.stringify` leaves out. Between its values there are only line ends and spaces. */
export const visibleJson = (json: string): string => json.replaceAll(unsafe, found => (found === '\n' ? found : hex(found)))
