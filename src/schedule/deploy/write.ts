import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { ConfigError } from '../../core/errors.ts'
import type { ManifestFile } from './services.ts'

/**
 * Writes the files of a manifest where there are none yet. @returns their paths
 * @throws ConfigError where one is there that says something else, before any is written, or where they cannot be written
 */
export async function writeManifest(files: readonly ManifestFile[], dir: string): Promise<string[]> {
  const targets = files.map(({ name, text }) => ({ path: resolve(join(dir, name)), text }))
  for (const { path, text } of targets) {
    const found = await readFile(path, 'utf8').catch(() => undefined)
    if (found !== undefined && found !== text)
      throw new ConfigError(`${path} exists, and says something else. Nothing was written.`, {
        hint: 'Move it away, or name another directory.',
      })
  }
  try {
    await mkdir(resolve(dir), { recursive: true })
    for (const { path, text } of targets) await writeFile(path, text)
  } catch (cause) {
    throw new ConfigError(`The files cannot be written: ${(cause as Error).message}.`, { cause })
  }
  return targets.map(({ path }) => path)
}
