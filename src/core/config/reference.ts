import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { reasonOf } from './problem.ts'

const form = /^\s*(env|file):(.*)$/s

/** Whether a secret's text says where the secret is (`env:NAME`, `file:PATH`), instead of being the secret itself. */
export const isReference = (raw: unknown) => typeof raw === 'string' && form.test(raw)

/** The variable that a reference names; undefined for one to a file. */
export function variableNamed(reference: string): string | undefined {
  const [, scheme, rest = ''] = form.exec(reference) ?? []
  return scheme === 'env' ? rest.trim() : undefined
}

/** The text that a reference points to, or the problem with it, which names the variable or file, never its content. */
export async function followReference(
  reference: string,
  env: Record<string, string | undefined>,
  dir: string,
): Promise<{ value: string } | { problem: string; hint: string }> {
  const [, scheme, rest = ''] = form.exec(reference) ?? []
  const target = rest.trim()
  if (scheme === 'env') {
    const value = env[target]
    if (value) return { value }
    if (/^[A-Za-z_]\w*$/.test(target)) return { problem: `is env:${target}, but ${target} is not set`, hint: `Set ${target}.` }
    return { problem: 'is env: without the name of a variable', hint: 'For example env:DATABASE_URL.' }
  }
  if (!target) return { problem: 'is file: without a path', hint: 'For example file:/run/secrets/database-url.' }
  const path = resolve(dir, target)
  try {
    // Editors end files with a line break that is no part of the secret.
    const value = (await readFile(path, 'utf8')).replace(/\r?\n$/, '')
    return value ? { value } : { problem: `is file:${path}, but that file is empty`, hint: 'Put the secret there.' }
  } catch (error) {
    return { problem: `is file:${path}, but ${reasonOf(error)}`, hint: 'Relative paths start where the setting is written.' }
  }
}
