import type { Kind } from './kinds.ts'
import type { Problem } from './problem.ts'
import { referenceIn } from './reference.ts'
import type { Setting } from './setting.ts'

/** Where a value came from. */
export type Source =
  | { kind: 'default' }
  | { kind: 'file'; file: string; line: number; column: number }
  | { kind: 'environment'; variable: string }

/** A value that was given, checked; a secret is still its text or the reference to it. */
export interface Entry {
  setting: Setting
  value: unknown
  source: Source
  /** Where relative paths start: the file's folder, or the working directory. */
  dir: string
}

/** Checks a value as given. A secret stays text here, because its reference is followed only if nothing beats it. */
export function checkGiven(kind: Kind<unknown>, raw: unknown, dir: string) {
  if (raw === null || typeof raw === 'object') return { problem: raw === null ? 'has no value' : 'must be a single value' }
  if (kind.secret && referenceIn(raw)) return { value: raw }
  const checked = kind.check(raw, dir)
  return kind.secret && 'value' in checked ? { value: raw } : checked
}

/** How a source is written behind a value: `default`, `/etc/sports-ingest.config.yaml:4`, `DATABASE_URL`. */
export function sourceText(source: Source): string {
  if (source.kind === 'file') return `${source.file}:${source.line}`
  return source.kind === 'environment' ? source.variable : source.kind
}

/** A complaint about an entry, beginning with the name its author knows it by. */
export function complaint(name: string, { problem, hint }: { problem: string; hint?: string }, place?: string): Problem {
  return { ...(place && { place }), message: `${name} ${problem}.`, ...(hint && { hint }) }
}

/** A key in a message. What is no name may be a misplaced value, perhaps a secret, and is not repeated. */
export const namedKey = (key: string) => (/^[\w.-]{1,60}$/.test(key) ? key : `a key of ${key.length} characters`)
