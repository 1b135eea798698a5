import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { reasonOf } from './problem.ts'

/** Where a secret really is. */
export type Reference = { variable: string } | { file: string }

/** The reference in a secret's text (`env:NAME`, `file:PATH`), or undefined where the text is the secret itself. */
export function referenceIn(raw: unknown): Reference | undefined {
  const found = typeof raw === 'string' ? /^(env|file):(.*)$/s.exec(raw.trim()) : null
  if (!found) return undefined
  const [, scheme, target = ''] = found
  return scheme === 'env' ? { variable: target.trim() } : { file: target.trim() }
}

/** The text that a reference points to, or the problem with it; names the variable or file, never its content. */
export async function followReference(
  reference: Reference,
  env: Record<string, string | undefined>,
  dir: string,
): Promise<{ value: string } | { problem: string; hint: string }> {
  if ('variable' in reference) {
    const value = env[reference.variable]
    if (value) return { value }
    if (/^[A-Za-z_]\w*$/.test(reference.variable))
      return { problem: `is env:${reference.variable}, but ${reference.variable} is not set`, hint: `Set ${reference.variable}.` }
    return { problem: 'is env: without the name of a variable', hint: 'For example env:DATABASE_URL.' }
  }
  if (!reference.file) return { problem: 'is file: without a path', hint: 'For example file:/run/secrets/database-url.' }
  const path = resolve(dir, reference.file)
  try {
    // Editors end files with a line break that is no part of the secret.
    const value = (await readFile(path, 'utf8')).replace(/\r?\n$/, '')
    return value ? { value } : { problem: `is file:${path}, but that file is empty`, hint: 'Put the secret there.' }
  } catch (error) {
    return { problem: `is file:${path}, but ${reasonOf(error)}`, hint: 'Relative paths start where the setting is written.' }
  }
}
