/**
 * Text that Postgres can hold: NUL and half of a surrogate pair, which providers send as `\u0000` and `\ud800`, become U+FFFD. All that is
 * written goes through this file: parameters (`types` in target.ts), JSON among them, and what `merge` sends through COPY.
 */
export const storableText = (text: string): string =>
  (text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text).toWellFormed()

/** A backslash and what it escapes: a second one is passed over with it. */
const escapes = /\\(?:u0000|ud[89a-f][0-9a-f]{2}|.)/g

/** A value as JSON that `jsonb` takes, names included. `undefined` stays that. */
export function storableJson(value: unknown): string {
  const json = JSON.stringify(value)
  if (!json?.includes('\\u')) return json
  // Of surrogates JSON.stringify escapes only the halves.
  return json.replaceAll(escapes, found => (found.length > 2 ? '\uFFFD' : found))
}
