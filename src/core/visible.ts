/**
 * What would drive a terminal, end a line or turn the direction of what follows: control characters of C0 and C1 (ESC, newline, CSI, OSC),
 * the line ends of Unicode, and the marks of bidirectional text.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to be kept off a terminal.
const unsafe = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g

const short: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

const hex = (character: string, digits: number) => character.charCodeAt(0).toString(16).padStart(digits, '0')

/** A text from elsewhere on one line, with what is unsafe on a terminal escaped: `\n`, `\x1b`, `\u202e`. */
export const visible = (text: string): string =>
  text.replaceAll(unsafe, found => short[found] ?? (found < '\u0100' ? `\\x${hex(found, 2)}` : `\\u${hex(found, 4)}`))

/** The same of a text of several lines, which it keeps. */
export const visibleLines = (text: string): string => text.split('\n').map(visible).join('\n')

/** JSON with the escapes that `JSON.stringify` leaves out. Between its values there are only line ends and spaces. */
export const visibleJson = (json: string): string =>
  json.replaceAll(unsafe, found => (found === '\n' ? found : `\\u${hex(found, 4)}`))
