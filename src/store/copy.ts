import { hash } from 'node:crypto'
import { storableText } from './text.ts'

/** What a column may be given. A `Date` is an instant; `undefined` is null, where the column is written at all. */
export type Value = string | number | boolean | Date | Uint8Array | null | undefined

const special = /[\\\t\n\r]/g
/** What is escaped or cannot be stored; nearly no value has any of it. */
const unfit = /[\\\t\n\r\0\ud800-\udfff]/
/** The backslash first: the others are escaped with it. */
export const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }

/** One value in the text format of COPY. */
export function toCopyText(value: Value): string {
  if (value === null || value === undefined) return '\\N'
  if (typeof value === 'string')
    return unfit.test(value) ? storableText(value).replaceAll(special, found => escapes[found] as string) : value
  if (typeof value === 'boolean') return value ? 't' : 'f'
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Uint8Array) return `\\\\x${Buffer.from(value).toString('hex')}`
  return String(value)
}

const controls: Record<string, string> = { t: '\t', n: '\n', r: '\r', b: '\b', f: '\f', v: '\v' }

/** A text as it was before COPY wrote it. */
export const fromCopyText = (text: string): string =>
  text.replaceAll(/\\([\\tnrbfv])/g, (_, letter: string) => controls[letter] ?? letter)

/** The hash of a row's values, as COPY would send them: 16 bytes. A new column changes it, which rewrites the row once. */
export const rowHash = (line: string): Buffer => hash('sha256', line, 'buffer').subarray(0, 16)
