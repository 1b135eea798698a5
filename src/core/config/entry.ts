import type { Kind } from './kinds.ts'
import type { Problem } from './problem.ts'
import { isReference } from './reference.ts'
import type { Setting } from './setting.ts'

/** Where a value came from. */
export type Source = { kind: 'default' } | FileSource | { kind: 'environment'; variable: string }

export interface FileSource {
  kind: 'file'
  file: string
  line: number
  column: number
  /** The variable that holds the secret, where the file says `env:NAME`. */
  variable?: string
}

export const placeOf = ({ file, line, column }: FileSource) => `${file}:${line}:${column}`

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
  if (raw === null) return { problem: 'has no value' }
  if (typeof raw === 'object' && !(kind.list && Array.isArray(raw))) return { problem: 'must be a single value' }
  if (kind.secret && isReference(raw)) return { value: raw }
  const checked = kind.check(raw, dir)
  return kind.secret && 'value' in checked ? { value: raw } : checked
}

/** A complaint about an entry, beginning with the name its author knows it by. */
export const complaint = (name: string, { problem, hint }: { problem: string; hint?: string | undefined }): Problem => ({
  message: `${name} ${problem}.`,
  hint,
})
